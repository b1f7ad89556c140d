"""Merge suggestions (合单): open orders to one recipient, what packing them together saves, and what speaks against it.

Groups are found by the rows of MergeCandidate alone; what a card says is read for the shown groups only.
"""

import base64
import binascii
import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from django.utils.translation import ngettext

from backoffice.common.models import Store
from backoffice.common.statements import fetch, literals
from orders.core.models import Order
from orders.core.statuses import OPEN_STATUSES
from orders.fulfilment.models import MergeRefusal
from orders.fulfilment.queries.merge_cards import MergeGroup, MergeMember, merge_cards
from orders.fulfilment.queries.partial import LIVE

__all__ = [
    "GROUP_CAP",
    "MergeCursorError",
    "MergeGroup",
    "MergeMember",
    "MergePage",
    "count_merge_groups",
    "merge_group",
    "merge_groups",
    "refusals",
    "refused_numbers",
    "separate_count",
    "separate_warning",
]

PAGE = 20
GROUP_CAP = 1000  # recipients looked at for the count
_SEPARATE = 2  # parcels from which on orders are packed separately

# Orders that are packed together with others already are no suggestion any more. A refusal of some orders is over when
# another one comes; one without orders is for good.
_PACKED = f"""
EXISTS (
    SELECT FROM fulfilment_waybillline l JOIN fulfilment_waybill b ON b.id = l.waybill_id
    WHERE l.order_id = {{order}} AND b.state IN {LIVE} AND b.order_count > 1
)
"""
_UNPACKED = f"o.status IN {literals(OPEN_STATUSES)} AND NOT {_PACKED.format(order='o.id')}"
_REFUSED = """
EXISTS (
    SELECT FROM fulfilment_mergerefusal r WHERE r.store_id = %(store)s AND r.recipient_key = g.recipient_key
        AND (r.order_ids = '{}' OR g.ids <@ r.order_ids)
)
"""
# Along the queue, some orders at a time: a group stands where the first of its orders stands.
_STRETCH = f"""
WITH queue AS MATERIALIZED (
    SELECT id, due, (
        SELECT c.recipient_key FROM fulfilment_mergecandidate c WHERE c.order_id = place.id
    ) AS recipient_key
    FROM (
        (SELECT o.id, o.ship_by AS due FROM orders_order o
        WHERE o.store_id = %(store)s AND o.status IN {literals(OPEN_STATUSES)}
            AND (o.ship_by, o.id) > (%(due)s::timestamptz, %(pk)s) ORDER BY o.ship_by, o.id LIMIT %(stretch)s)
        UNION ALL
        (SELECT o.id, 'infinity' FROM orders_order o
        WHERE o.store_id = %(store)s AND o.status IN {literals(OPEN_STATUSES)} AND o.ship_by IS NULL
            AND (%(due)s <> 'infinity' OR o.id > %(pk)s) ORDER BY o.id LIMIT %(stretch)s)
    ) AS place ORDER BY due, id LIMIT %(stretch)s
), shared AS MATERIALIZED (
    SELECT * FROM queue q WHERE (SELECT count(*) FROM (
        SELECT FROM fulfilment_mergecandidate k
        WHERE k.store_id = %(store)s AND k.recipient_key = q.recipient_key LIMIT 2
    ) AS two) > 1
), grouped AS (
    SELECT s.id, s.due, s.recipient_key, m.ids FROM shared s CROSS JOIN LATERAL (
        SELECT array_agg(o.id ORDER BY coalesce(o.ship_by, 'infinity'), o.id) AS ids
        FROM fulfilment_mergecandidate k JOIN orders_order o ON o.id = k.order_id
        WHERE k.store_id = %(store)s AND k.recipient_key = s.recipient_key AND {_UNPACKED}
    ) AS m WHERE m.ids[1] = s.id AND cardinality(m.ids) > 1
)
SELECT due::text, id, recipient_key, ids FROM (
    (SELECT g.* FROM grouped g WHERE NOT {_REFUSED} ORDER BY g.due, g.id LIMIT %(size)s)
    UNION ALL (SELECT id, due, '', NULL FROM queue ORDER BY due DESC, id DESC LIMIT 1)
    UNION ALL (SELECT count(*), NULL::timestamptz, '', NULL FROM queue)
) AS rows ORDER BY ids IS NULL, rows.due, rows.id
"""  # noqa: S608 -- parts of this statement
# By how many orders the recipient's parcels hold, not by which: a look at every order would take longer than the page.
_COUNT = f"""
WITH waiting AS MATERIALIZED (
    SELECT recipient_key, count(*) AS orders FROM fulfilment_mergecandidate
    WHERE store_id = %(store)s GROUP BY recipient_key HAVING count(*) > 1 ORDER BY recipient_key LIMIT %(cap)s
), packed AS MATERIALIZED (
    SELECT recipient_key, sum(order_count) AS orders FROM fulfilment_waybill
    WHERE store_id = %(store)s AND state IN {LIVE} AND order_count > 1 GROUP BY recipient_key
)
SELECT count(*) FROM waiting w LEFT JOIN packed p ON p.recipient_key = w.recipient_key
WHERE w.orders - coalesce(p.orders, 0) > 1 AND NOT EXISTS (
    SELECT FROM fulfilment_mergerefusal r WHERE r.store_id = %(store)s AND r.recipient_key = w.recipient_key
        AND (r.order_ids = '{{}}' OR NOT EXISTS (
            SELECT FROM fulfilment_mergecandidate k WHERE k.store_id = %(store)s
                AND k.recipient_key = w.recipient_key AND k.order_id <> ALL (r.order_ids)
        ))
)
"""  # noqa: S608 -- parts of this statement
# orders of the queue looked at together; where few share, four times as many follow, and again, for one page
_STRETCH_SIZE, _STRETCHES, _GROWTH = 250, 4, 4
_NEVER = "-infinity"


