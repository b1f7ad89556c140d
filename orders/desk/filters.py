"""The order queue's filter: every parameter of its address, for the page, exports and the API alike."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import ProhibitNullCharactersValidator
from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.common.clock import DAY_LIMITS, day_bounds
from backoffice.common.models import Store, User
from orders.core.models import Hold, Order, OrderQuerySet
from orders.core.statuses import Flag, HoldKind, NoteState
from orders.desk import search
from orders.desk.models import SavedView
from orders.desk.paging import SORT_COLUMNS, Sort, read_sort
from orders.desk.paid_hours import paid_in_hours
from orders.desk.queues import OPEN_QUEUE, QUEUES, SUB_QUEUES, Queue, SubQueue
from orders.intake.formats import PROVINCES, province_name

NONE = "none"
DATE_FIELDS = ("paid_from", "paid_to", "placed_from", "placed_to", "ship_by_from", "ship_by_to")
SEVERAL = (
    "queue", "sub", "product", "province", "flag", "note", "payment", "claimed_by", "hour", "hold", "hold_reason",
    "tag",
)  # fmt: skip  # a repeated key means OR
PASSING = ("pending_payment", OPEN_QUEUE, "shipped")  # orders move on from these tabs
PARAMETERS = ("queue", "sub", "q", *DATE_FIELDS, "amount_min", "amount_max", *SEVERAL[2:])
POSITION = ("sort", "after", "before", "view")  # where one is in the list, not what is in it
_MAX_VALUES = 60


class WordsField(forms.MultipleChoiceField):
    """Free words, several of them: the values of a repeated key."""

    default_validators = [ProhibitNullCharactersValidator()]

    def validate(self, value: list[str]) -> None:
        if len(value) > _MAX_VALUES or any(len(word) > 500 for word in value):  # noqa: PLR2004 -- the longest title
            raise ValidationError(_("These are too many or too long values for one filter."))

    def run_validators(self, value: list[str]) -> None:
        for word in value:
            super().run_validators(word)


class ProvinceField(WordsField):
    def clean(self, value: Any) -> list[str]:
        names = {word: word if word == NONE else province_name(word) for word in super().clean(value)}
        if unknown := [word for word, name in names.items() if name is None]:
            raise ValidationError(_("%(name)s is not a province.") % {"name": unknown[0][:40]})
        return [name for name in names.values() if name]


class WordsFilter(django_filters.Filter):
    field_class = WordsField


class ProvinceFilter(django_filters.Filter):
    field_class = ProvinceField


def _day(label: Any) -> django_filters.Filter:
    return django_filters.DateFilter(
        label=label,
        method="by_day",
        input_formats=["%Y-%m-%d"],
        validators=DAY_LIMITS,
        error_messages={"invalid": gettext_lazy("Enter a day like 2026-06-01.")},
    )


def _amount(label: Any, lookup: str) -> django_filters.Filter:
    return django_filters.NumberFilter(
        "paid",
        lookup,
        label=label,
        min_value=Decimal(0),
        max_digits=12,
        decimal_places=2,
        error_messages={"invalid": gettext_lazy("Enter an amount like 99.00.")},
    )


class FilterForm(forms.Form):
    """Checks what one field alone cannot: that ranges run forward."""

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        for first, last in (
            ("paid_from", "paid_to"),
            ("placed_from", "placed_to"),
            ("ship_by_from", "ship_by_to"),
            ("amount_min", "amount_max"),
        ):
            low, high = data.get(first), data.get(last)
            if low is not None and high is not None and low > high:
                self.add_error(last, _("This is before where the range begins: %(first)s.") % {"first": low})
        return data


class OrderFilter(django_filters.FilterSet):
    """Filters one store's orders; build it with `order_filter`. Days are business days, the last one included."""

    base_filters: dict[str, django_filters.Filter]
    queue = django_filters.MultipleChoiceFilter(
        choices=[(queue.key, queue.label) for queue in QUEUES], method="by_queue"
    )
    sub = django_filters.MultipleChoiceFilter(choices=[(sub.key, sub.label) for sub in SUB_QUEUES], method="by_sub")
    q = django_filters.CharFilter(label=gettext_lazy("Search"), method="by_term", max_length=900)
    paid_from = _day(gettext_lazy("Paid from"))
    paid_to = _day(gettext_lazy("Paid to"))
    placed_from = _day(gettext_lazy("Placed from"))
    placed_to = _day(gettext_lazy("Placed to"))
    ship_by_from = _day(gettext_lazy("Ship by, from"))
    ship_by_to = _day(gettext_lazy("Ship by, to"))
    amount_min = _amount(gettext_lazy("Amount from"), "gte")
    amount_max = _amount(gettext_lazy("Amount to"), "lte")
    product = WordsFilter(label=gettext_lazy("Product"), method="by_product")
    province = ProvinceFilter(label=gettext_lazy("Province"), method="by_province")
    flag = django_filters.TypedMultipleChoiceFilter(
        "flag", "in", conjoined=False, coerce=int, choices=Flag.choices, label=gettext_lazy("Flag"), method="by_flag"
    )
    note = django_filters.MultipleChoiceFilter(
        label=gettext_lazy("Buyer note"),
        method="by_note",
        choices=[
            ("any", gettext_lazy("Any note")),
            ("unhandled", gettext_lazy("Note to handle")),
            (NONE, gettext_lazy("No note")),
        ],
    )
    payment = WordsFilter(label=gettext_lazy("Payment method"), method="by_payment")
    claimed_by = WordsFilter(label=gettext_lazy("Claimed by"), method="by_claim")
    hour = django_filters.TypedMultipleChoiceFilter(
        label=gettext_lazy("Hour of payment"),
        method="by_hour",
        coerce=int,
        choices=[(hour, str(hour)) for hour in range(24)],
    )
    hold = django_filters.MultipleChoiceFilter(
        label=gettext_lazy("Held for"), method="by_hold", choices=HoldKind.choices
    )
    hold_reason = WordsFilter(label=gettext_lazy("Reason of the hold"), method="by_hold_reason")
    tag = WordsFilter(label=gettext_lazy("Tag"), method="by_tag")

    class Meta:
        model = Order
        fields: list[str] = []
        form = FilterForm

    def __init__(self, data: QueryDict, *, store: Store, user: User | None, now: datetime) -> None:
        self.store, self.user, self.now = store, user, now
        self.match: search.Match | None = None
        self.has_code = False  # of a product
        self.lines: search.Lines | None = None  # that alone say which orders are asked for, by one product
        given = self.base_filters.items()
        self.base_filters = {name: a_filter for name, a_filter in given if name in data}  # fields are slow to make
        super().__init__(data, Order.objects.for_store(store))

    # What the address says

    @property
    def values(self) -> Mapping[str, Any]:
        """Return the parameters that are in order, cleaned."""
        return self.form.cleaned_data if self.form.is_bound and self.form.errors is not None else {}

    @cached_property
    def queues(self) -> list[Queue]:
        keys = self.data.getlist("queue")
        return [queue for queue in QUEUES if queue.key in keys]

    @cached_property
    def subs(self) -> list[SubQueue]:
        keys = self.data.getlist("sub")
        return [sub for sub in SUB_QUEUES if sub.key in keys]

    @property
    def is_open_only(self) -> bool:
        return bool(self.subs) or [queue.key for queue in self.queues] == [OPEN_QUEUE]

    @property
    def narrowing(self) -> list[str]:
        """Return the parameters that narrow the queue."""
        return [name for name in PARAMETERS if name != "queue" and any(self.data.getlist(name))]

    @cached_property
    def sort(self) -> Sort:
        """Return the order of the list: the deadline in the queue of open orders, else the newest first.

        A list filtered by another time stands in its order. An unknown `sort` falls back to that; `sort_error` says so.
        """
        return self.sort_by(self.data.get("sort", ""))

    def sort_by(self, text: str) -> Sort:
        """Return the order that a parameter names, for this list."""
        try:
            sort = read_sort(text, self._default_sort)
        except KeyError:
            sort = read_sort("", self._default_sort)
        return replace(sort, is_gathered=self._is_gathered(sort.column))

    @property
    def _default_sort(self) -> str:
        if self.is_open_only:
            return "ship_by"
        if self.data.get("hour"):
            return "-paid_at"
        return "-ship_by" if self.data.get("ship_by_from") or self.data.get("ship_by_to") else "-placed_at"

    def _is_gathered(self, column: str) -> bool:
        """Tell whether the list is short, and another index than that of the column finds it.

        The open orders have short indexes of their own for every column.
        """
        if self.is_open_only:
            return False
        if self.is_passing:
            return column != "placed_at"
        if self.data.get("hold") or self.data.get("hold_reason") or self.data.get("tag"):
            return True
        return bool(self.data.get("hour")) and column != "paid_at"

    @property
    def is_passing(self) -> bool:
        """Tell whether only tabs are asked for that orders pass through, which stay short."""
        return bool(self.queues) and all(queue.key in PASSING for queue in self.queues)

    @property
    def sort_error(self) -> str:
        if self.data.get("sort", "").removeprefix("-") in {"", "amount", *SORT_COLUMNS}:
            return ""
        return _("The list cannot be sorted by %(name)s. It can by: %(names)s.") % {
            "name": self.data.get("sort", "")[:40],
            "names": ", ".join(SORT_COLUMNS),
        }

    @property
    def has_several(self) -> bool:
        """Tell whether nothing but several values of one column narrow the list."""
        return self.narrowing in (["province"], ["flag"]) and len(self.data.getlist(self.narrowing[0])) > 1

    @property
    def is_walked_by_hours(self) -> bool:
        """Tell whether the list stands in the order of the hours that it is filtered by."""
        is_gathered = self.is_passing and not self.is_open_only
        if not self.data.get("hour") or is_gathered or {"q", "product"} & set(self.narrowing):
            return False
        return self.sort.column == "paid_at"

    # Filters

    def filter_queryset(self, queryset: OrderQuerySet) -> OrderQuerySet:
        for name, value in list(self.form.cleaned_data.items()):
            queryset = self.filters[name].filter(queryset, value)
        return queryset.none() if self.form.errors else queryset

    def without(self, *names: str) -> OrderQuerySet:
        """Return the orders that all other parameters ask for."""
        orders = Order.objects.for_store(self.store)
        for name, value in self.values.items():
            if name not in names:
                orders = self.filters[name].filter(orders, value)
        return orders

    def in_queues(self) -> OrderQuerySet:
        """Return all orders of the tabs."""
        return self.by_queue(Order.objects.for_store(self.store), "queue", [])

    def by_queue(self, orders: OrderQuerySet, _name: str, _value: list[str]) -> OrderQuerySet:
        return orders.filter(_any([queue.condition for queue in self.queues]))

    def by_sub(self, orders: OrderQuerySet, _name: str, _value: list[str]) -> OrderQuerySet:
        conditions = [sub.condition(self.store, self.user, self.now) for sub in self.subs]
        if [queue.key for queue in self.queues] != [OPEN_QUEUE]:  # said twice, the planner would count it twice
            orders = orders.pending_shipment()
        return orders.filter(_any(conditions))

    def by_term(self, orders: OrderQuerySet, _name: str, value: str) -> OrderQuerySet:
        try:
            term = search.read_term(value, self.store)
        except search.TermError as error:
            self.form.add_error("q", str(error))
            return orders
        self.match = search.find(term, self.store)
        self.lines = self.match.lines(is_open=self.is_open_only)
        return self.match.filter(orders, is_open=self.is_open_only)

    def by_day(self, orders: OrderQuerySet, name: str, value: date) -> OrderQuerySet:
        column, _underscore, end = name.rpartition("_")
        column = column if column == "ship_by" else f"{column}_at"
        first, following = day_bounds(value)
        return orders.filter(**({f"{column}__gte": first} if end == "from" else {f"{column}__lt": following}))

    def by_product(self, orders: OrderQuerySet, _name: str, value: list[str]) -> OrderQuerySet:
        wanted = search.products(value, self.store, is_open=self.is_open_only)
        self.has_code, self.lines = wanted.has_code, wanted.lines
        return orders.filter(_any(wanted.conditions))

    def by_province(self, orders: OrderQuerySet, _name: str, value: list[str]) -> OrderQuerySet:
        return orders.filter(province__in=["" if name == NONE else name for name in value])

    def by_flag(self, orders: OrderQuerySet, _name: str, value: list[int]) -> OrderQuerySet:
        return orders.filter(flag=value[0]) if len(value) == 1 else orders.filter(flag__in=value)

    def by_note(self, orders: OrderQuerySet, _name: str, value: list[str]) -> OrderQuerySet:
        conditions = {
            "any": ~Q(note_state=NoteState.NONE),
            "unhandled": Q(note_state=NoteState.UNHANDLED),
            NONE: Q(note_state=NoteState.NONE),
        }
        return orders.filter(_any([conditions[state] for state in value]))

    def by_payment(self, orders: OrderQuerySet, _name: str, value: list[str]) -> OrderQuerySet:
        return orders.filter(payment_method__in=["" if name == NONE else name for name in value])

    def by_claim(self, orders: OrderQuerySet, _name: str, value: list[str]) -> OrderQuerySet:
        return orders.filter(_any([self._is_claimed_by(name) for name in value]))

    def by_hour(self, orders: OrderQuerySet, _name: str, value: list[int]) -> OrderQuerySet:
        if self.is_passing and not self.is_open_only:
            return orders.filter(paid_at__hour__in=value)
        days = self.form.cleaned_data.get("paid_from"), self.form.cleaned_data.get("paid_to")
        return orders.filter(paid_in_hours(value, self.store, *days, is_open=self.is_open_only))

    def by_hold(self, orders: OrderQuerySet, _name: str, value: list[str]) -> OrderQuerySet:
        if self.is_open_only:
            return orders.held().filter(hold_kinds__overlap=value)
        return orders.filter(pk__in=self._open_holds(kind__in=value))  # only the open queue has an index of held orders

    def by_hold_reason(self, orders: OrderQuerySet, _name: str, value: list[str]) -> OrderQuerySet:
        """Find open holds by their exact reason, of the kinds that are asked for."""
        reasons = ["" if name == NONE else name for name in value]
        kinds = self.data.getlist("hold") or HoldKind.values
        return orders.filter(pk__in=self._open_holds(kind__in=kinds, reason__in=reasons))

    def by_tag(self, orders: OrderQuerySet, _name: str, value: list[str]) -> OrderQuerySet:
        return orders.filter(~Q(tags=[]), tags__overlap=value)  # the first condition is that of the index

    def _open_holds(self, **conditions: Any) -> QuerySet[Hold, int]:
        holds = Hold.objects.filter(store=self.store, released_at__isnull=True, **conditions)
        return holds.values_list("order_id", flat=True)

    def _is_claimed_by(self, name: str) -> Q:
        if name == NONE:
            return Q(claimed_by__isnull=True) | Q(claim_expires_at__lte=self.now)
        holder = Q(claimed_by=self.user) if name == "me" and self.user else Q(claimed_by__username=name)
        return holder & Q(claim_expires_at__gt=self.now)


