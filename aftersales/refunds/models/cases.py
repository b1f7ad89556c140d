from decimal import Decimal
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from aftersales.refunds.said import said
from aftersales.refunds.statuses import (
    MONEY_KINDS,
    OPEN_STATES,
    Act,
    FreightPayer,
    GoodsState,
    Intervention,
    MessageRole,
    ReasonKind,
    RefundKind,
    RefundPhase,
    RefundState,
)
from backoffice.common.models import Attachment, Store
from orders.core.models import Buyer, Order, OrderLine, ProductTitle
from orders.core.statuses import EventSource


def _money(label: Any) -> models.DecimalField:
    return models.DecimalField(label, max_digits=12, decimal_places=2, default=Decimal("0.00"))


class RefundQuerySet(models.QuerySet["Refund"]):
    def for_store(self, store: Store) -> Self:
        return self.filter(store=store)

    def open(self) -> Self:
        # See also Refund.is_open
        return self.filter(status__in=OPEN_STATES)

    def locked(self) -> Self:
        """Lock the rows, always in pk order; their orders are locked before."""
        return self.order_by("pk").select_for_update(of=("self",))


class Refund(models.Model):
    """One after-sales case on one line, or on a whole order. Money is CNY; times are UTC.

    Open and succeeded amounts of an order never exceed what was paid for it: migration 0002 refuses it in the
    database, freight included. The order's own refund facts follow the case, in the same transaction.
    """

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="+", db_index=False)
    number = models.CharField(_("Case number"), max_length=64)  # 退款编号, or made here
    made_number = models.CharField(
        max_length=64, blank=True, db_default=""
    )  # the number made here, before the platform's own case was joined to this one
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="refunds", db_index=False)
    line = models.ForeignKey(
        OrderLine, on_delete=models.SET_NULL, null=True, related_name="refunds", db_index=False
    )  # NULL: the whole order
    buyer = models.ForeignKey(
        Buyer, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )  # the order's
    title = models.ForeignKey(
        ProductTitle, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )  # the line's, or of the order's only line
    sku_code = models.CharField(max_length=100, blank=True)
    kind = models.CharField(_("Kind"), max_length=16, choices=RefundKind)
    phase = models.CharField(_("Phase"), max_length=10, choices=RefundPhase)
    status = models.CharField(_("Status"), max_length=20, choices=RefundState, default=RefundState.REQUESTED)
    goods = models.CharField(_("Goods"), max_length=14, choices=GoodsState, blank=True)
    quantity = models.PositiveIntegerField(default=1)  # pieces that the case is about

    amount = _money(_("Amount asked for"))  # freight included; 0 for kinds without money
    freight = _money(_("Freight in it"))
    refunded = _money(_("Refunded"))  # what was agreed; counts once the case succeeded
    freight_payer = models.CharField(_("Return freight"), max_length=10, choices=FreightPayer, blank=True)
    liability = models.CharField(max_length=40, blank=True)  # 责任方, the platform's word
    return_address = models.ForeignKey(
        "refunds.ReturnAddress", on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )  # that the buyer was told, or will be when a second person agrees

    reason = models.CharField(_("Reason"), max_length=200, blank=True)  # as the buyer chose or the platform says
    reason_kind = models.CharField(max_length=16, choices=ReasonKind, default=ReasonKind.OTHER)
    text = models.TextField(blank=True)  # 买家退款说明, phone-like numbers masked
    sealed = models.BinaryField(null=True)  # the text as written, when masking changed it

    requested_at = models.DateTimeField()
    status_since = models.DateTimeField()
    deadline = models.DateTimeField(null=True)  # of the state; NULL: none, or the case is over
    answered_at = models.DateTimeField(null=True)  # the shop's first decision or message
    finished_at = models.DateTimeField(null=True)

    # the second person: an agreement above the store's limit waits here
    proposed = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    proposed_at = models.DateTimeField(null=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )

    # the platform's facts
    source = models.CharField(max_length=10, choices=EventSource)  # platform: it came by a file or the platform's API
    platform_kind = models.CharField(max_length=40, blank=True)  # its own words
    platform_status = models.CharField(max_length=60, blank=True)
    platform_version = models.BigIntegerField(null=True)  # refund_version: an answer must name it
    cannot_refuse = models.BooleanField(default=False)
    is_web_only = models.BooleanField(default=False)  # refund_onweb: to be answered on the platform's own page
    intervention = models.PositiveSmallIntegerField(choices=Intervention, default=Intervention.NONE)
    deadline_from_platform = models.BooleanField(default=False)
    extra = models.JSONField(default=dict, blank=True)  # further columns of the file, never personal data
    snapshot_at = models.DateTimeField(null=True)  # NULL: made here
    content_hash = models.CharField(max_length=64, blank=True)

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )
    remark = models.CharField(max_length=300, blank=True)  # for colleagues, phone-like numbers masked
    return_signed_at = models.DateTimeField(null=True)  # the return parcel arrived, says its trace
    inspected_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    objects = RefundQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "number"], name="refund_store_number_unique"),
            models.UniqueConstraint(
                fields=["order", "line"],
                condition=Q(status__in=OPEN_STATES),
                nulls_distinct=False,
                name="refund_one_open_per_line",
            ),
            models.CheckConstraint(condition=Q(status__in=RefundState.values), name="refund_status_known"),
            models.CheckConstraint(condition=Q(kind__in=RefundKind.values), name="refund_kind_known"),
            models.CheckConstraint(condition=Q(phase__in=RefundPhase.values), name="refund_phase_known"),
            models.CheckConstraint(condition=Q(goods__in=GoodsState.values), name="refund_goods_known"),
            models.CheckConstraint(condition=Q(reason_kind__in=ReasonKind.values), name="refund_reason_known"),
            models.CheckConstraint(condition=Q(intervention__range=(1, 11)), name="refund_intervention_known"),
            models.CheckConstraint(
                condition=Q(amount__gte=0, freight__gte=0, refunded__gte=0, freight__lte=F("amount")),
                name="refund_money_not_negative",
            ),
            models.CheckConstraint(condition=Q(refunded__lte=F("amount")), name="refund_within_amount"),
            models.CheckConstraint(
                condition=Q(kind__in=MONEY_KINDS) | Q(amount=0), name="refund_money_only_in_money_kinds"
            ),
            models.CheckConstraint(
                condition=Q(status__in=OPEN_STATES, finished_at__isnull=True)
                | (~Q(status__in=OPEN_STATES) & Q(finished_at__isnull=False)),
                name="refund_ends_with_a_time",
            ),
            models.CheckConstraint(
                condition=Q(proposed__isnull=True, proposed_by__isnull=True)
                | (Q(proposed__isnull=False, proposed_by__isnull=False) & ~Q(proposed_by=F("approved_by")))
                | Q(proposed__isnull=False, proposed_by__isnull=False, approved_by__isnull=True),
                name="refund_approved_by_another",
            ),
        ]
        indexes = [
            models.Index(
                fields=["store", "deadline", "id"], name="refund_open_wide", condition=Q(status__in=OPEN_STATES),
                include=[
                    "status", "kind", "reason_kind", "amount", "requested_at", "title", "sku_code", "buyer", "owner",
                ],
            ),  # with what the list is narrowed by
            models.Index(
                "store", "status", "deadline", "id", name="refund_open_status", condition=Q(status__in=OPEN_STATES)
            ),
            models.Index(
                fields=["store", "owner", "deadline", "id"], name="refund_owned",
                condition=Q(status__in=OPEN_STATES, owner__isnull=False),
            ),
            models.Index(
                "store", "deadline", "id", name="refund_to_approve",
                condition=Q(status__in=OPEN_STATES, proposed__isnull=False),
            ),
            models.Index(
                "store", "return_signed_at", "id", name="refund_to_inspect",
                condition=Q(
                    status=RefundState.AWAITING_RECEIPT, return_signed_at__isnull=False, inspected_at__isnull=True
                ),
            ),
            models.Index(
                fields=["store", "-finished_at", "-id"], name="refund_unseen",
                condition=Q(
                    status=RefundState.SUCCEEDED, return_signed_at__isnull=False, inspected_at__isnull=True
                ),
            ),
            models.Index("store", "status", F("requested_at").desc(), F("id").desc(), name="refund_status_newest"),
            models.Index("store", F("requested_at").desc(), F("id").desc(), name="refund_newest"),
            models.Index("store", "reason_kind", F("requested_at").desc(), F("id").desc(), name="refund_reason"),
            models.Index(
                fields=["store", "kind", "-requested_at", "-id"], name="refund_kind", include=["status", "amount"]
            ),
            models.Index(fields=["store", "amount"], name="refund_amount", include=["status", "requested_at", "id"]),
            models.Index("store", "title", F("requested_at").desc(), F("id").desc(), name="refund_title"),
            models.Index(
                fields=["store", "sku_code", "-requested_at", "-id"], name="refund_sku", condition=~Q(sku_code="")
            ),
            models.Index(
                fields=["owner", "-requested_at", "-id"], name="refund_owner", condition=Q(owner__isnull=False)
            ),  # and those that are over
            models.Index("buyer", F("requested_at").desc(), name="refund_buyer", condition=Q(buyer__isnull=False)),
            models.Index(fields=["order"], name="refund_order"),
            models.Index(fields=["line"], name="refund_line", condition=Q(line__isnull=False)),
            models.Index(fields=["deadline"], name="refund_due", condition=Q(status__in=OPEN_STATES)),
            models.Index(
                "store", F("finished_at").desc(), F("id").desc(), name="refund_finished",
                condition=Q(finished_at__isnull=False),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.number

    @property
    def is_open(self) -> bool:
        # See also RefundQuerySet.open
        return self.status in OPEN_STATES

    @property
    def numbers(self) -> list[str]:
        """The numbers that its history names it by."""
        return [number for number in (self.number, self.made_number) if number]


class RefundStep(models.Model):
    """One stay of a case in a state, append-only: entered, left, by whom. What hours per step are counted from."""

    refund = models.ForeignKey(Refund, on_delete=models.CASCADE, related_name="steps", db_index=False)
    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    status = models.CharField(max_length=20, choices=RefundState)  # the state that was left
    to_status = models.CharField(max_length=20, choices=RefundState)
    act = models.CharField(max_length=16, choices=Act, blank=True)  # empty: the platform said so
    entered_at = models.DateTimeField()
    left_at = models.DateTimeField()
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    source = models.CharField(max_length=10, choices=EventSource)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(left_at__gte=F("entered_at")), name="refundstep_in_order"),
        ]
        indexes = [
            models.Index(fields=["refund", "id"], name="refundstep_refund"),
            models.Index(fields=["store", "left_at"], name="refundstep_left"),
        ]

    def __str__(self) -> str:
        return f"{self.status} to {self.to_status}"


