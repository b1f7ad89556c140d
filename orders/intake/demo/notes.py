"""The notes of invented orders as rows: read by the rules, and handled where their orders have left."""

import hashlib
import json
import re
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from orders.core.statuses import SHIPPABLE_STATUSES, OrderStatus
from orders.intake.demo.catalogue import SKUS, DemoSku
from orders.intake.demo.generator import CHINA, DemoOrder
from orders.intake.demo.staff import Work
from orders.notes.recognition import OrderedLine, recognise
from orders.notes.statuses import BuyerNoteState

Row = tuple[Any, ...]
NOTE_COLUMNS = """id store_id order_id state types findings recognised_at text version_count outcome received_at
    assignee_id assigned_at handled_by_id handled_at changed_after_print"""
VERSION_COLUMNS = "note_id number text sha256 received_at"
_SPECS = {title: tuple(sku.spec for sku in SKUS if sku.title == title) for title in {sku.title for sku in SKUS}}
_TIMES = re.compile("[周月天晚]")
_ANY_DAY, _NOON = date(2026, 1, 1), time(12)
_FIRST_TEXT = "麻烦尽快发货"  # of the notes that were changed


class Reading(NamedTuple):
    """What the rules make of a text."""

    state: str
    types: list[str]
    findings: str


def read(order: DemoOrder) -> Reading:
    """Read the note of an order by its first line; each text is read once a product, or a day when it names a time."""
    if _TIMES.search(order.note):
        return _read(order.note, None, order.placed_at.astimezone(CHINA).date())
    return _read(order.note, order.lines[0].sku, _ANY_DAY)


@lru_cache(maxsize=50_000)
def _read(text: str, sku: DemoSku | None, day: date) -> Reading:
    lines = (OrderedLine(0, sku.title, sku.spec, _SPECS[sku.title]),) if sku else ()
    found = recognise(text, lines=lines, at=datetime.combine(day, _NOON, tzinfo=CHINA))
    return Reading(str(found.state), list(found.types), json.dumps(found.as_json(), ensure_ascii=False))


def is_waiting(order: DemoOrder, work: Work) -> bool:
    """Tell whether the note of an order is still to be handled."""
    return bool(order.note) and order.status in SHIPPABLE_STATUSES and work.note != "settled"


def note_row(note_id: int, store_id: int, order_id: int, order: DemoOrder, work: Work, until: datetime) -> Row:
    found, is_open = read(order), order.status in SHIPPABLE_STATUSES
    is_changed, handled_at = work.note == "changed", _handled_at(order, work, until)
    assignee = work.person.pk if work.person and work.note == "given" else None
    has_handler = work.person is not None and (work.note == "settled" or (bool(work.acts) and not is_open))
    return (
        note_id, store_id, order_id, _state(order, work, found), found.types, found.findings,
        min(_received_at(order, work) + timedelta(seconds=15), until), order.note, 2 if is_changed else 1,
        "按留言处理" if handled_at else "", _received_at(order, work), assignee, until if assignee else None,
        work.person.pk if work.person and has_handler else None, handled_at, is_changed and work.printed_at is not None,
    )  # fmt: skip


def version_rows(note_id: int, order: DemoOrder, work: Work) -> list[Row]:
    if work.note != "changed":
        return [(note_id, 1, order.note, _digest(order.note), order.placed_at)]
    return [
        (note_id, 1, _FIRST_TEXT, _digest(_FIRST_TEXT), order.placed_at),
        (note_id, 2, order.note, _digest(order.note), _received_at(order, work)),
    ]


def _received_at(order: DemoOrder, work: Work) -> datetime:
    """Return when the newest text came: a changed one after the papers were printed."""
    if work.note != "changed":
        return order.placed_at
    return (work.printed_at or order.paid_at or order.placed_at) + timedelta(seconds=30)


def _state(order: DemoOrder, work: Work, found: Reading) -> str:
    if is_waiting(order, work):
        return found.state
    if order.status == OrderStatus.CLOSED:
        return BuyerNoteState.DECLINED
    return BuyerNoteState.CONFIRMED if order.status in SHIPPABLE_STATUSES else BuyerNoteState.FULFILLED


def _handled_at(order: DemoOrder, work: Work, until: datetime) -> datetime | None:
    if is_waiting(order, work):
        return None
    return min((order.paid_at or order.placed_at) + timedelta(minutes=20), until)


@lru_cache(maxsize=1000)
def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
