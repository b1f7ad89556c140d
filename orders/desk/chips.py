"""The applied filters in words, each with the query that is left without it."""

from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from backoffice.common.ui import Chip
from orders.core.statuses import Flag, HoldKind
from orders.desk.filters import DATE_FIELDS, NONE, SEVERAL, OrderFilter
from orders.desk.queues import PAYMENT_METHODS, SUB_QUEUES
from orders.desk.stored_words import reason_words

_CURSORS = ("after", "before", "view")


def safe_query(found: OrderFilter) -> QueryDict:
    """Return the filter's parameters as links carry them: a person's name or number sealed."""
    query = found.data.copy()
    if found.match is not None:
        query["q"] = found.match.in_links
    return query


def without(query: QueryDict, name: str, value: str | None = None) -> QueryDict:
    """Return the first page of the query without one value of a parameter, or without all of them."""
    kept = query.copy()
    values = [] if value is None else [item for item in kept.getlist(name) if item != value]
    kept.setlist(name, values)
    for gone in (*_CURSORS, *([] if values else [name])):
        kept.pop(gone, None)
    return kept


def chips(found: OrderFilter, query: QueryDict, path: str) -> list[Chip]:
    """Return a chip for each applied filter but the tab and the sub-queue."""
    made = []
    for name in found.narrowing:
        if name == "sub":
            continue
        for value in query.getlist(name) if name in SEVERAL else [query.get(name, "")]:
            rest = without(query, name, value if name in SEVERAL else None)
            made.append(Chip(label=_label(found, name, value), remove_url=f"{path}?{rest.urlencode()}"))
    return made


def describe(found: OrderFilter) -> str:
    """Return the whole filter as text: for exports, jobs and saved views."""
    queues = [str(queue.label) for queue in found.queues]
    subs = [sub.title(found.store) for sub in SUB_QUEUES if sub in found.subs]
    return " · ".join([" / ".join(queues + subs), *(chip.label for chip in chips(found, safe_query(found), ""))])


def _label(found: OrderFilter, name: str, value: str) -> str:
    if name == "q":
        return _("Search: %(term)s") % {"term": found.match.shown if found.match else "…"}
    return f"{found.filters[name].label}: {_value_text(found, name, value)}"


def _value_text(found: OrderFilter, name: str, value: str) -> str:
    if name in DATE_FIELDS:
        return value
    if name.startswith("amount"):
        return f"¥{value}"
    if name == "flag":
        return _flag_text(found, value)
    if name == "payment" and value in PAYMENT_METHODS:
        return str(PAYMENT_METHODS[value])
    if name == "hold" and value in HoldKind.values:
        return str(HoldKind(value).label)
    special: dict[tuple[str, str], Any] = {
        ("claimed_by", "me"): _("me"),
        ("claimed_by", NONE): _("nobody"),
        ("province", NONE): _("unknown"),
        ("payment", NONE): _("unknown"),
        ("hold_reason", NONE): _("none"),
        ("note", "any"): _("any"),
        ("note", "unhandled"): _("to handle"),
        ("note", NONE): _("none"),
    }
    return special.get((name, value), reason_words(value) if name == "hold_reason" else value)


def _flag_text(found: OrderFilter, value: str) -> str:
    labels = {str(number): str(label) for number, label in Flag.choices}
    label = labels.get(value, value)
    meaning = (found.store.flag_legend or {}).get(value)
    return f"{label} ({meaning})" if meaning else label