def _any(conditions: list[Q]) -> Q:
    either = Q()
    for condition in conditions:
        either |= condition
    return either


def order_filter(
    store: Store, data: QueryDict, *, user: User | None, now: datetime, default_queue: str = "all"
) -> OrderFilter:
    """Build the filter of a query string: saved view opened, default queue filled in.

    Read `form.errors` after `qs`: what is not in order matches nothing.
    """
    return OrderFilter(
        effective_query(store, data, user=user, default_queue=default_queue), store=store, user=user, now=now
    )


def effective_query(store: Store, data: QueryDict, *, user: User | None, default_queue: str) -> QueryDict:
    """Return the parameters with those of the saved view beneath them."""
    query = _saved(store, data.get("view", ""), user).copy()
    for name in (*PARAMETERS, "sort", "after", "before"):
        if any(data.getlist(name)):
            query.setlist(name, [value for value in data.getlist(name) if value])
    if not query.get("queue"):
        query["queue"] = OPEN_QUEUE if query.get("sub") else "all" if query.get("q") else default_queue
    return query


def _saved(store: Store, key: str, user: User | None) -> QueryDict:
    if not key or "\0" in key:
        return QueryDict()
    mine = SavedView.objects.filter(Q(owner=user) | Q(is_shared=True), store=store)
    view = mine.filter(pk=key).first() if key.isdecimal() and len(key) < 18 else mine.filter(name=key[:40]).first()  # noqa: PLR2004
    return QueryDict(view.query) if view else QueryDict()


__all__ = ["PARAMETERS", "POSITION", "PROVINCES", "OrderFilter", "effective_query", "order_filter"]
