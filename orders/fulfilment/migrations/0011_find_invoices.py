"""Invoices are found by their number and by a piece of their title; those that lack something are marked."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("fulfilment", "0010_closed_shortages"), ("orders", "0002_counters_and_search")]

    operations = [
        migrations.AddField(
            model_name="invoicerequest",
            name="needs_details",
            field=models.BooleanField(db_default=False, default=False),
        ),
        AddIndexConcurrently(
            model_name="invoicerequest",
            index=models.Index(
                condition=models.Q(("invoice_number", ""), _negated=True),
                fields=["store", "invoice_number"],
                name="invoicerequest_number",
            ),
        ),
        AddIndexConcurrently(
            model_name="invoicerequest",
            index=django.contrib.postgres.indexes.GinIndex(
                models.Func(
                    models.F("title"),
                    function="orders_grams",
                    output_field=django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None),
                ),
                fastupdate=False,
                name="invoicerequest_title_grams",
            ),
        ),
    ]
