from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0002_counters_and_search")]

    operations = [
        migrations.AddField(
            model_name="orderevent", name="order_version", field=models.PositiveIntegerField(db_default=0)
        ),
    ]
