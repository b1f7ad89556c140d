from decimal import Decimal
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from backoffice.common.models import Store
from orders.core.models import ProductTitle


def _money(label: Any) -> models.DecimalField:
    return models.DecimalField(label, max_digits=14, decimal_places=2, default=Decimal("0.00"))


class DayRow(models.Model):
    """Figures of one store and business day (Asia/Shanghai), written by analytics.rollups alone."""

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="+")
    day = models.DateField(_("Day"))

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.day}"


class SalesRow(DayRow):
    """Sums of the orders of one store that were paid on one business day (Asia/Shanghai); money is CNY.

    `gross_paid` is what was paid at pay time and never shrinks by a later refund; `refunded` is what has been refunded
    so far of those same orders, whenever that happened. Written by analytics.rollups alone.
    """

    order_count = models.PositiveIntegerField(_("Orders"), default=0)
    piece_count = models.PositiveIntegerField(_("Pieces"), default=0)
    gross_paid = _money(_("Paid amount"))
    refunded = _money(_("Refunded"))

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.day}: {self.order_count} / {self.gross_paid}"


class DailySales(SalesRow):
    """One row per store and day, zeros included."""

    placed_count = models.PositiveIntegerField(_("Placed orders"), default=0)  # by the day they were placed
    unpaid_count = models.PositiveIntegerField(_("Still unpaid"), default=0)  # of those placed that day
    refunded_count = models.PositiveIntegerField(_("Orders with a refund"), default=0)
    buyer_count = models.PositiveIntegerField(_("Buyers"), default=0)
    buyer_ids = ArrayField(models.BigIntegerField(), default=list)  # sorted: several days' buyers are counted once each

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "day"], name="dailysales_key_unique"),
            models.CheckConstraint(condition=Q(gross_paid__gte=0, refunded__gte=0), name="dailysales_not_negative"),
        ]


class HourlySales(SalesRow):
    """One row per store, day and hour of payment that has an order."""

    hour = models.PositiveSmallIntegerField(_("Hour"))

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "day", "hour"], name="hourlysales_key_unique"),
            models.CheckConstraint(condition=Q(hour__range=(0, 23)), name="hourlysales_hour_of_day"),
        ]


class ProvinceSales(SalesRow):
    """One row per store, day and receiving province that has an order; "" is unknown."""

    province = models.CharField(_("Province"), max_length=20, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["store", "day", "province"], name="provincesales_key_unique")]


class PaymentSales(SalesRow):
    """One row per store, day and payment method that has an order; "" is unknown."""

    payment_method = models.CharField(_("Payment method"), max_length=32, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "day", "payment_method"], name="paymentsales_key_unique")
        ]


class ProductSales(SalesRow):
    """One row per store, day, title, platform item and merchant code.

    The amounts of a day sum to the day's, to the fen. An order counts once per title, under the code of its first line.
    """

    title = models.ForeignKey(ProductTitle, on_delete=models.PROTECT, related_name="+")
    product_id = models.CharField(max_length=40, blank=True)
    sku_code = models.CharField(_("Merchant code"), max_length=100, blank=True)
    line_count = models.PositiveIntegerField(_("Lines"), default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["store", "day", "title", "product_id", "sku_code"], name="productsales_key_unique"
            ),
        ]


class TopicDay(DayRow):
    """How many texts of buyers spoke of a topic on one day, by product and source; rejected ones do not count.

    One row per store, day, product, topic and source; product 0 is no one product, or an unknown one.
    """

    title_id = models.BigIntegerField()  # a ProductTitle
    topic = models.ForeignKey("topics.Topic", on_delete=models.CASCADE, related_name="+", db_index=False)
    source = models.CharField(max_length=8)  # of aftersales.topics.statuses.Source
    mention_count = models.PositiveIntegerField(default=0)
    negative_count = models.PositiveIntegerField(default=0)  # said in a poor review or a refund
    confirmed_count = models.PositiveIntegerField(default=0)  # by a person

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "day", "title_id", "topic", "source"], name="topicday_key_unique"),
        ]
        indexes = [models.Index(fields=["store", "title_id", "day"], name="topicday_title")]


class TopicWeek(DayRow):
    """TopicDay added up over a week from Monday on; `day` is its last, a Sunday. Read for weeks that are over."""

    title_id = models.BigIntegerField()  # a ProductTitle
    topic = models.ForeignKey("topics.Topic", on_delete=models.CASCADE, related_name="+", db_index=False)
    note_count = models.PositiveIntegerField(default=0)  # mentions in buyer notes
    refund_count = models.PositiveIntegerField(default=0)  # in refund reasons
    review_count = models.PositiveIntegerField(default=0)
    negative_count = models.PositiveIntegerField(default=0)
    confirmed_count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "day", "title_id", "topic"], name="topicweek_key_unique"),
        ]
        indexes = [models.Index(fields=["store", "title_id", "day"], name="topicweek_title")]


