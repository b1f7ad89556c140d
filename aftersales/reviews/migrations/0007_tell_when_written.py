"""Follow-ups narrowed to days are read from their index alone, as those narrowed to a result are."""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("reviews", "0006_narrowed_tabs")]

    operations = [
        AddIndexConcurrently(
            "review",
            models.Index(
                fields=["store", "-followed_up_at", "-id"],
                include=("sentiment", "result", "stars", "title", "reviewed_at"),
                name="review_later_told",
                condition=Q(followed_up_at__isnull=False),
            ),
        ),
        RemoveIndexConcurrently("review", "review_followed_up_told"),
    ]
