"""What people confirmed of a product's topic is shown first: it is found at once among thousands of mentions; and the reviews of a topic."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("topics", "0002_mark_texts")]

    operations = [
        AddIndexConcurrently(
            model_name="topicmention",
            index=models.Index(
                fields=["store", "title", "topic", "-day", "-id"],
                name="topicmention_confirmed",
                condition=Q(verdict="confirmed"),
            ),
        ),
        AddIndexConcurrently(
            model_name="topicmention",
            index=models.Index(
                fields=["store", "topic", "source", "source_id"], include=["verdict"], name="topicmention_texts"
            ),
        ),
    ]
