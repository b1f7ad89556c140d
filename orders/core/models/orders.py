from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from backoffice.common.models import Store
from orders.core.models.querysets import OrderQuerySet
from orders.core.statuses import (
    OPEN_STATUSES,
    Acceptance,
    Flag,
    HoldKind,
    NoteState,
    OrderStatus,
    RefundStatus,
    ShipByRule,
    WishKind,
)


class Buyer(models.Model):
    """Who ordered, per store. Analytics key on it, never on phone or name."""

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="+", db_index=False)
    nick = models.CharField(_("Buyer"), max_length=120)  # searched by orders_grams(nick), see migration 0002
    open_uid = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["store", "nick"], name="buyer_store_nick_unique")]

    def __str__(self) -> str:
        return self.nick


class ProductTitle(models.Model):
    """A distinct title of what was sold: small enough to search by substring."""

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="+", db_index=False)
    text = models.CharField(max_length=500)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["store", "text"], name="producttitle_store_text_unique")]

    def __str__(self) -> str:
        return self.text


def _money(label: Any) -> models.DecimalField:
    return models.DecimalField(label, max_digits=12, decimal_places=2, default=0)


class Order(models.Model):
    """What a buyer placed. Money is CNY; times are UTC in the database, Asia/Shanghai on pages.

    Three groups of columns: platform facts (an import overwrites them when its snapshot is newer), local facts (only
    staff and rules), and derived ones (kept by the services that change what they derive from, in one transaction).
    """

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="+", db_index=False)
    number = models.CharField(_("Order number"), max_length=64)

    # Platform facts
    status = models.CharField(_("Status"), max_length=20, choices=OrderStatus)
    platform_status = models.CharField(max_length=64, blank=True)  # the platform's own text
    close_reason = models.CharField(_("Close reason"), max_length=120, blank=True)
    buyer = models.ForeignKey(Buyer, on_delete=models.PROTECT, null=True, related_name="orders", db_index=False)
    placed_at = models.DateTimeField(_("Placed"))
    paid_at = models.DateTimeField(_("Paid at"), null=True)
    shipped_at = models.DateTimeField(_("Shipped at"), null=True)
    completed_at = models.DateTimeField(_("Completed at"), null=True)
    total = _money(_("Total"))  # 总金额
    payable = models.DecimalField(_("Payable"), max_digits=12, decimal_places=2, null=True)  # 买家应付货款: goods only
    postage = _money(_("Postage"))  # 买家应付邮费
    coupon_amount = _money(_("Coupons"))  # 天猫卡券抵扣 and 集分宝抵扣
    paid = _money(_("Paid"))  # 买家实际支付金额, as the file says
    gross_paid = _money(_("Paid at pay time"))  # before any refund; what rollups count
    refunded = _money(_("Refunded"))
    received = models.DecimalField(_("Received"), max_digits=12, decimal_places=2, null=True)  # 打款商家金额
    points_used = models.PositiveIntegerField(default=0)
    payment_method = models.CharField(_("Payment method"), max_length=32, blank=True)
    refund_status = models.CharField(max_length=10, choices=RefundStatus, blank=True)
    has_open_refund = models.BooleanField(default=False)
    province = models.CharField(_("Province"), max_length=20, blank=True)  # short canonical name: 广东, 内蒙古
    city = models.CharField(_("City"), max_length=40, blank=True)
    district = models.CharField(_("District"), max_length=40, blank=True)
    services = ArrayField(models.CharField(max_length=40), default=list, blank=True)  # add-on services, shown as chips
    presale_ship_at = models.DateTimeField(null=True)  # 应发货时间 of a presale
    invoice_title = models.CharField(max_length=120, blank=True)
    extra = models.JSONField(default=dict, blank=True)  # further columns of the file, never personal data
    snapshot_at = models.DateTimeField()  # how new the platform facts are
    content_hash = models.CharField(max_length=64, blank=True)
    detail_snapshot_at = models.DateTimeField(null=True)
    detail_hash = models.CharField(max_length=64, blank=True)
    has_list = models.BooleanField(default=True)  # False: known from a detail file only
    has_detail = models.BooleanField(default=False)  # False: its one line is provisional

    # Local facts
    acceptance = models.CharField(max_length=12, choices=Acceptance, default=Acceptance.UNREVIEWED)
    acceptance_rule = models.CharField(max_length=120, blank=True)  # the rule or person that accepted
    accepted_at = models.DateTimeField(null=True)
    flag = models.PositiveSmallIntegerField(_("Flag"), choices=Flag, default=Flag.GREY)
    tags = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    claimed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )
    claim_expires_at = models.DateTimeField(null=True)
    appointed_date = models.DateField(null=True)
    extended_until = models.DateTimeField(null=True)
    appointed_slot = models.CharField(max_length=40, blank=True, db_default="")  # "Saturday afternoon", as agreed
    rules_at = models.DateTimeField(null=True)  # when the acceptance rules last looked at it; NULL: never
    printed_at = models.DateTimeField(null=True)  # the last time
    print_count = models.PositiveSmallIntegerField(default=0, db_default=0)
    opened_at = models.DateTimeField(null=True)  # NULL: nobody has opened it yet

    # Derived
    ship_by = models.DateTimeField(_("Ship by"), null=True)
    ship_by_rule = models.CharField(max_length=12, choices=ShipByRule, blank=True)
    hold_kinds = ArrayField(models.CharField(max_length=20, choices=HoldKind), default=list, blank=True)
    note_state = models.CharField(max_length=10, choices=NoteState, blank=True)
    wish_kinds = ArrayField(
        models.CharField(max_length=20, choices=WishKind), default=list, blank=True, db_default=[]
    )  # of its open wishes
    latest_remark = models.TextField(blank=True)  # masked, like Remark.text
    latest_remark_by = models.CharField(max_length=60, blank=True)
    latest_remark_at = models.DateTimeField(null=True)
    line_count = models.PositiveSmallIntegerField(default=0)
    piece_count = models.PositiveIntegerField(default=0)
    gift_count = models.PositiveIntegerField(default=0, db_default=0)  # of those pieces: given by gift rules, not sold

    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    objects = OrderQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["store", "number"], name="order_store_number_unique", include=["status", "id"]
            ),
            models.CheckConstraint(condition=Q(status__in=OrderStatus.values), name="order_status_known"),
            models.CheckConstraint(condition=Q(acceptance__in=Acceptance.values), name="order_acceptance_known"),
            models.CheckConstraint(condition=Q(note_state__in=NoteState.values), name="order_note_state_known"),
            models.CheckConstraint(
                condition=Q(refund_status__in=RefundStatus.values), name="order_refund_status_known"
            ),
            models.CheckConstraint(condition=Q(flag__range=(0, 5)), name="order_flag_known"),
            models.CheckConstraint(
                condition=Q(total__gte=0, paid__gte=0, gross_paid__gte=0, refunded__gte=0, postage__gte=0),
                name="order_money_not_negative",
            ),
            models.CheckConstraint(condition=Q(refunded__lte=F("gross_paid")), name="order_refund_within_paid"),
            models.CheckConstraint(
                condition=Q(claimed_by__isnull=True) | Q(claim_expires_at__isnull=False), name="order_claim_expires"
            ),
        ]
        indexes = [
            # the queue of open orders: short indexes for each order of its list, so that it is never gathered; with
            # what else is asked for beside the ship-by time, most of it is passed over unread
            models.Index(
                "store", "ship_by", "id", name="order_open_ship_by", condition=Q(status__in=OPEN_STATUSES),
                include=[
                    "placed_at", "paid_at", "paid", "province", "payment_method", "note_state", "flag", "hold_kinds",
                ],
            ),
            models.Index("store", "paid", "id", name="order_open_paid", condition=Q(status__in=OPEN_STATUSES)),
            models.Index("store", "paid_at", "id", name="order_open_paid_at", condition=Q(status__in=OPEN_STATUSES)),
            models.Index("store", "placed_at", "id", name="order_open_placed", condition=Q(status__in=OPEN_STATUSES)),
            models.Index("store", "number", "id", name="order_open_number", condition=Q(status__in=OPEN_STATUSES)),
            models.Index(
                "store", "ship_by", "id", name="order_unreviewed",
                condition=Q(status__in=OPEN_STATUSES, acceptance=Acceptance.UNREVIEWED),
            ),
            models.Index(
                "store", "ship_by", "id", name="order_ready",
                condition=Q(status__in=OPEN_STATUSES, acceptance=Acceptance.ACCEPTED, hold_kinds=[]),
            ),
            models.Index(
                "store", "ship_by", "id", name="order_held_kinds", include=["hold_kinds"],
                condition=Q(status__in=OPEN_STATUSES) & ~Q(hold_kinds=[]),
            ),
            models.Index(
                "store", "ship_by", "id", name="order_note_unhandled",
                condition=Q(status__in=OPEN_STATUSES, note_state=NoteState.UNHANDLED),
            ),
            models.Index("claimed_by", "ship_by", "id", name="order_claimed", condition=Q(claimed_by__isnull=False)),
            models.Index("store", "status", F("placed_at").desc(), F("id").desc(), name="order_status_placed"),
            models.Index("store", F("placed_at").desc(), F("id").desc(), name="order_placed"),
            models.Index("store", F("paid_at").desc(), F("id").desc(), name="order_paid_at", include=["status"]),
            models.Index(  # with what else is asked for beside a province, most of them are passed over unread
                "store", "province", F("placed_at").desc(), F("id").desc(), name="order_province_tabs",
                include=["status", "payment_method", "note_state", "paid", "ship_by"],
            ),
            # with the tab in the index, its first rows are found without the orders of the other tabs
            models.Index("store", "paid", "id", name="order_paid", include=["status", "has_open_refund"]),
            models.Index("store", "ship_by", "id", name="order_ship_by", include=["status"]),
            models.Index(
                "store", "payment_method", F("placed_at").desc(), F("id").desc(), name="order_payment",
                include=["status", "note_state", "paid"],
            ),
            models.Index(
                "store", F("placed_at").desc(), F("id").desc(), name="order_note_todo",
                condition=Q(note_state=NoteState.UNHANDLED),
            ),
            models.Index(
                "store", F("placed_at").desc(), F("id").desc(), name="order_aftersales",
                condition=Q(has_open_refund=True),
            ),
            models.Index(
                "store", "flag", F("placed_at").desc(), F("id").desc(), name="order_flagged_tabs",
                condition=Q(flag__gt=0), include=["status", "ship_by"],
            ),
            models.Index("buyer", F("placed_at").desc(), name="order_buyer"),
            models.Index(
                "store", "id", name="order_for_rules",
                condition=Q(status__in=OPEN_STATUSES, acceptance=Acceptance.UNREVIEWED),
            ),
            models.Index(
                "store", "appointed_date", "id", name="order_appointed",
                condition=Q(status__in=OPEN_STATUSES, appointed_date__isnull=False),
            ),
            GinIndex(fields=["tags"], name="order_tags", condition=~Q(tags=[]), fastupdate=False),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.number

    @property
    def is_open(self) -> bool:
        # See also OrderQuerySet.pending_shipment
        return self.status in OPEN_STATUSES

    def is_claimed(self, now: datetime) -> bool:
        return self.claimed_by_id is not None and self.claim_expires_at is not None and self.claim_expires_at > now


class OrderLine(models.Model):
    """One product of an order; ship and refund state live here."""

    store = models.ForeignKey(
        Store, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )  # the order's, whose own key is checked
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines", db_index=False)
    key = models.CharField(max_length=100)  # 子订单编号, or made of order, code, spec, title and ordinal
    position = models.PositiveSmallIntegerField()
    title = models.ForeignKey(ProductTitle, on_delete=models.PROTECT, related_name="+", db_index=False)
    spec = models.CharField(_("Spec"), max_length=300, blank=True)  # 颜色分类:黑色;尺码:L
    product_id = models.CharField(max_length=40, blank=True)  # the platform's item id (商品id)
    sku_code = models.CharField(_("Merchant code"), max_length=100, blank=True)  # 商家编码 / 外部系统编号
    quantity = models.PositiveIntegerField(_("Quantity"), default=1)
    shipped_quantity = models.PositiveIntegerField(default=0)
    price = models.DecimalField(_("Price"), max_digits=12, decimal_places=2, null=True)  # list price of one piece
    paid = models.DecimalField(_("Paid"), max_digits=12, decimal_places=2, null=True)  # NULL: the file does not say
    refunded = _money(_("Refunded"))
    refund_status = models.CharField(max_length=10, choices=RefundStatus, blank=True)
    platform_status = models.CharField(max_length=64, blank=True)
    is_closed = models.BooleanField(default=False)  # closed by the platform: never ships
    is_provisional = models.BooleanField(default=False)  # from an order list only, until its detail arrives
    is_gift = models.BooleanField(default=False)
    agreed_spec = models.CharField(max_length=300, blank=True, db_default="")  # agreed with the buyer; ships instead
    agreed_sku_code = models.CharField(max_length=100, blank=True, db_default="")
    placed_at = models.DateTimeField()  # the order's, always: the product index is read in step with the orders'
    snapshot_at = models.DateTimeField(null=True)  # how new the platform facts of this line are; NULL: provisional
    content_hash = models.CharField(max_length=64, blank=True, db_default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order", "key"], name="orderline_order_key_unique"),
            models.CheckConstraint(condition=Q(quantity__gte=1), name="orderline_quantity_positive"),
            models.CheckConstraint(
                condition=Q(shipped_quantity__lte=F("quantity")), name="orderline_shipped_within_quantity"
            ),
            models.CheckConstraint(condition=Q(refund_status__in=RefundStatus.values), name="orderline_refund_known"),
        ]
        indexes = [
            models.Index("store", "title", F("placed_at").desc(), "order", name="orderline_title_placed"),
            models.Index(
                "store", "sku_code", F("placed_at").desc(), "order", name="orderline_sku", condition=~Q(sku_code="")
            ),
            models.Index(
                "store",
                "product_id",
                F("placed_at").desc(),
                "order",
                name="orderline_product",
                condition=~Q(product_id=""),
            ),
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def shown_spec(self) -> str:
        """What is to be packed: what was agreed, else what was ordered."""
        return self.agreed_spec or self.spec

    @property
    def unshipped(self) -> int:
        """Pieces still to ship; none when the platform closed the line or all of it was given back."""
        return 0 if self.is_closed or self.is_given_back else self.quantity - self.shipped_quantity

    @property
    def is_given_back(self) -> bool:
        """Whether everything paid for the line was refunded."""
        return self.refund_status == RefundStatus.SUCCEEDED and bool(self.paid) and self.refunded >= (self.paid or 0)


class OrderDiscount(models.Model):
    """One named discount of an order: a coupon, a promotion, points."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="discounts")
    name = models.CharField(max_length=120)
    amount = models.DecimalField(max_digits=12, decimal_places=2)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(amount__gte=0), name="orderdiscount_amount_not_negative")]

    def __str__(self) -> str:
        return self.name


class OpenLine(models.Model):
    """The lines of open orders only, kept by triggers (migration 0002): finds one product in the queue at once."""

    line = models.OneToOneField(
        OrderLine, on_delete=models.DO_NOTHING, primary_key=True, db_constraint=False, related_name="+"
    )
    store = models.ForeignKey(Store, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+")
    order = models.ForeignKey(Order, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+")
    title = models.ForeignKey(
        ProductTitle, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    sku_code = models.CharField(max_length=100, blank=True)
    status = models.CharField(max_length=20)
    ship_by = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["store", "title", "ship_by", "order"], name="openline_title_ship_by")]

    def __str__(self) -> str:
        return f"open line {self.pk}"


class OrderCount(models.Model):
    """Orders per store and status, spread over 8 slots; kept by triggers (migration 0002). Sum it, never write it.

    `status` also holds `open_refund`, for the after-sales tab.
    """

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="+", db_index=False)
    status = models.CharField(max_length=20)
    slot = models.PositiveSmallIntegerField()
    count = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["store", "status", "slot"], name="ordercount_key_unique")]

    def __str__(self) -> str:
        return f"{self.status}[{self.slot}] = {self.count}"
