"""Poor reviews by time, and the words of reviews."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import F, Func, Q


def pieces_of(name):
    return Func(F(name), function="orders_grams", output_field=ArrayField(models.TextField()))


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("reviews", "0002_mark_texts"), ("orders", "0002_counters_and_search")]

    operations = [
        AddIndexConcurrently(
            model_name="review",
            index=models.Index(
                F("store"), F("reviewed_at").desc(), F("id").desc(), name="review_poor",
                condition=Q(("result__in", ("neutral", "bad")), ("stars__lte", 3), _connector="OR"),
            ),
        ),
        AddIndexConcurrently(
            model_name="review",
            index=GinIndex(
                pieces_of("text"), name="review_words", fastupdate=False, condition=Q(("is_default", False))
            ),
        ),
        AddIndexConcurrently(
            model_name="review",
            index=GinIndex(
                pieces_of("follow_up"), name="review_later_words", fastupdate=False,
                condition=Q(("follow_up", ""), _negated=True),
            ),
        ),
    ]
