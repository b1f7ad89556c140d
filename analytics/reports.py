"""The sales report of a period: figures with their definitions, charts, breakdowns, and the way to their orders."""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from functools import cached_property
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analytics import queries
from analytics.queries import Figures, Part, Period, Point
from backoffice.common.display import money_text
from backoffice.common.models import Store
from orders.desk.queues import PAYMENT_METHODS

LONGEST_BY_DAY = 92  # days; a longer period is drawn by month
NONE = "none"  # the order list's word for an unknown province or payment method

DEFINITIONS = {
    "paid": gettext_lazy("What buyers paid, on the day of payment. A later refund does not make it smaller."),
    "orders": gettext_lazy("Orders paid in these days, whatever became of them since."),
    "average": gettext_lazy("Paid amount divided by orders."),
    "buyers": gettext_lazy("Different buyers who paid in these days; somebody who bought twice counts once."),
    "refunded": gettext_lazy("What has been refunded so far of the orders paid in these days, whenever that was."),
    "refund_rate": gettext_lazy("Refunded divided by paid amount."),
}  # fmt: skip
LABELS = {
    "paid": gettext_lazy("Paid amount"),
    "orders": gettext_lazy("Orders"),
    "average": gettext_lazy("Average order"),
    "buyers": gettext_lazy("Buyers"),
    "refunded": gettext_lazy("Refunded"),
    "refund_rate": gettext_lazy("Refund rate"),
}


def orders_url(period: Period, **filters: str) -> str:
    """Return the address of exactly the orders that were paid in the period and match the filters."""
    days = {"queue": "all", "paid_from": period.first.isoformat(), "paid_to": period.last.isoformat()}
    try:
        return f"{reverse('desk:order-list')}?{urlencode(days | filters)}"
    except NoReverseMatch:
        return ""


def percent_text(share: Decimal | None, *, signed: bool = False) -> str:
    if share is None:
        return "—"
    sign = "+" if signed and share > 0 else ""
    return f"{sign}{share * 100:.2f} %".replace("-", "−")


def _count_text(number: int | None) -> str:
    return "—" if number is None else f"{number:,}"


class Metric(NamedTuple):
    name: str
    label: str
    definition: str
    value: Decimal | int | None  # exact
    text: str
    change: Decimal | None  # against the period before, as a part of it
    change_text: str


_FIGURES: tuple[tuple[str, str, Callable[[Any], str]], ...] = (
    ("paid", "gross_paid", money_text),
    ("orders", "order_count", "{:,}".format),
    ("average", "average", money_text),
    ("buyers", "buyer_count", _count_text),
    ("refunded", "refunded", money_text),
    ("refund_rate", "refund_rate", percent_text),
)


def metrics(figures: Figures, before: Figures | None = None) -> list[Metric]:
    return [_metric(name, field, text, figures, before) for name, field, text in _FIGURES]


def _metric(name: str, field: str, text: Callable[[Any], str], figures: Figures, before: Figures | None) -> Metric:
    value = getattr(figures, field)
    if name == "buyers" and not value and figures.order_count:
        value = None  # the files name no buyers: unknown, not nobody
    change = queries.change(value, getattr(before, field)) if before is not None else None
    return Metric(
        name, str(LABELS[name]), str(DEFINITIONS[name]), value, text(value), change, percent_text(change, signed=True)
    )  # fmt: skip


class Row(NamedTuple):
    """One row of a breakdown or of the series as the table shows it."""

    key: str
    label: str
    figures: Figures
    share_text: str
    url: str
    share: Decimal | None = None
    placed_count: int | None = None


class Breakdown(NamedTuple):
    name: str  # of its hooks: hour, province, product, payment
    title: str
    heading: str
    definition: str
    rows: list[Row]
    chart: dict[str, Any] | None = None


