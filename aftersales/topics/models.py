from typing import Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from aftersales.topics.statuses import Source, Verdict
from backoffice.common.models import Store
from orders.core.models import ProductTitle


class TopicQuerySet(models.QuerySet["Topic"]):
    def for_store(self, store: Store) -> Self:
        return self.filter(store=store)

    def active(self) -> Self:
        return self.filter(is_active=True)


class Topic(models.Model):
    """One thing that buyers speak of, found by its words in reviews, refund reasons and notes alike."""

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="+", db_index=False)
    code = models.SlugField(max_length=40)  # size_small; kept when the name is edited
    name = models.CharField(max_length=40)  # 尺码偏小
    words = ArrayField(models.CharField(max_length=40), default=list)  # any of them says it
    not_words = ArrayField(
        models.CharField(max_length=40), default=list, blank=True
    )  # a clause with one of them does not
    is_complaint = models.BooleanField(default=True)  # False: said in praise as often as in blame
    is_active = models.BooleanField(default=True)
    position = models.PositiveSmallIntegerField(default=0)
    version = models.PositiveIntegerField(default=1)
    updated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    updated_at = models.DateTimeField()

    objects = TopicQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "code"], name="topic_store_code_unique"),
            models.UniqueConstraint(fields=["store", "name"], name="topic_store_name_unique"),
        ]

    def __str__(self) -> str:
        return self.name


class TopicMention(models.Model):
    """A text of a buyer that speaks of a topic; what the rules find, people confirm or reject.

    A rejected one stays, so that the rules do not find it again.
    """

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False)
    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, related_name="mentions", db_index=False)
    source = models.CharField(max_length=8, choices=Source)
    source_id = models.BigIntegerField()  # of the buyer note, refund case or review
    title = models.ForeignKey(
        ProductTitle, on_delete=models.PROTECT, null=True, related_name="+", db_constraint=False, db_index=False
    )  # what it is about; NULL: several products, or unknown
    order_id = models.BigIntegerField(null=True)
    day = models.DateField()  # when the buyer said it, in settings.TIME_ZONE
    quote = models.CharField(max_length=200)  # around the word, phone-like numbers masked
    is_negative = models.BooleanField(default=False)
    verdict = models.CharField(max_length=10, choices=Verdict, blank=True, default="")
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "source_id", "topic"], name="topicmention_once"),
            models.CheckConstraint(condition=Q(source__in=Source.values), name="topicmention_source_known"),
            models.CheckConstraint(condition=Q(verdict__in=Verdict.values), name="topicmention_verdict_known"),
        ]
        indexes = [
            models.Index(fields=["store", "title", "topic", "-day", "-id"], name="topicmention_product"),
            models.Index(fields=["store", "topic", "-day", "-id"], name="topicmention_topic"),
            models.Index(
                fields=["store", "title", "topic", "-day", "-id"],
                name="topicmention_confirmed",
                condition=Q(verdict=Verdict.CONFIRMED),
            ),
            models.Index(
                fields=["store", "topic", "source", "source_id"], include=["verdict"], name="topicmention_texts"
            ),  # which reviews, cases or notes speak of a topic
            models.Index(fields=["store", "-day", "-id"], name="topicmention_newest"),
            models.Index(fields=["store", "title", "-day", "-id"], name="topicmention_title"),
            models.Index(fields=["store", "source", "-day", "-id"], name="topicmention_source"),
            models.Index(
                fields=["store", "verdict", "-day", "-id"],
                name="topicmention_decided",
                condition=~Q(verdict=Verdict.BY_RULE),
            ),
        ]

    def __str__(self) -> str:
        return self.quote


class TextDue(models.Model):
    """A text whose topics must be found (again); triggers write it when notes, cases or reviews arrive or change."""

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False)
    source = models.CharField(max_length=8, choices=Source)
    source_id = models.BigIntegerField()
    since = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "source_id"], name="textdue_once")]
        indexes = [models.Index(fields=["store", "source", "source_id"], name="textdue_store")]

    def __str__(self) -> str:
        return f"{self.source} {self.source_id}"


class ProductAction(models.Model):
    """What the shop did about a product: "size table changed", beside the counts of what buyers say."""

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="+", db_index=False)
    title = models.ForeignKey(ProductTitle, on_delete=models.PROTECT, related_name="+", db_index=False)
    topic = models.ForeignKey(Topic, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False)
    day = models.DateField()
    text = models.CharField(max_length=300)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["store", "title", "-day", "-id"], name="productaction_title")]

    def __str__(self) -> str:
        return self.text
