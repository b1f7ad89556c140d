import itertools
import os
import random
import signal
from datetime import timedelta

import pytest
from django.db import connection

from orders.core.models import Hold, Order, OrderEvent
from orders.fulfilment.models import Shipment
from orders.intake.engine import importer
from orders.intake.engine.ahead import read_ahead
from orders.intake.engine.copying import copy_in, copy_line
from orders.intake.engine.importer import LineKeys
from orders.intake.engine.line_rows import line_rows
from orders.intake.engine.order_rows import order_rows
from orders.intake.engine.sql import run
from orders.intake.formats import DetailParser, OrderListParser, recognise
from orders.intake.services import import_path
from orders.notes.models import BuyerNote
from tests.factories import NOON, make_store
from tests.intake.files import D2, DONE, PAID, SHIPPED, T3, UNPAID, line_row, order_row, save_detail, save_list

CLOSED = "交易关闭"
LATER = "ExportOrderList202606020900.csv"


def load(store, *paths, at=NOON):
    return [import_path(store=store, path=path, snapshot_at=None, at=at).counts.as_dict() for path in paths]


def test_rows_are_made_ready_without_a_query():
    """No query fits into a COPY under way, and another process makes these rows: the database is closed here."""
    orders, details = OrderListParser(recognise(T3)), DetailParser(recognise(D2))
    order = orders.parse(2, [order_row("1001", 买家留言="急").get(name, "") for name in T3])
    line = details.parse(2, [line_row("1001", "5001").get(name, "") for name in D2])

    listed = order_rows([order], store_id=1, snapshot_at=NOON)
    detailed = line_rows([(line, LineKeys().of(line))], store_id=1, snapshot_at=NOON)

    assert isinstance(listed.stage, bytes)
    assert isinstance(detailed.lines, bytes)
    assert (listed.numbers, listed.buyers, listed.titles) == (["1001"], ["tb1001"], ["真丝连衣裙"])
    assert (detailed.numbers, detailed.titles) == (["1001"], ["真丝连衣裙"])


def test_reading_ahead_gives_what_another_process_makes():
    pids = list(read_ahead((os.getpid() for _ in range(3)), is_small=False))

    assert len(set(pids)) == 1
    assert os.getpid() not in pids


def test_small_source_is_read_in_this_process():
    assert list(read_ahead(iter([os.getpid()]), is_small=True)) == [os.getpid()]


def test_fault_of_the_reading_process_is_raised_here():
    def items():
        yield 1
        raise ValueError("line 7")

    ahead = read_ahead(items(), is_small=False)

    assert next(ahead) == 1
    with pytest.raises(ValueError, match="line 7"):
        next(ahead)


def test_reader_that_stops_early_ends_the_reading_process():
    ahead = read_ahead(((os.getpid(), b"x" * (1 << 20)) for _ in itertools.count()), is_small=False)
    child, _block = next(ahead)

    ahead.close()

    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)


def test_killed_reading_process_is_no_end_of_the_file():
    ahead = read_ahead(((os.getpid(), b"x" * (1 << 20)) for _ in itertools.count()), is_small=False)
    child, _block = next(ahead)
    os.kill(child, signal.SIGKILL)

    with pytest.raises(ChildProcessError):
        list(ahead)


@pytest.mark.django_db
def test_copied_text_comes_back_as_it_was():
    values = [
        "a\tb\\n\r\nc",
        "\\.",
        "",
        "“全角”　空",
        '{"k": "\\n"}',
        None,
        ['a"b', "c\\d", "e,f {g}"],
        True,
        7,
        b"\x00\\\n",
    ]
    columns = [f"c{index}" for index in range(len(values))]
    kinds = ["text"] * 6 + ["text[]", "bool", "int", "bytea"]
    run(f"CREATE TEMP TABLE copied ({', '.join(f'{name} {kind}' for name, kind in zip(columns, kinds, strict=True))})")

    copy_in("copied", columns, copy_line(values).encode())

    found = list(run("SELECT * FROM copied")[0])
    assert [bytes(value) if isinstance(value, memoryview) else value for value in found] == values
    run("DROP TABLE copied")