class SalesReport:
    """Everything about one period of closed days, read when it is first asked for: the page caches what it renders."""

    def __init__(self, store: Store, period: Period) -> None:
        self.store, self.period = store, period
        self.is_monthly = period.day_count > LONGEST_BY_DAY

    @cached_property
    def figures(self) -> Figures:
        return queries.window_figures(self.store, self.period)

    @cached_property
    def metrics(self) -> list[Metric]:
        return metrics(self.figures, queries.window_figures(self.store, self.period.previous))

    @property
    def url(self) -> str:
        return orders_url(self.period)

    @cached_property
    def series(self) -> list[Row]:
        read = queries.monthly_points if self.is_monthly else queries.daily_points
        return [self._point_row(point) for point in read(self.store, self.period)]

    @property
    def chart(self) -> dict[str, Any]:
        return {
            "kind": "line", "unit": "¥", "x": [row.label for row in self.series],
            "series": [{"name": str(LABELS["paid"]), "data": [_drawn(row.figures.gross_paid) for row in self.series]}],
        }  # fmt: skip

    @cached_property
    def breakdowns(self) -> list[Breakdown]:
        return [self._by_product(), self._by_payment(), self._by_province(), self._by_hour()]

    def _point_row(self, point: Point) -> Row:
        first = point.period.first
        label = f"{first:%Y-%m}" if self.is_monthly else f"{first:%Y-%m-%d}"
        return Row(
            first.isoformat(), label, point.figures, "", orders_url(point.period), placed_count=point.placed_count
        )

    def _by_product(self) -> Breakdown:
        products = queries.by_product(self.store, self.period)
        rows = [self._row(part, str(part.key), product=str(part.key)) for part in products.top]
        if products.others:
            count = products.title_count - len(products.top)
            others = products.others
            label = _("%(count)s other products") % {"count": f"{count:,}"}
            rows.append(Row("", label, others.figures, percent_text(others.share), "", others.share))
        definition = _(
            "An order's money split over its products: by what each line paid, where the file says it, else by list"
            " price. The shares sum to 100 %."
        )  # fmt: skip
        return Breakdown("product", _("By product"), _("Product"), definition, rows)

    def _by_province(self) -> Breakdown:
        definition = _("Where the parcel goes. The shares are of the paid amount and sum to 100 %.")
        rows = self._named_rows(queries.by_province(self.store, self.period), "province")
        return Breakdown("province", _("By province"), _("Province"), definition, rows)

    def _by_payment(self) -> Breakdown:
        definition = _("How the order was paid. The shares are of the paid amount and sum to 100 %.")
        rows = self._named_rows(queries.by_payment(self.store, self.period), "payment", PAYMENT_METHODS)
        return Breakdown("payment", _("By payment method"), _("Payment method"), definition, rows)

    def _by_hour(self) -> Breakdown:
        parts = queries.by_hour(self.store, self.period)
        rows = [self._row(part, f"{part.key:02}:00", hour=str(part.key)) for part in parts]
        chart = {
            "kind": "bar", "x": [f"{part.key:02}" for part in parts],
            "series": [{"name": str(LABELS["orders"]), "data": [part.figures.order_count for part in parts]}],
        }  # fmt: skip
        definition = _("The hour of payment, in Shanghai time, over all days of the period.")
        return Breakdown("hour", _("By hour"), _("Hour"), definition, rows, chart)

    def _named_rows(self, parts: Iterable[Part], parameter: str, labels: Mapping[str, Any] | None = None) -> list[Row]:
        return [
            self._row(
                part,
                str((labels or {}).get(str(part.key), part.key)) or _("Unknown"),
                **{parameter: str(part.key) or NONE},
            )
            for part in parts
        ]

    def _row(self, part: Part, label: str, **filters: str) -> Row:
        url = orders_url(self.period, **filters)
        return Row(str(part.key), label, part.figures, percent_text(part.share), url, part.share)


def _drawn(amount: Decimal) -> float:
    """Return an amount for the pixels of a chart; the table beside it holds the exact one."""
    return float(amount)
