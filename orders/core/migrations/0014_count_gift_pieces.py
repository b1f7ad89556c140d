from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0013_cover_filters_of_provinces")]

    operations = [
        migrations.AddField(
            model_name="order", name="gift_count", field=models.PositiveIntegerField(default=0, db_default=0)
        ),
    ]