class RefundMessage(models.Model):
    """One line of the negotiation: who said it, in which part, with its pictures."""

    refund = models.ForeignKey(Refund, on_delete=models.CASCADE, related_name="messages", db_index=False)
    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    role = models.CharField(max_length=8, choices=MessageRole)
    act = models.CharField(max_length=16, choices=Act, blank=True)  # the act that it explains
    text = models.TextField(blank=True)  # phone-like numbers masked
    code = models.CharField(max_length=20, blank=True, db_default="")  # of what the system says: see said.py
    data = models.JSONField(null=True)  # the figures in it
    sealed = models.BinaryField(null=True)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    author_name = models.CharField(max_length=60, blank=True)
    external_id = models.CharField(max_length=40, blank=True)  # the platform's
    picture_urls = models.JSONField(default=list)  # on the platform; shown as links, never loaded by the page
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["refund", "external_id"], condition=~Q(external_id=""), name="refundmessage_external_once"
            ),
            models.CheckConstraint(condition=Q(role__in=MessageRole.values), name="refundmessage_role_known"),
        ]
        indexes = [models.Index(fields=["refund", "at", "id"], name="refundmessage_thread")]

    def __str__(self) -> str:
        return self.said

    @property
    def said(self) -> str:
        """The text; what the system says, in the language of whoever reads it."""
        return (said(self.code, self.data) if self.code else None) or self.text


class MessageFile(models.Model):
    """A picture of the negotiation; of a refusal it is the proof."""

    message = models.ForeignKey(RefundMessage, on_delete=models.CASCADE, related_name="files")
    attachment = models.ForeignKey(Attachment, on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["message", "attachment"], name="messagefile_unique")]

    def __str__(self) -> str:
        return str(self.attachment)
