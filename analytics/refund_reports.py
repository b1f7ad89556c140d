"""The after-sales report of a period: how long cases take, why they are asked for, and what comes back most."""

from collections.abc import Callable
from decimal import Decimal
from functools import cached_property
from typing import Any, NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from aftersales.refunds.statuses import OPEN_STATES, SHOP_STATES, ReasonKind, RefundState
from analytics.queries import Period, change
from analytics.queries.figures import ratio
from analytics.queries.refund_times import (
    ANSWER,
    ANY_REASON,
    ANYBODY,
    NOBODY,
    WHOLE,
    Hours,
    TimeKey,
    Times,
    case_times_and_before,
    compared_times,
    names_of,
    step_times,
)
from analytics.queries.refunds import (
    LEAST_ORDERS,
    CaseFigures,
    HighReturn,
    ReturnRate,
    added,
    cases_and_before,
    high_returns,
    reasons_by_product_and_month,
    return_rate,
    top_reasons,
)
from analytics.refund_months import MonthTable, asked_url, reason_label
from analytics.reports import Metric, percent_text
from backoffice.common.display import money_text
from backoffice.common.models import Store

TOP_PRODUCTS, TOP_RETURNS = 10, 20
HOUR = 3600

DEFINITIONS = {
    "cases": gettext_lazy("After-sales cases asked for in these days, of every kind, whatever became of them since."),
    "case_succeeded": gettext_lazy("Of the cases asked for in these days, those that have succeeded so far."),
    "case_refunded": gettext_lazy("What the cases asked for in these days have given back so far."),
    "first_answer": gettext_lazy(
        "From asking to the shop's first decision or message: half of the cases asked for in these days waited no"
        " longer."
    ),
    "whole_case": gettext_lazy(
        "From asking to the end: half of the cases asked for in these days that are over took no longer."
    ),
    "return_rate": gettext_lazy(
        "Of the orders paid in these days, the part with a case asked for, whatever became of it. An order counts once"
        " for each product that it holds."
    ),
    "not_as_described": gettext_lazy("Cases asked for in these days because the goods differ from what the page says."),
    "changed_mind": gettext_lazy(
        "Cases asked for in these days because the buyer does not want the goods any more; “7 days, no reason” is"
        " apart."
    ),
}
LABELS = {
    "cases": gettext_lazy("Cases"),
    "case_succeeded": pgettext_lazy("after-sales", "Succeeded"),
    "case_refunded": gettext_lazy("Refunded"),
    "first_answer": gettext_lazy("First answer, median"),
    "whole_case": gettext_lazy("Whole case, median"),
    "return_rate": gettext_lazy("Return rate"),
    "not_as_described": ReasonKind.NOT_AS_DESCRIBED.label,
    "changed_mind": ReasonKind.CHANGED_MIND.label,
}
STEP_LABELS = {ANSWER: gettext_lazy("First answer"), WHOLE: gettext_lazy("Whole case")}
COMPARED_STEPS = (ANSWER, *SHOP_STATES)  # what people and reasons are compared by: the shop's own time