@pytest.mark.django_db
def test_chunks_of_another_process_end_like_one_chunk(store, tmp_path, monkeypatch):
    rows = [order_row(f"{n:06}", 买家会员名=f"tb{n % 7}", 订单状态=SHIPPED if n % 3 else PAID) for n in range(300)]
    lines = [line_row(row["订单编号"], f"5{row['订单编号']}{part}") for row in rows for part in range(2)]
    paths = save_list(tmp_path, rows), save_detail(tmp_path, lines)
    twin = make_store()
    load(store, *paths)

    monkeypatch.setattr(importer, "CHUNK_ROWS", 70)
    counts = load(twin, *paths)

    fields = ("number", "status", "buyer__nick", "line_count", "piece_count", "content_hash", "recipient__masked_name")
    assert [count["created"] for count in counts] == [300, 600]
    assert list(Order.objects.for_store(twin).order_by("number").values_list(*fields)) == list(
        Order.objects.for_store(store).order_by("number").values_list(*fields)
    )


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("status", "state", "note_state"),
    [
        (UNPAID, "unread", "unhandled"),
        (PAID, "unread", "unhandled"),
        (SHIPPED, "fulfilled", "handled"),
        (DONE, "fulfilled", "handled"),
        (CLOSED, "declined", "handled"),
    ],
)
def test_note_of_an_order_that_left_is_no_work(store, tmp_path, status, state, note_state):
    load(store, save_list(tmp_path, [order_row("1001", 订单状态=status, 买家留言="周六送")]))

    order, note = Order.objects.get(), BuyerNote.objects.get()
    assert (note.state, note.outcome, order.note_state) == (state, "", note_state)
    assert note.handled_at == (NOON if note_state == "handled" else None)
    assert order.hold_kinds == (["note_unhandled"] if note_state == "unhandled" else [])
    assert Hold.objects.count() == (1 if note_state == "unhandled" else 0)


@pytest.mark.django_db
@pytest.mark.parametrize(("status", "state"), [(SHIPPED, "fulfilled"), (DONE, "fulfilled"), (CLOSED, "declined")])
def test_note_is_settled_when_its_order_moves_on(store, tmp_path, status, state):
    load(store, save_list(tmp_path, [order_row("1001", 买家留言="周六送")]))
    later = NOON + timedelta(days=1)

    load(store, save_list(tmp_path, [order_row("1001", 买家留言="周六送", 订单状态=status)], name=LATER), at=later)

    order, note = Order.objects.get(), BuyerNote.objects.get()
    assert (note.state, note.handled_at, order.note_state, order.hold_kinds) == (state, later, "handled", [])
    assert Hold.objects.get().released_at == later


@pytest.mark.django_db
def test_note_that_staff_handled_keeps_what_was_agreed(store, tmp_path):
    load(store, save_list(tmp_path, [order_row("1001", 买家留言="周六送")]))
    BuyerNote.objects.update(state="confirmed", outcome="周六到", handled_at=NOON)
    Order.objects.update(note_state="handled", hold_kinds=[])
    Hold.objects.update(released_at=NOON)

    load(store, save_list(tmp_path, [order_row("1001", 买家留言="周六送", 订单状态=SHIPPED)], name=LATER))

    note = BuyerNote.objects.get()
    assert (note.state, note.outcome, note.handled_at) == ("fulfilled", "周六到", NOON)


@pytest.mark.django_db
def test_what_hangs_on_an_order_is_of_its_store(store, tmp_path):
    """The database does not check these keys: the order's own is checked, and every writer copies that one."""
    shuffled = random.Random(7)
    for number, shop in enumerate([store, make_store(), store]):
        rows = [
            order_row(
                f"{n:04}",
                订单状态=shuffled.choice([UNPAID, PAID, SHIPPED, DONE, CLOSED]),
                买家留言=shuffled.choice(["", "急"]),
                订单备注=shuffled.choice(["", "赠品"]),
                物流单号=shuffled.choice(["", "SF1234567890123"]),
            )
            for n in range(60)
        ]
        lines = [line_row(f"{n:04}", f"5{n:04}") for n in range(0, 60, 2)]
        folder = tmp_path / str(number)
        folder.mkdir()
        load(
            shop,
            save_list(folder, rows, name=f"ExportOrderList2026060{number + 1}0900.csv"),
            save_detail(folder, lines),
        )

    tables = {"orderline", "orderevent", "hold", "remark", "recipient", "openline"}
    names = [*(f"orders_{table}" for table in tables), "notes_buyernote", "fulfilment_shipment"]
    with connection.cursor() as cursor:
        for table in names:
            cursor.execute(
                f"SELECT count(*), count(*) FILTER (WHERE c.store_id <> o.store_id) FROM {table} c "
                "JOIN orders_order o ON o.id = c.order_id"
            )
            count, strange = cursor.fetchone()
            assert (count > 0, strange) == (True, 0), table
    assert OrderEvent.objects.filter(store=store).count() > Shipment.objects.filter(store=store).count() > 0
