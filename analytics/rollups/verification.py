"""Comparing the rollup tables with the orders, cases and texts, key by key and figure by figure."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection, transaction

from analytics.rollups import ROLLUPS, Rollup
from analytics.rollups.recount import recount
from analytics.rollups.tally import Key, Recount, Sums
from backoffice.common.models import Store, User
from orders.core.models import ProductTitle

NOTHING = Decimal("0.00")
ZEROS: Sums = {"buyer_ids": [], "seconds": [], "gross_paid": NOTHING, "asked": NOTHING, "refunded": NOTHING}
CHUNK = timedelta(days=7)  # counted at a time, to keep memory flat


class Verification(NamedTuple):
    checked: int  # keys compared
    mismatches: list[dict[str, Any]]  # table, store, day, key, and the differing figures of rollup and orders


def verify_rollups(*, stores: Sequence[Store], first: date, last: date) -> Verification:
    """Recount the days from first to last, both included, in one snapshot each; a missing row equals zeros."""
    codes = {store.pk: store.code for store in stores}
    checked, mismatches = 0, []
    start = first
    while start <= last:
        end = min(start + CHUNK - timedelta(days=1), last)
        for rollup, key, held, counted in _pairs(list(codes), start, end):
            checked += 1
            if different := [name for name in rollup.values if held.get(name) != counted.get(name)]:
                mismatches.append(
                    _mismatch(
                        rollup, codes, key, *({name: sums.get(name) for name in different} for sums in (held, counted))
                    )
                )
        start = end + timedelta(days=1)
    return Verification(checked, mismatches)


def _pairs(stores: list[int], first: date, last: date) -> Iterator[tuple[Rollup, Key, Sums, Sums]]:
    is_outermost = not connection.in_atomic_block
    with transaction.atomic():
        if is_outermost:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        counted = recount(stores, first, last)
        held = {rollup.model: _held(rollup, stores, first, last) for rollup in ROLLUPS}
    for rollup in ROLLUPS:
        yield from _pairs_of(rollup, held[rollup.model], counted)


def _pairs_of(rollup: Rollup, held: dict[Key, Sums], counted: Recount) -> Iterator[tuple[Rollup, Key, Sums, Sums]]:
    zeros: Sums = {name: ZEROS.get(name, 0) for name in rollup.values}
    orders = counted.tables[rollup.model]
    for key in sorted(held.keys() | orders.keys()):
        yield rollup, key, held.get(key, zeros), zeros | orders.get(key, {})


def _held(rollup: Rollup, stores: list[int], first: date, last: date) -> dict[Key, Sums]:
    keys = ("store_id", "day", *rollup.keys)
    rows = rollup.rows().filter(store__in=stores, day__range=(first, last)).values(*keys, *rollup.values)
    return {tuple(row[key] for key in keys): row for row in rows.iterator()}


def _mismatch(rollup: Rollup, codes: dict[int, str], key: Key, held: Sums, counted: Sums) -> dict[str, Any]:
    store_id, day, *rest = key
    return {
        "table": rollup.table, "store": codes[store_id], "day": day.isoformat(),
        "key": _key_text(rollup, rest), "rollup": held, "orders": counted,
    }  # fmt: skip


def _key_text(rollup: Rollup, rest: Sequence[Any]) -> str:
    """Return the key as staff would say it: an hour, a province, a title with its codes; the day itself has none."""
    parts = (_part_text(name, part) for name, part in zip(rollup.keys, rest, strict=True))
    return " ".join(part for part in parts if part)


def _part_text(name: str, part: Any) -> str:
    named = {"title_id": (ProductTitle, "text"), "actor_id": (User, "username")}
    if name not in named:
        return str(part)
    model, column = named[name]
    found = model._default_manager.filter(pk=part).values_list(column, flat=True).first()  # noqa: SLF001 -- Django's documented API
    return found or str(part)