def hours_text(seconds: int | None) -> str:
    """Write a time as people compare them: minutes within the first hour, else hours."""
    if seconds is None:
        return "—"
    if seconds < HOUR:
        return _("%(minutes)s min") % {"minutes": seconds // 60}
    tenths = Decimal(seconds) / HOUR
    return _("%(hours)s h") % {"hours": f"{tenths:,.1f}"}


class HoursCell(NamedTuple):
    """Hours of one step as the table shows them; without a key there are none."""

    key: str
    stays: int = 0
    median: int = 0
    ninetieth: int = 0
    median_text: str = "—"
    ninetieth_text: str = "—"


class HoursRow(NamedTuple):
    label: str
    cells: list[HoursCell]


class HoursTable(NamedTuple):
    name: str  # of its hooks: step, person, reason
    title: str
    heading: str
    definition: str
    columns: list[str]
    rows: list[HoursRow]


class ReasonRow(NamedTuple):
    key: str
    label: str
    figures: CaseFigures
    share: Decimal | None
    share_text: str
    url: str


class ReturnRow(NamedTuple):
    title_id: int
    text: str
    rate: ReturnRate
    rate_text: str
    goods_text: str
    times_text: str  # how many times the rate of all products
    reason: str  # of most cases asked for in the period
    url: str  # of those cases


class RefundReport:
    """Everything about the cases of one period of closed days, read when it is first asked for: the page caches it."""

    def __init__(self, store: Store, period: Period) -> None:
        self.store, self.period = store, period

    @property
    def url(self) -> str:
        return asked_url(self.period)

    @cached_property
    def times(self) -> Times:
        """Return the hours of every step, whoever ended it."""
        return step_times(self.store, self.period)

    @cached_property
    def compared(self) -> Times:
        """Return the hours of every step by person and by reason."""
        return compared_times(self.store, self.period)

    @cached_property
    def _cases(self) -> tuple[dict[str, CaseFigures], dict[str, CaseFigures]]:
        return cases_and_before(self.store, self.period)

    @property
    def by_reason(self) -> dict[str, CaseFigures]:
        return self._cases[0]

    @cached_property
    def rate(self) -> ReturnRate:
        return return_rate(self.store, self.period)

    @cached_property
    def has_cases(self) -> bool:
        return bool(self.by_reason or self.times)  # a stay may have ended of a case that was asked for before

    # Figures

    @cached_property
    def metrics(self) -> list[tuple[Metric, str]]:
        """Return the figures, each with the way to its cases."""
        earlier = self.period.previous
        times, times_before = case_times_and_before(self.store, self.period)
        values = _values(self.by_reason, times, self.rate)
        before = _values(self._cases[1], times_before, return_rate(self.store, earlier))
        return [(_metric(name, text, values[name], before[name]), self._metric_url(name)) for name, text in _TEXTS]

    def _metric_url(self, name: str) -> str:
        return "" if name == "return_rate" else asked_url(self.period, **_METRIC_FILTERS.get(name, {}))

    # Hours

    @cached_property
    def by_step(self) -> HoursTable:
        steps = [ANSWER, *OPEN_STATES, WHOLE]
        rows = [
            HoursRow(_step_label(step), [_cell(self.times, TimeKey(step))])
            for step in steps
            if TimeKey(step) in self.times
        ]
        definition = _(
            "How long cases stayed in the states that they left in these days. First answers and whole cases: of the"
            " cases asked for in these days."
        )
        return HoursTable("step", _("Hours per step"), _("Step"), definition, [_("Time")], rows)

    @cached_property
    def by_person(self) -> HoursTable:
        people = {key.actor_id for key in self.compared if key.actor_id != ANYBODY and key.step in COMPARED_STEPS}
        names = names_of(people) | {NOBODY: pgettext("after-sales", "Nobody")}
        weights = {person: sum(self._count(step, actor_id=person) for step in COMPARED_STEPS) for person in people}
        ordered = sorted(people, key=lambda person: (person == NOBODY, -weights[person], person))
        rows = [self._compared(names.get(person, str(person)), actor_id=person) for person in ordered]
        definition = _(
            "The shop's own steps by who ended them: a time in a state belongs to who decided, received or sent."
            " A first answer belongs to who gave it. “Nobody” is the clock or the platform."
        )
        return HoursTable("person", _("Hours per person"), _("Person"), definition, _compared_labels(), rows)

    @cached_property
    def by_reason_hours(self) -> HoursTable:
        kinds = [
            kind for kind in ReasonKind if any(TimeKey(step, ANYBODY, kind) in self.compared for step in COMPARED_STEPS)
        ]
        rows = [self._compared(str(kind.label), reason_kind=kind.value) for kind in kinds]
        definition = _("The same steps by what the buyer's reason is about.")
        return HoursTable("reason", _("Hours per reason"), _("Reason"), definition, _compared_labels(), rows)

    def _compared(self, label: str, *, actor_id: int = ANYBODY, reason_kind: str = ANY_REASON) -> HoursRow:
        keys = (TimeKey(step, actor_id, reason_kind) for step in COMPARED_STEPS)
        return HoursRow(label, [_cell(self.compared, key) for key in keys])

    def _count(self, step: str, *, actor_id: int) -> int:
        hours = self.compared.get(TimeKey(step, actor_id))
        return hours.stays if hours else 0

    # Reasons

    @cached_property
    def reasons(self) -> list[ReasonRow]:
        total = added(self.by_reason.values()).case_count
        return [
            ReasonRow(
                kind, reason_label(kind), figures, share, percent_text(share), asked_url(self.period, reason_kind=kind)
            )
            for kind, figures in self.by_reason.items()
            for share in [ratio(figures.case_count, total)]
        ]

    @property
    def reasons_chart(self) -> dict[str, Any]:
        return {
            "kind": "hbar", "x": [row.label for row in self.reasons],
            "series": [{"name": str(LABELS["cases"]), "data": [row.figures.case_count for row in self.reasons]}],
        }  # fmt: skip

    @cached_property
    def matrix(self) -> MonthTable:
        found = reasons_by_product_and_month(self.store, self.period, limit=TOP_PRODUCTS)
        return MonthTable(self.period, found)

    # Returns

    @cached_property
    def high_returns(self) -> list[ReturnRow]:
        found = high_returns(self.store, self.period, limit=TOP_RETURNS)
        reasons = top_reasons(self.store, self.period, [one.title_id for one in found])
        return [self._return_row(one, reasons.get(one.title_id, "")) for one in found]

    def _return_row(self, found: HighReturn, reason: str) -> ReturnRow:
        rate = found.rate
        url = asked_url(self.period, title=str(found.title_id), reason_kind=reason) if reason else ""
        return ReturnRow(
            found.title_id, found.text, rate, percent_text(rate.rate), percent_text(rate.goods_rate),
            _times_text(rate.rate, self.rate.rate), reason_label(reason), url,
        )  # fmt: skip

    @property
    def least_orders(self) -> int:
        return LEAST_ORDERS


def _values(by_reason: dict[str, CaseFigures], times: Times, rate: ReturnRate) -> dict[str, Decimal | int | None]:
    """Return the figures by name."""
    total = added(by_reason.values())
    answer, whole = (times.get(TimeKey(step)) for step in (ANSWER, WHOLE))
    return {
        "cases": total.case_count,
        "case_succeeded": total.succeeded_count,
        "case_refunded": total.refunded,
        "first_answer": answer.median if answer else None,
        "whole_case": whole.median if whole else None,
        "return_rate": rate.rate,
        **{
            kind.value: by_reason.get(kind, CaseFigures()).case_count
            for kind in (ReasonKind.NOT_AS_DESCRIBED, ReasonKind.CHANGED_MIND)
        },
    }


_TEXTS: tuple[tuple[str, Callable[[Any], str]], ...] = (
    ("cases", "{:,}".format),
    ("case_succeeded", "{:,}".format),
    ("case_refunded", money_text),
    ("first_answer", hours_text),
    ("whole_case", hours_text),
    ("return_rate", percent_text),
    ("not_as_described", "{:,}".format),
    ("changed_mind", "{:,}".format),
)
_METRIC_FILTERS = {
    "case_succeeded": {"queue": "succeeded"},
    "case_refunded": {"queue": "succeeded"},
    "not_as_described": {"reason_kind": ReasonKind.NOT_AS_DESCRIBED.value},
    "changed_mind": {"reason_kind": ReasonKind.CHANGED_MIND.value},
}


def _metric(name: str, text: Callable[[Any], str], value: Any, before: Any) -> Metric:
    part = change(value, before)
    return Metric(
        name, str(LABELS[name]), str(DEFINITIONS[name]), value, text(value), part, percent_text(part, signed=True)
    )


def _step_label(step: str) -> str:
    return str(STEP_LABELS[step] if step in STEP_LABELS else RefundState(step).label)


def _compared_labels() -> list[str]:
    return [_step_label(step) for step in COMPARED_STEPS]


def _cell(times: Times, key: TimeKey) -> HoursCell:
    hours = times.get(key)
    return _hours_cell(key, hours) if hours else HoursCell("")


def _hours_cell(key: TimeKey, hours: Hours) -> HoursCell:
    parts = [key.step, *([str(key.actor_id)] if key.actor_id != ANYBODY else []), key.reason_kind]
    return HoursCell(
        ":".join(part for part in parts if part), *hours, hours_text(hours.median), hours_text(hours.ninetieth)
    )


def _times_text(rate: Decimal | None, usual: Decimal | None) -> str:
    return f"{rate / usual:.1f} ×" if rate and usual else "—"