class ProductWeek(SalesRow):
    """ProductSales and ProductReturns of a title added up over a week from Monday on; `day` is its last, a Sunday."""

    title_id = models.BigIntegerField()  # a ProductTitle
    case_count = models.PositiveIntegerField(default=0)
    asked_count = models.PositiveIntegerField(default=0)  # orders with one case or more
    return_count = models.PositiveIntegerField(default=0)  # of them those whose goods come back
    succeeded_count = models.PositiveIntegerField(default=0)  # of them those with a case that succeeded

    class Meta:
        constraints = [models.UniqueConstraint(fields=["store", "day", "title_id"], name="productweek_key_unique")]
        indexes = [models.Index(fields=["store", "title_id", "day"], name="productweek_title")]


class RefundStepTimes(DayRow):
    """How long cases stayed in the states that they left on one day, by who ended the stay and by reason.

    The stays themselves are kept, so that medians over any days and people are exact: those of parts cannot be merged.
    """

    status = models.CharField(max_length=20)  # of aftersales.refunds.statuses.RefundState, the one that was left
    actor_id = models.BigIntegerField()  # a User; 0: nobody, the clock or the platform
    reason_kind = models.CharField(max_length=16)  # of aftersales.refunds.statuses.ReasonKind
    stay_count = models.PositiveIntegerField(default=0)
    seconds = ArrayField(models.BigIntegerField(), default=list)  # sorted, one for each stay

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["store", "day", "status", "actor_id", "reason_kind"], name="refundsteptimes_key_unique"
            ),
        ]


class RefundAnswerTimes(DayRow):
    """How long the cases asked for on one day waited for the shop's first answer, by who gave it and by reason."""

    actor_id = models.BigIntegerField()  # a User; 0: nobody knows who
    reason_kind = models.CharField(max_length=16)
    answer_count = models.PositiveIntegerField(default=0)
    seconds = ArrayField(models.BigIntegerField(), default=list)  # sorted, one for each case

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "day", "actor_id", "reason_kind"], name="refundanswers_key_unique")
        ]


class RefundReasons(DayRow):
    """Cases by the day they were asked for, product, reason and kind, with what has become of them so far."""

    title_id = models.BigIntegerField()  # a ProductTitle; 0: a whole order of several products
    reason_kind = models.CharField(max_length=16)
    kind = models.CharField(max_length=16)  # of aftersales.refunds.statuses.RefundKind
    case_count = models.PositiveIntegerField(default=0)
    succeeded_count = models.PositiveIntegerField(default=0)
    closed_count = models.PositiveIntegerField(default=0)  # withdrawn, or the platform closed it
    asked = _money(_("Amount asked for"))
    refunded = _money(_("Refunded"))  # of those that succeeded
    seconds = ArrayField(models.BigIntegerField(), default=list)  # sorted: from asking to the end, of those that ended

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["store", "day", "title_id", "reason_kind", "kind"], name="refundreasons_key_unique"
            ),
        ]


class ProductReturns(DayRow):
    """Of the orders paid on one day: how many of each product were asked back since. Beside it stands ProductSales."""

    title_id = models.BigIntegerField()  # a ProductTitle
    case_count = models.PositiveIntegerField(default=0)
    order_count = models.PositiveIntegerField(default=0)  # orders with one case or more
    return_count = models.PositiveIntegerField(default=0)  # of them those whose goods come back
    succeeded_count = models.PositiveIntegerField(default=0)  # of them those with a case that succeeded

    class Meta:
        constraints = [models.UniqueConstraint(fields=["store", "day", "title_id"], name="productreturns_key_unique")]
        indexes = [models.Index(fields=["store", "title_id", "day"], name="productreturns_title")]


class DirtyDay(models.Model):
    """A store and day to roll up again; triggers write it in the transaction that changed an order, a case or a text.

    Append-only, so that writers never wait for each other: a rollup deletes only the marks that its snapshot sees.
    """

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="+")
    day = models.DateField()
    marked_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["store", "day"], name="dirtyday_store_day")]

    def __str__(self) -> str:
        return f"{self.day}"


class RollupState(models.Model):
    """How far a store's rollups go, and when they last changed."""

    store = models.OneToOneField(Store, on_delete=models.CASCADE, primary_key=True, related_name="+")
    rolled_through = models.DateField()  # the latest day that was rolled up
    ran_at = models.DateTimeField()
    changed_at = models.DateTimeField()  # the last run that wrote or deleted a row: pages cache by it

    def __str__(self) -> str:
        return f"{self.rolled_through}"
