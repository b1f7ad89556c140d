from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("fulfilment", "0012_mark_refunded_orders")]

    operations = [
        migrations.AddField(
            model_name="fulfilmentdue", name="failures", field=models.PositiveSmallIntegerField(db_default=0, default=0)
        ),
        migrations.AddField(model_name="fulfilmentdue", name="not_before", field=models.DateTimeField(null=True)),
    ]
