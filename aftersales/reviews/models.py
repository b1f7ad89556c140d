from typing import Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q

from aftersales.reviews.statuses import POOR_RESULTS, POOR_STARS, ReplyState, ReviewResult, Sentiment, TaskState
from backoffice.common.models import Store
from orders.core.models import Buyer, Order, OrderLine, ProductTitle
from orders.core.pieces import pieces_of

_TOLD = ("sentiment", "result", "stars", "title")  # what a tab is narrowed to while its index alone is read


class ReviewQuerySet(models.QuerySet["Review"]):
    def for_store(self, store: Store) -> Self:
        return self.filter(store=store)


class Review(models.Model):
    """What a buyer says in public about one line of an order, the follow-up (追评) and the shop's reply.

    The first group of columns is the platform's: an import or the API overwrites it when its snapshot is newer.
    """

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="+", db_index=False)
    key = models.CharField(max_length=100)  # the platform's id, else order number and line key
    order_number = models.CharField(max_length=64, blank=True)  # kept when the order is not known yet
    order = models.ForeignKey(Order, on_delete=models.SET_NULL, null=True, related_name="reviews", db_index=False)
    line = models.ForeignKey(OrderLine, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False)
    buyer = models.ForeignKey(Buyer, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    nick = models.CharField(max_length=120, blank=True)  # as the platform shows it, mostly masked
    title = models.ForeignKey(ProductTitle, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    product_id = models.CharField(max_length=40, blank=True)
    result = models.CharField(max_length=8, choices=ReviewResult, blank=True)
    stars = models.PositiveSmallIntegerField(null=True)  # 1 to 5, where the platform has them
    text = models.TextField(blank=True)  # phone-like numbers masked
    sealed = models.BinaryField(null=True)  # the text as written, when masking changed it
    is_default = models.BooleanField(default=False)  # the platform's own words for a buyer who wrote nothing
    reviewed_at = models.DateTimeField()
    follow_up = models.TextField(blank=True)
    followed_up_at = models.DateTimeField(null=True)
    snapshot_at = models.DateTimeField()
    content_hash = models.CharField(max_length=64, blank=True)

    reply = models.TextField(blank=True)
    reply_state = models.CharField(max_length=10, choices=ReplyState, blank=True)
    replied_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    replied_at = models.DateTimeField(null=True)
    read_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    read_at = models.DateTimeField(null=True)  # NULL: unread, or the buyer has added something since

    sentiment = models.CharField(max_length=8, choices=Sentiment, blank=True)
    sentiment_score = models.SmallIntegerField(default=0)  # -100 to 100
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    objects = ReviewQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "key"], name="review_store_key_unique"),
            models.CheckConstraint(condition=Q(result__in=ReviewResult.values), name="review_result_known"),
            models.CheckConstraint(condition=Q(reply_state__in=ReplyState.values), name="review_reply_state_known"),
            models.CheckConstraint(condition=Q(sentiment__in=Sentiment.values), name="review_sentiment_known"),
            models.CheckConstraint(condition=Q(stars__isnull=True) | Q(stars__range=(1, 5)), name="review_stars"),
            models.CheckConstraint(condition=Q(sentiment_score__range=(-100, 100)), name="review_score_range"),
            models.CheckConstraint(
                condition=Q(reply_state="", reply="") | (~Q(reply_state="") & ~Q(reply="")), name="review_reply_whole"
            ),
        ]
        indexes = [
            models.Index("store", F("reviewed_at").desc(), F("id").desc(), name="review_newest"),
            models.Index("store", "result", F("reviewed_at").desc(), F("id").desc(), name="review_result_newest"),
            models.Index(
                "store", "stars", F("reviewed_at").desc(), F("id").desc(), name="review_stars_newest",
                condition=Q(stars__isnull=False),
            ),
            models.Index("store", "title", F("reviewed_at").desc(), F("id").desc(), name="review_title_newest"),
            models.Index(fields=["store", "sentiment", "-reviewed_at", "-id"], name="review_tone_newest"),
            models.Index(
                fields=["store", "-reviewed_at", "-id"], include=_TOLD, name="review_unread_told",
                condition=Q(read_at__isnull=True),
            ),
            models.Index(
                fields=["store", "-reviewed_at", "-id"], include=_TOLD, name="review_unreplied_told",
                condition=Q(reply_state="", is_default=False),
            ),
            models.Index(
                fields=["store", "-followed_up_at", "-id"], include=(*_TOLD, "reviewed_at"), name="review_later_told",
                condition=Q(followed_up_at__isnull=False),
            ),
            models.Index(fields=["order"], name="review_order", condition=Q(order__isnull=False)),
            models.Index(
                fields=["store", "order_number"], name="review_orphan",
                condition=Q(order__isnull=True) & ~Q(order_number=""),
            ),
            models.Index(fields=["id"], name="review_unread_by_rules", condition=Q(sentiment="")),
            models.Index(
                fields=["store", "-reviewed_at", "-id"], include=_TOLD, name="review_poor_told",
                condition=Q(result__in=POOR_RESULTS) | Q(stars__lte=POOR_STARS),
            ),
            GinIndex(pieces_of(F("text")), name="review_words", fastupdate=False, condition=Q(is_default=False)),
            GinIndex(
                pieces_of(F("follow_up")), name="review_later_words", fastupdate=False, condition=~Q(follow_up="")
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.text


class ReviewTask(models.Model):
    """The follow-up of a poor review: somebody reaches the buyer, and says what came of it."""

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    review = models.OneToOneField(Review, on_delete=models.CASCADE, related_name="task")
    state = models.CharField(max_length=10, choices=TaskState, default=TaskState.OPEN)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )
    opened_at = models.DateTimeField()
    deadline = models.DateTimeField()
    outcome = models.CharField(max_length=300, blank=True)  # phone-like numbers masked
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    closed_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=TaskState.values), name="reviewtask_state_known"),
            models.CheckConstraint(
                condition=Q(state=TaskState.OPEN, closed_at__isnull=True)
                | (~Q(state=TaskState.OPEN) & Q(closed_at__isnull=False)),
                name="reviewtask_ends_with_a_time",
            ),
        ]
        indexes = [
            models.Index(fields=["store", "deadline", "id"], name="reviewtask_open", condition=Q(state=TaskState.OPEN)),
            models.Index(
                fields=["store", "-closed_at", "-id"], name="reviewtask_closed", condition=~Q(state=TaskState.OPEN)
            ),
            models.Index(
                fields=["owner", "deadline", "id"], name="reviewtask_mine",
                condition=Q(state=TaskState.OPEN, owner__isnull=False),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.state} of {self.review_id}"


class ReplyTemplate(models.Model):
    """A ready reply to reviews, with {variables}."""

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="+", db_index=False)
    title = models.CharField(max_length=60)
    text = models.TextField(max_length=500)
    results = ArrayField(models.CharField(max_length=8, choices=ReviewResult), default=list)  # offered for these
    is_thanks = models.BooleanField(default=False)  # may be sent to many good reviews at once
    use_count = models.PositiveIntegerField(default=0)
    used_at = models.DateTimeField(null=True)
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["store", "title"], name="replytemplate_title_unique")]

    def __str__(self) -> str:
        return self.title

    @property
    def result_labels(self) -> list[str]:
        return [str(ReviewResult(value).label) for value in self.results]

    def fits(self, result: str) -> bool:
        """Tell whether it is meant for reviews of this result; one that names none is for all."""
        return not self.results or result in self.results


class ReviewSettings(models.Model):
    """What the shop holds to in reviews; a store without a row has the defaults."""

    store = models.OneToOneField(Store, on_delete=models.CASCADE, primary_key=True, related_name="+")
    low_stars = models.PositiveSmallIntegerField(default=2)  # so many or fewer, or a bad result, open a follow-up
    task_hours = models.PositiveSmallIntegerField(default=24)
    reply_days = models.PositiveSmallIntegerField(default=30)  # the platform takes no reply after them
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(low_stars__range=(0, 5)), name="reviewsettings_stars")]

    def __str__(self) -> str:
        return str(self.store_id)
