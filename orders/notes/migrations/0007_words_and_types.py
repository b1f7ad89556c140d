from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import F, Func


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("notes", "0006_note_topics"), ("orders", "0002_counters_and_search")]

    operations = [
        AddIndexConcurrently(
            model_name="buyernote",
            index=models.Index(
                fields=["order"], name="buyernote_handled_order", condition=models.Q(("handled_at__isnull", False))
            ),
        ),
        AddIndexConcurrently(
            model_name="buyernote",
            index=GinIndex(
                Func(F("text"), function="orders_grams", output_field=ArrayField(models.TextField())), F("types"),
                name="buyernote_words_types", fastupdate=False,
            ),
        ),
    ]
