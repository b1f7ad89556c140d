"""The list of mentions, the newest first, is read from an index whatever it is narrowed to."""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models
from django.db.models import Q

NEWEST = ("-day", "-id")


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("topics", "0003_confirmed_mentions")]

    operations = [
        AddIndexConcurrently(
            model_name="topicmention", index=models.Index(fields=["store", *NEWEST], name="topicmention_newest")
        ),
        RemoveIndexConcurrently(model_name="topicmention", name="topicmention_day"),
        AddIndexConcurrently(
            model_name="topicmention", index=models.Index(fields=["store", "title", *NEWEST], name="topicmention_title")
        ),
        AddIndexConcurrently(
            model_name="topicmention",
            index=models.Index(fields=["store", "source", *NEWEST], name="topicmention_source"),
        ),
        AddIndexConcurrently(
            model_name="topicmention",
            index=models.Index(
                fields=["store", "verdict", *NEWEST], name="topicmention_decided", condition=~Q(verdict="")
            ),
        ),
    ]
