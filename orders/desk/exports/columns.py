"""The columns of order exports: those of the order list, and what only a file shows: money in parts, parcels, lines.

An order's money and counts are `is_once`: where a row is a line, they stand on the order's first line only, so that a
column's sum is the sum of the orders.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.aggregates import StringAgg
from django.db.models import Case, CharField, Expression, F, OuterRef, Subquery, Value, When
from django.db.models.functions import Cast, Coalesce, Concat, NullIf
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from backoffice.common.display import listed
from backoffice.common.sheets.columns import Kind
from orders.core.models import OrderLine
from orders.core.statuses import RefundStatus, ShipByRule, WishKind
from orders.desk.columns import ORDER_COLUMNS, OrderColumn
from orders.desk.queues import PAYMENT_METHODS
from orders.fulfilment.couriers import COURIERS
from orders.fulfilment.models import Shipment

ORDER, LINE = "order", "line"  # grains: what one row of the file is
Fields = Mapping[str, str]  # the opened recipient


@dataclass(frozen=True, slots=True)
class ExportColumn:
    """One column of a file: read from one `.values()` name, or from the opened recipient in a clear-text export."""

    key: str
    label: Any
    field: str
    kind: Kind = Kind.TEXT
    read: Callable[[Any], Any] | None = None
    grain: str = ORDER
    is_once: bool = False
    open: Callable[[Fields], str] | None = None


def _joined(rows: Any, text: Any) -> Subquery:
    """Join one text per row of an order, in the order of their keys."""
    texts = rows.filter(order=OuterRef("pk")).order_by().values("order")
    return Subquery(texts.annotate(joined=StringAgg(text, ", ", order_by=("pk",))).values("joined"))


def _agreed(field: str, path: str = "") -> Expression:
    """Return what was agreed with the buyer, else what was ordered."""
    return Coalesce(NullIf(F(f"{path}agreed_{field}"), Value("")), F(f"{path}{field}"))


def _sealed_mark() -> Expression:
    return Case(When(recipient__sealed__isnull=False, then=Value("***")), default=Value(""), output_field=CharField())


ANNOTATIONS: Mapping[str, Callable[[], Any]] = {
    "export_tracking": lambda: _joined(Shipment.objects, F("tracking_number")),
    "export_couriers": lambda: _joined(Shipment.objects, F("courier")),
    "export_last_events": lambda: _joined(Shipment.objects.exclude(last_event=""), F("last_event")),
    "export_gifts": lambda: _joined(
        OrderLine.objects.filter(is_gift=True),
        Concat(F("title__text"), Value(" ×"), Cast(F("quantity"), CharField())),
    ),
    "export_products": lambda: _joined(
        OrderLine.objects,
        Concat(F("title__text"), Value(" "), _agreed("spec"), Value(" ×"), Cast(F("quantity"), CharField())),
    ),
    "export_spec": lambda: _agreed("spec", "lines__"),
    "export_sku_code": lambda: _agreed("sku_code", "lines__"),
    "export_street": _sealed_mark,
    "export_modified": _sealed_mark,
}


def _couriers(value: str | None) -> str:
    names = {courier.code: courier.name for courier in COURIERS}
    return ", ".join(names.get(code, code) for code in (value or "").split(", "))


def _payment(value: str) -> str:
    return str(PAYMENT_METHODS.get(value, value))


def _refund(value: str | None) -> str:
    return str(RefundStatus(value).label) if value else ""


def _rule(value: str) -> str:
    return str(ShipByRule(value).label) if value else ""


def _wishes(value: list[str]) -> str:
    return listed(WishKind(kind).label for kind in value)


def _yes(value: bool | None) -> str:  # noqa: FBT001 -- a cell's value
    return _("yes") if value else ""


def _phone(fields: Fields) -> str:
    return fields.get("mobile") or fields.get("phone", "")


_OPENED: Mapping[str, Callable[[Fields], str]] = {
    "recipient_name": lambda fields: fields.get("name", ""),
    "recipient_phone": _phone,
}
_ONCE = {"line_count", "piece_count", "points_used"}


def _shared(column: OrderColumn) -> ExportColumn:
    """Take a column of the order list over."""
    (field,), read = column.fields, column.read
    return ExportColumn(
        column.key,
        column.label,
        field,
        column.kind,
        _payment if column.key == "payment_method" else read and (lambda value: read({field: value})),
        is_once=column.kind == Kind.MONEY or column.key in _ONCE,
        open=_OPENED.get(column.key),
    )


def _money(key: str, label: Any) -> ExportColumn:
    return ExportColumn(key, label, key, Kind.MONEY, is_once=True)


def _line(key: str, label: Any, kind: Kind = Kind.TEXT, *, field: str = "", read: Any = None) -> ExportColumn:
    return ExportColumn(f"line_{key}", label, f"lines__{field or key}", kind, read, LINE)


_MORE: tuple[ExportColumn, ...] = (
    ExportColumn("street", gettext_lazy("Street"), "export_street", open=lambda fields: fields.get("street", "")),
    ExportColumn(
        "modified_address", gettext_lazy("Changed address"), "export_modified",
        open=lambda fields: fields.get("modified_address", ""),
    ),
    _money("payable", gettext_lazy("Payable")),
    _money("postage", gettext_lazy("Postage")),
    _money("coupon_amount", gettext_lazy("Coupons")),
    _money("gross_paid", gettext_lazy("Paid at pay time")),
    _money("received", gettext_lazy("Received")),
    ExportColumn("points_used", gettext_lazy("Points used"), "points_used", Kind.INTEGER, is_once=True),
    ExportColumn("close_reason", gettext_lazy("Close reason"), "close_reason"),
    ExportColumn("remark_by", gettext_lazy("Remark by"), "latest_remark_by"),
    ExportColumn("remark_at", gettext_lazy("Remark at"), "latest_remark_at", Kind.DATETIME),
    ExportColumn("products", gettext_lazy("Products"), "export_products"),
    ExportColumn("couriers", gettext_lazy("Courier"), "export_couriers", read=_couriers),
    ExportColumn("tracking_numbers", gettext_lazy("Tracking number"), "export_tracking"),
    ExportColumn("last_events", gettext_lazy("Last news of the parcel"), "export_last_events"),
    ExportColumn("gifts", gettext_lazy("Gifts"), "export_gifts"),
    ExportColumn("invoice_title", gettext_lazy("Invoice title"), "invoice_title"),
    ExportColumn("claimed_by", gettext_lazy("Claimed by"), "claimed_by__username"),
    ExportColumn("ship_by_rule", gettext_lazy("Why this ship-by time"), "ship_by_rule", read=_rule),
    ExportColumn("appointed_date", gettext_lazy("Appointed date"), "appointed_date", Kind.DATE),
    ExportColumn("appointed_slot", gettext_lazy("Time of day"), "appointed_slot"),
    ExportColumn("wishes", gettext_lazy("Open wishes"), "wish_kinds", read=_wishes),
    _line("position", pgettext_lazy("position in the order", "Line"), Kind.INTEGER),
    _line("title", gettext_lazy("Product"), field="title__text"),
    ExportColumn("line_spec", gettext_lazy("Spec"), "export_spec", grain=LINE),
    ExportColumn("line_sku_code", gettext_lazy("Merchant code"), "export_sku_code", grain=LINE),
    _line("product_id", gettext_lazy("Product ID")),
    _line("quantity", gettext_lazy("Quantity"), Kind.INTEGER),
    _line("shipped", gettext_lazy("Shipped pieces"), Kind.INTEGER, field="shipped_quantity"),
    _line("price", gettext_lazy("Price"), Kind.MONEY),
    _line("paid", gettext_lazy("Line paid"), Kind.MONEY),
    _line("refunded", gettext_lazy("Line refunded"), Kind.MONEY),
    _line("refund_status", gettext_lazy("Line refund"), read=_refund),
    _line("is_gift", gettext_lazy("Gift"), read=_yes),
)  # fmt: skip
EXPORT_COLUMNS: tuple[ExportColumn, ...] = (*map(_shared, ORDER_COLUMNS), *_MORE)
COLUMN_BY_KEY: Mapping[str, ExportColumn] = {column.key: column for column in EXPORT_COLUMNS}


def columns_of(grain: str) -> list[ExportColumn]:
    """Return the columns that a file of this grain may have."""
    return [column for column in EXPORT_COLUMNS if grain == LINE or column.grain == ORDER]