class MergeCursorError(ValueError):
    """A cursor that this list did not make."""


class MergePage(NamedTuple):
    groups: list[MergeGroup]
    next: str  # cursor; empty: the end


def merge_groups(store: Store, *, after: str = "", size: int = PAGE) -> MergePage:
    """Return suggestions, the earliest ship-by first; where they are rare, a page may have fewer and another follow.

    Raises:
        MergeCursorError: `after` is no cursor of this list.
    """
    due, pk = _read_cursor(after) if after else (_NEVER, 0)
    found: list[_Suggestion] = []
    for power in range(_STRETCHES):
        values = {"due": due, "pk": pk, "size": size + 1 - len(found), "stretch": _STRETCH_SIZE * _GROWTH**power}
        more, end = _look_along(store, values)
        found += more
        if end is None or len(found) > size:
            break
        due, pk = end
    shown = found[:size]
    if len(found) > size:
        end = (shown[-1].due, shown[-1].ids[0])
    return MergePage(merge_cards(store, [(one.key, one.ids) for one in shown]), _make_cursor(*end) if end else "")


class _Suggestion(NamedTuple):
    due: str
    key: str
    ids: list[int]


def _look_along(store: Store, values: dict[str, int | str]) -> tuple[list[_Suggestion], tuple[str, int] | None]:
    """Return the suggestions of the next stretch of the queue, and where it ends; None: so does the queue."""
    rows = fetch(_STRETCH, {"store": store.pk, **values})
    found = [_Suggestion(due, key, ids) for due, _pk, key, ids in rows if ids is not None]
    count = next(row[1] for row in rows if row[0] is None)
    end = next(((row[0], row[1]) for row in rows if row[3] is None and row[0] is not None), None)
    return found, end if count == values["stretch"] else None


def count_merge_groups(store: Store) -> int:
    """Return how many suggestions there are among the first GROUP_CAP + 1 recipients of several orders."""
    return int(fetch(_COUNT, {"store": store.pk, "cap": GROUP_CAP + 1})[0][0])


def merge_group(store: Store, recipient_key: str, order_ids: Sequence[int]) -> MergeGroup | None:
    """Return one card of these orders, as it is now."""
    found = merge_cards(store, [(recipient_key, list(order_ids))])
    return found[0] if found else None


def refusals(store: Store, *, size: int = PAGE) -> list[MergeRefusal]:
    """Return what was refused, the latest first."""
    return list(MergeRefusal.objects.filter(store=store).select_related("refused_by").order_by("-pk")[:size])


def refused_numbers(store: Store, found: Sequence[MergeRefusal]) -> dict[int, str]:
    """Return the numbers of all orders that these refusals name, by their keys; one statement, or none."""
    ids = {pk for refusal in found for pk in refusal.order_ids}
    return dict(Order.objects.for_store(store).filter(pk__in=ids).values_list("pk", "number")) if ids else {}


_APART = f"""
SELECT coalesce(sum(array_length(ids, 1)), 0) FROM (
    SELECT c.recipient_key, array_agg(c.order_id) AS ids FROM fulfilment_mergecandidate c
    WHERE c.store_id = %(store)s AND c.recipient_key IN (
        SELECT k.recipient_key FROM fulfilment_mergecandidate k WHERE k.order_id = ANY(%(ids)s)
    ) AND NOT {_PACKED.format(order="c.order_id")} GROUP BY c.recipient_key HAVING count(*) > 1
) g WHERE NOT {_REFUSED}
"""  # noqa: S608 -- parts of this statement


def separate_count(store: Store, order_ids: Iterable[int]) -> int:
    """Return how many open orders go to recipients of these orders in a parcel of their own, though they could be one.

    0: no recipient of these gets a second parcel, or somebody said that it is to be so.
    """
    return int(fetch(_APART, {"store": store.pk, "ids": list(order_ids)})[0][0])


def separate_warning(store: Store, order_ids: Iterable[int]) -> str:
    """Return the warning for whoever makes or prints waybills of these orders; empty: nothing to say."""
    count = separate_count(store, order_ids)
    if count < _SEPARATE:
        return ""
    return ngettext(
        "Not merged: %(count)s order to the same recipient is printed separately.",
        "Not merged: %(count)s orders to the same recipient are printed separately.",
        count,
    ) % {"count": count}


def _make_cursor(due: str, pk: int) -> str:
    return base64.urlsafe_b64encode(json.dumps([due, pk]).encode()).decode().rstrip("=")


def _read_cursor(text: str) -> tuple[str, int]:
    try:
        due, pk = json.loads(base64.urlsafe_b64decode(text[:400] + "=" * (-len(text) % 4)))
        is_whole = isinstance(due, str) and type(pk) is int and 0 <= pk < 2**63
        if is_whole and due != "infinity":
            datetime.fromisoformat(due)
    except (ValueError, TypeError, binascii.Error) as error:
        raise MergeCursorError from error
    if not is_whole:
        raise MergeCursorError
    return due, pk
