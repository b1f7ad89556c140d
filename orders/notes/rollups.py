"""The counts of what notes ask for, by store and day: made again from the notes for every day that was marked.

Triggers mark a day in the transaction that changes its notes, or the lines of their orders. A page counts marked days
itself, so that its numbers are right at any time; the counts only spare it the others.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db import connection, transaction

from backoffice.common.clock import day_bounds
from backoffice.common.models import Store
from orders.notes.models import TopicCount, TopicMark
from orders.notes.queries.topics_sums import COUNTED

DAYS_AT_ONCE = 60  # some milliseconds each in a large shop
_LOCK_SPACE = 0x0A0D1A

Day = tuple[int, date]  # a store's id, and the day

_SPANS = f"""
WITH spans (store_id, day, starts, ends) AS (
    SELECT * FROM unnest(%(stores)s::bigint[], %(days)s::date[], %(starts)s::timestamptz[], %(ends)s::timestamptz[])
), {COUNTED}
"""  # noqa: S608 -- the text of the module that it names
_WRITE = f"""
{_SPANS}
INSERT INTO notes_topiccount (store_id, day, title_id, key, value, count, latest)
SELECT store_id, day, title_id, key, value, count, latest FROM counted ORDER BY day, title_id, key
"""  # noqa: S608 -- as above
_KEPT = """
SELECT store_id, day, title_id, key, value, count, latest FROM notes_topiccount
WHERE (store_id, day) IN (SELECT store_id, day FROM spans)
"""
_WRONG = f"""
{_SPANS}, kept AS ({_KEPT}), fresh AS (SELECT * FROM counted)
SELECT DISTINCT d.day FROM ((TABLE fresh EXCEPT TABLE kept) UNION ALL (TABLE kept EXCEPT TABLE fresh)) AS d
WHERE NOT EXISTS (SELECT FROM notes_topicmark m WHERE m.store_id = d.store_id AND m.day = d.day) ORDER BY d.day
"""  # noqa: S608 -- as above


def recount_marked(*, limit: int = DAYS_AT_ONCE) -> int:
    """Count marked days again, the newest first; return how many."""
    marked: list[Day] = list(TopicMark.objects.order_by("-day", "store").values_list("store", "day").distinct()[:limit])
    if marked:
        recount_days(days=marked)
    return len(marked)


@transaction.atomic
def recount_days(*, days: Sequence[Day]) -> None:
    """Make the counts of these days equal to their notes.

    The marks go before the notes are read: a change that is committed later than that leaves a mark of its own.
    """
    values = _values(days)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, 0)", [_LOCK_SPACE])  # two at once: one after the other
        for table in (TopicMark, TopicCount):
            cursor.execute(
                f"DELETE FROM {table._meta.db_table} WHERE (store_id, day) IN "  # noqa: S608, SLF001 -- a table's name
                "(SELECT * FROM unnest(%(stores)s::bigint[], %(days)s::date[]))",
                values,
            )
        cursor.execute(_WRITE, values)


def wrong_days(store: Store, days: Sequence[date]) -> list[date]:
    """Return the days that are not marked and whose counts are not those of their notes: none, ever."""
    with connection.cursor() as cursor:
        cursor.execute(_WRONG, _values([(store.pk, day) for day in days]))
        return [day for (day,) in cursor.fetchall()]


def _values(days: Sequence[Day]) -> dict[str, Any]:
    bounds = [day_bounds(day) for _store, day in days]
    return {
        "stores": [store for store, _day in days],
        "days": [day for _store, day in days],
        "starts": [start for start, _end in bounds],
        "ends": [end for _start, end in bounds],
    }
