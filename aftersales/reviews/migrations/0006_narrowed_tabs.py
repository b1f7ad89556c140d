"""Tabs narrowed to a tone, a result, stars or a product are read from their indexes alone; all reviews of a tone from one of its own.

A tab may hold tens of thousands of reviews of which none is wanted: reading each from the table takes too long.
"""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models
from django.db.models import Q

TOLD = ("sentiment", "result", "stars", "title")
TABS = {
    "poor": ("reviewed_at", Q(("result__in", ("neutral", "bad")), ("stars__lte", 3), _connector="OR")),
    "unread": ("reviewed_at", Q(("read_at__isnull", True))),
    "unreplied": ("reviewed_at", Q(("is_default", False), ("reply_state", ""))),
    "followed_up": ("followed_up_at", Q(("followed_up_at__isnull", False))),
}


def index_of(name, key, condition):
    # an index of expressions may not include columns
    return models.Index(
        fields=["store", f"-{key}", "-id"], include=TOLD, name=f"review_{name}_told", condition=condition
    )


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("reviews", "0005_lines_that_go")]

    operations = [
        AddIndexConcurrently(
            model_name="review",
            index=models.Index(fields=["store", "sentiment", "-reviewed_at", "-id"], name="review_tone_newest"),
        ),
        *(AddIndexConcurrently("review", index_of(name, *tab)) for name, tab in TABS.items()),
        *(RemoveIndexConcurrently("review", f"review_{name}") for name in TABS),
    ]
