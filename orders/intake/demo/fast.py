"""The invented orders straight into the tables by COPY: for benchmarks of millions."""

import json
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, NamedTuple

from django.db import connection

from backoffice.common.models import Store
from orders.core.models import Buyer, Order, OrderLine, ProductTitle
from orders.core.recipients import build_recipient
from orders.core.statuses import OPEN_STATUSES, Acceptance, HoldKind, NoteState, RefundStatus
from orders.fulfilment.couriers import find_courier
from orders.intake.demo.bulk import bulk_load
from orders.intake.demo.generator import DemoOrder, buyer_of
from orders.intake.demo.notes import NOTE_COLUMNS, VERSION_COLUMNS, is_waiting, note_row, version_rows
from orders.intake.demo.staff import LEASE, Staff, Work, people_of
from orders.intake.formats import province_name
from orders.notes.models import BuyerNote

_BATCH = 20_000

Row = tuple[Any, ...]


class Tables(NamedTuple):
    """The rows of one batch, by table."""

    buyers: list[Row]
    orders: list[Row]
    recipients: list[Row]
    lines: list[Row]
    notes: list[Row]
    versions: list[Row]
    holds: list[Row]
    shipments: list[Row]
    events: list[Row]


class FastLoader:
    """Turns invented orders into rows of `store`; ids are taken from the tables' own sequences."""

    def __init__(self, store: Store, *, seed: int, until: datetime) -> None:
        self.store, self.seed, self.until = store, seed, until
        self._staff = Staff(people_of(store), seed=seed, until=until)
        self._buyers: dict[int, int] = {}
        self._titles: dict[str, int] = {}

    def load(self, orders: Iterable[DemoOrder]) -> tuple[int, int]:
        """Copy every order in, in one transaction; return how many orders and lines."""
        order_count = line_count = 0
        stream = iter(orders)
        with bulk_load(TABLES):
            while batch := list(islice(stream, _BATCH)):
                line_count += self._copy(batch)
                order_count += len(batch)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        return order_count, line_count

    def _copy(self, batch: list[DemoOrder]) -> int:
        order_ids = _reserve(Order, len(batch))
        line_ids = iter(_reserve(OrderLine, sum(len(order.lines) for order in batch)))
        buyer_ids = iter(_reserve(Buyer, len({order.buyer for order in batch} - set(self._buyers))))
        note_ids = iter(_reserve(BuyerNote, sum(bool(order.note) for order in batch)))
        tables = Tables(*([] for _name in Tables._fields))
        for order_id, order in zip(order_ids, batch, strict=True):
            work = self._staff.work_on(order)
            self._add_order(tables, order_id, order, work, buyer_ids)
            self._add_lines(tables, order_id, order, line_ids)
            if order.note:
                self._add_note(tables, next(note_ids), order_id, order, work)
        for (table, columns), rows in zip(_COLUMNS, tables, strict=True):
            _copy_rows(table, columns, rows)
        return len(tables.lines)

    def _add_order(self, tables: Tables, order_id: int, order: DemoOrder, work: Work, buyer_ids: Iterator[int]) -> None:
        buyer = buyer_of(self.seed, order.buyer)
        buyer_id = self._buyers.get(order.buyer)
        if buyer_id is None:
            buyer_id = self._buyers[order.buyer] = next(buyer_ids)
            tables.buyers.append((buyer_id, self.store.pk, buyer.nick, ""))
        tables.orders.append(self._order_row(order_id, order, buyer_id, work))
        clear = {"name": buyer.name, "mobile": buyer.mobile, "street": buyer.street}
        tables.recipients.append((order_id, self.store.pk, *build_recipient(self.store.pk, order.number, clear)))
        self._add_work(tables, order_id, order, work)
        if order.shipped_at:
            courier = find_courier(order.courier)
            code = courier.code if courier else ""
            tables.shipments.append(
                (self.store.pk, order_id, code, order.tracking_number, order.shipped_at, "platform")
            )

    def _add_work(self, tables: Tables, order_id: int, order: DemoOrder, work: Work) -> None:
        """Add the holds of an order, by facts, rules and people, and what people did about it."""
        for kind in _fact_holds(order, work):
            tables.holds.append((self.store.pk, order_id, kind, "", order.placed_at, None, "demo", ""))
        if work.hold is not None:
            opener = None if work.hold.rule or work.person is None else work.person.pk
            tables.holds.append((
                self.store.pk, order_id, work.hold.kind, work.hold.reason, order.paid_at, opener, work.hold.rule, "",
            ))  # fmt: skip
        tables.events.extend(
            (self.store.pk, order_id, act.kind, "staff", act.person.pk, act.person.name, json.dumps(act.before),
             json.dumps(act.after, ensure_ascii=False), act.at)
            for act in work.acts
        )  # fmt: skip

    def _add_note(self, tables: Tables, note_id: int, order_id: int, order: DemoOrder, work: Work) -> None:
        tables.notes.append(note_row(note_id, self.store.pk, order_id, order, work, self.until))
        tables.versions.extend(version_rows(note_id, order, work))

    def _order_row(self, order_id: int, order: DemoOrder, buyer_id: int, work: Work) -> Row:
        buyer = buyer_of(self.seed, order.buyer)
        promise = timedelta(hours=self.store.promise_hours)
        holds = _fact_holds(order, work) + ([str(work.hold.kind)] if work.hold else [])
        by_rule = work.hold is not None and bool(work.hold.rule)
        return (
            order_id, self.store.pk, order.number, order.status, "", buyer_id, order.placed_at, order.paid_at,
            order.shipped_at, order.completed_at, order.total, order.payable, order.postage, 0, order.paid, order.paid,
            order.refunded, order.payment_method if order.paid_at else "", order.refund_status,
            order.refund_status == RefundStatus.OPEN, province_name(buyer.province) or "", buyer.city, buyer.district,
            order.placed_at, Acceptance.ACCEPTED if order.paid_at and not by_rule else Acceptance.UNREVIEWED, 0,
            order.paid_at + promise if order.paid_at else None, "promise" if order.paid_at else "", sorted(holds),
            _note_state(order, work), order.remark, "platform" if order.remark else "",
            order.placed_at if order.remark else None, len(order.lines), sum(line.quantity for line in order.lines), 1,
            order.placed_at, order.placed_at, "", 0, "", "", "", [], "", "{}", True, True, [],
            work.holder.pk if work.holder else None, self.until + LEASE if work.holder else None, work.printed_at,
            int(work.printed_at is not None), order.paid_at if by_rule else None,
        )  # fmt: skip

    def _add_lines(self, tables: Tables, order_id: int, order: DemoOrder, line_ids: Iterator[int]) -> None:
        is_sent = order.shipped_at is not None
        for position, line in enumerate(order.lines, 1):
            tables.lines.append((
                next(line_ids), self.store.pk, order_id, line.oid, position, self._title(line.sku.title),
                line.sku.spec, "", line.sku.code, line.quantity, line.quantity if is_sent else 0, line.sku.price,
                line.paid if order.paid_at else 0, 0, "", "", False, False, False, order.placed_at,
            ))  # fmt: skip

    def _title(self, text: str) -> int:
        if text not in self._titles:
            self._titles[text] = ProductTitle.objects.get_or_create(store=self.store, text=text)[0].pk
        return self._titles[text]


