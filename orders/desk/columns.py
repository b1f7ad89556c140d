"""The columns of an order list, declared once for the page, exports and the API.

`OrderColumn` is one value of an order as it stands in a file or an answer; `QueueColumn` is one cell of the page, which
shows several of them on two lines.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from backoffice.common.display import listed
from backoffice.common.sheets.columns import Kind
from orders.core.statuses import Acceptance, Flag, HoldKind, NoteState, OrderStatus, RefundStatus

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class OrderColumn:
    """One value of an order: `fields` are the `.values()` names that it is read from (see queries.ROW_FIELDS)."""

    key: str
    label: Any
    fields: tuple[str, ...]
    kind: Kind = Kind.TEXT
    read: Callable[[Row], Any] | None = None

    def value(self, row: Row) -> Any:
        return self.read(row) if self.read else row[self.fields[0]]


def _plain(key: str, label: Any, kind: Kind = Kind.TEXT, field: str = "") -> OrderColumn:
    return OrderColumn(key, label, (field or key,), kind)


def _labelled(key: str, label: Any, choices: Any, field: str = "") -> OrderColumn:
    field = field or key
    labels = dict(choices.choices)
    return OrderColumn(
        key, label, (field,), Kind.TEXT, lambda row: str(labels.get(row[field], row[field]) if row[field] != "" else "")
    )


def _listed(key: str, label: Any, labels: Mapping[str, Any] | None = None) -> OrderColumn:
    return OrderColumn(
        key, label, (key,), Kind.TEXT, lambda row: listed((labels or {}).get(word, word) for word in row[key])
    )


ORDER_COLUMNS: tuple[OrderColumn, ...] = (
    _plain("number", _("Order number")),
    _labelled("status", _("Status"), OrderStatus),
    _plain("platform_status", _("Platform status")),
    _plain("buyer", _("Buyer"), field="buyer__nick"),
    _plain("placed_at", _("Placed"), Kind.DATETIME),
    _plain("paid_at", _("Paid at"), Kind.DATETIME),
    _plain("ship_by", _("Ship by"), Kind.DATETIME),
    _plain("shipped_at", _("Shipped at"), Kind.DATETIME),
    _plain("completed_at", _("Completed at"), Kind.DATETIME),
    _plain("total", _("Total"), Kind.MONEY),
    _plain("paid", _("Paid"), Kind.MONEY),
    _plain("refunded", _("Refunded"), Kind.MONEY),
    _plain("payment_method", _("Payment method")),
    _plain("recipient_name", _("Recipient"), field="recipient__masked_name"),
    _plain("recipient_phone", _("Phone"), field="recipient__masked_phone"),
    _plain("province", _("Province")),
    _plain("city", _("City")),
    _plain("district", _("District")),
    _plain("note", _("Buyer note"), field="note__text"),
    _labelled("note_state", _("Note state"), NoteState),
    _plain("latest_remark", _("Latest remark")),
    _labelled("flag", _("Flag"), Flag),
    _listed("tags", _("Tags")),
    _listed("services", _("Add-on services")),
    _labelled("acceptance", _("Acceptance"), Acceptance),
    _listed("hold_kinds", _("Holds"), dict(HoldKind.choices)),
    _labelled("refund_status", _("Refund"), RefundStatus),
    _plain("line_count", pgettext_lazy("number of", "Lines"), Kind.INTEGER),
    _plain("piece_count", pgettext_lazy("number of", "Pieces"), Kind.INTEGER),
)
COLUMN_BY_KEY = {column.key: column for column in ORDER_COLUMNS}


@dataclass(frozen=True, slots=True)
class QueueColumn:
    """One cell of the queue; `sort` is the parameter's name where the list can be sorted by it."""

    key: str
    label: Any
    css: str
    shows: tuple[str, ...]  # keys of ORDER_COLUMNS
    sort: str = ""
    is_fixed: bool = False  # always shown
    is_default: bool = True


QUEUE_COLUMNS: tuple[QueueColumn, ...] = (
    QueueColumn("due", _("Time left"), "col-due", ("ship_by", "paid_at"), "ship_by", is_fixed=True),
    QueueColumn("order", pgettext_lazy("heading", "Order"), "grow", ("number", "status"), "number", is_fixed=True),
    QueueColumn("money", _("Paid"), "num col-money", ("paid", "payment_method"), "paid"),
    QueueColumn(
        "recipient", _("Recipient"), "col-who", ("recipient_name", "recipient_phone", "province", "city", "district")
    ),
    QueueColumn("note", _("Note and remark"), "grow note", ("note", "latest_remark")),
    QueueColumn("buyer", _("Buyer"), "col-who only-wide", ("buyer",), is_default=False),
    QueueColumn("placed", _("Placed"), "col-time only-wide", ("placed_at",), "placed_at", is_default=False),
    QueueColumn("paid_at", _("Paid at"), "col-time only-wide", ("paid_at",), "paid_at", is_default=False),
    QueueColumn("flag", _("Flag"), "col-flag", ("flag", "tags")),
    QueueColumn("claim", _("Claim"), "col-claim", ()),
)
LIST_NAME = "orders"  # of Membership.preferences


def shown_columns(preferences: Mapping[str, Any]) -> list[QueueColumn]:
    """Return the columns a person chose, in the order of the registry; the default ones without a choice."""
    chosen = preferences.get(LIST_NAME, {}).get("columns")
    if not isinstance(chosen, list):
        return [column for column in QUEUE_COLUMNS if column.is_fixed or column.is_default]
    return [column for column in QUEUE_COLUMNS if column.is_fixed or column.key in chosen]


def known_columns(keys: Iterable[str]) -> list[str]:
    wanted = set(keys)
    return [column.key for column in QUEUE_COLUMNS if column.key in wanted]
