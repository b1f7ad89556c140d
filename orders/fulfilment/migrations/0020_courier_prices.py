"""What a parcel costs, by courier and province, so that couriers can be compared by it."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("common", "0006_fulfilment_settings"), ("fulfilment", "0019_parcel_province")]

    operations = [
        migrations.CreateModel(
            name="CourierPrice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("courier", models.CharField(max_length=30)),
                ("province", models.CharField(max_length=20)),
                ("price", models.DecimalField(decimal_places=2, max_digits=8)),
                (
                    "store",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="common.store",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("store", "courier", "province"), name="courierprice_unique"),
                    models.CheckConstraint(condition=models.Q(("price__gte", 0)), name="courierprice_not_negative"),
                ],
            },
        ),
    ]