def _fact_holds(order: DemoOrder, work: Work) -> list[str]:
    kinds = [HoldKind.NOTE_UNHANDLED] if is_waiting(order, work) else []
    if order.refund_status == RefundStatus.OPEN and order.status in OPEN_STATUSES:
        kinds.append(HoldKind.REFUND_OPEN)
    return [str(kind) for kind in kinds]


def _note_state(order: DemoOrder, work: Work) -> NoteState:
    if not order.note:
        return NoteState.NONE
    return NoteState.UNHANDLED if is_waiting(order, work) else NoteState.HANDLED


def _reserve(model: type[Any], count: int) -> list[int]:
    """Take so many ids off the table's sequence, in one statement."""
    sql = "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)"
    with connection.cursor() as cursor:
        cursor.execute(sql, [model._meta.db_table, count])  # noqa: SLF001
        return [row[0] for row in cursor.fetchall()]


def _copy_rows(table: str, columns: str, rows: list[Row]) -> None:
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({', '.join(columns.split())}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


_COLUMNS = (
    ("orders_buyer", "id store_id nick open_uid"),
    (
        "orders_order",
        """id store_id number status close_reason buyer_id placed_at paid_at shipped_at completed_at total payable
        postage coupon_amount paid gross_paid refunded payment_method refund_status has_open_refund province city
        district snapshot_at acceptance flag ship_by ship_by_rule hold_kinds note_state latest_remark latest_remark_by
        latest_remark_at line_count piece_count version created_at updated_at platform_status points_used content_hash
        detail_hash acceptance_rule services invoice_title extra has_list has_detail tags
        claimed_by_id claim_expires_at printed_at print_count rules_at""",
    ),
    (
        "orders_recipient",
        "order_id store_id sealed masked_name masked_phone phone_index phone_tail_index name_index recipient_key",
    ),
    (
        "orders_orderline",
        """id store_id order_id key position title_id spec product_id sku_code quantity shipped_quantity price paid
        refunded refund_status platform_status is_closed is_provisional is_gift placed_at""",
    ),
    ("notes_buyernote", NOTE_COLUMNS),
    ("notes_noteversion", VERSION_COLUMNS),
    ("orders_hold", "store_id order_id kind reason opened_at opened_by_id rule release_reason"),
    ("fulfilment_shipment", "store_id order_id courier tracking_number shipped_at source"),
    ("orders_orderevent", "store_id order_id kind source actor_id actor_name before after at"),
)
TABLES = tuple(table for table, _names in _COLUMNS)
