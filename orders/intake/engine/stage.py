"""The temporary tables of a chunk, and what of a record goes into which of their columns."""

import hashlib
import json
from collections.abc import Callable
from operator import attrgetter
from typing import Any, cast

from backoffice.common.masking import mask_text
from orders.core.statuses import HoldKind
from orders.core.texts import masked_and_sealed, note_context, remark_context
from orders.fulfilment.couriers import find_courier
from orders.intake.engine.columns import WAS_COLUMNS
from orders.intake.engine.copying import copy_line
from orders.intake.engine.names import Places
from orders.intake.engine.sql import run
from orders.intake.formats import ABSENT, OrderRecord

PROVISIONAL_TITLE = "明细未导入"
PROVISIONAL_KEY = "provisional"
COURIER_LENGTH = 30

STAGE_COLUMNS = {
    "number": "text PRIMARY KEY",
    "buyer": "int",
    "title": "int",
    "snapshot_at": "timestamptz",
    "content_hash": 'text COLLATE "C"',
    "status": "text",
    "platform_status": "text",
    "close_reason": "text",
    "placed_at": "timestamptz",
    "paid_at": "timestamptz",
    "shipped_at": "timestamptz",
    "completed_at": "timestamptz",
    "total": "numeric",
    "payable": "numeric",
    "postage": "numeric",
    "coupon_amount": "numeric",
    "paid": "numeric",
    "gross_paid": "numeric",
    "refunded": "numeric",
    "received": "numeric",
    "points_used": "int",
    "payment_method": "text",
    "province": "text",
    "city": "text",
    "district": "text",
    "presale_ship_at": "timestamptz",
    "invoice_title": "text",
    "extra": "jsonb",
    "spec": "text",
    "pieces": "int",
    "line_count": "int",
    "hold_kinds": "text[]",
    "has_open_refund": "bool",
    "refund_status": "text",
    "note": "text",
    "note_sealed": "bytea",
    "note_sha": "text",
    "remark": "text",
    "remark_sealed": "bytea",
    "courier": "text",
    "tracking": "text[]",
}
LINE_COLUMNS = {
    "number": "text",
    "key": "text",
    "ordinal": "int",
    "snapshot_at": "timestamptz",
    "content_hash": 'text COLLATE "C"',
    "title": "int",
    "spec": "text",
    "product_id": "text",
    "sku_code": "text",
    "quantity": "int",
    "price": "numeric",
    "paid": "numeric",
    "refunded": "numeric",
    "refund_status": "text",
    "platform_status": "text",
    "is_closed": "bool",
    "outcome": "text",
    "line_id": "bigint",
}
FOUND_COLUMNS = {
    "number": "text PRIMARY KEY",
    "order_id": "bigint UNIQUE",
    "outcome": "text",
    "status": "text",
    "keeps_status": "bool",
    "has_detail": "bool",
    "note_version": "int",
    "has_new_note": "bool",
    "has_new_remark": "bool",
    **WAS_COLUMNS,
}
RECIPIENT_COLUMNS = {
    "number": "text",
    "sealed": "bytea",
    "masked_name": "text",
    "masked_phone": "text",
    "phone_index": "bytea",
    "phone_tail_index": "bytea",
    "name_index": "bytea",
    "recipient_key": "text",
}
TABLES = {
    "intake_stage": STAGE_COLUMNS,
    "intake_line": LINE_COLUMNS,
    "intake_found": FOUND_COLUMNS,
    "intake_recipient": RECIPIENT_COLUMNS,
}


# What statements join by has an index: a table whose size the planner does not know is never read whole per row.
_KEYS = {"intake_line": ", PRIMARY KEY (number, key)", "intake_recipient": ", PRIMARY KEY (number)"}
# Nearly every row is updated once: beside the old one, so that its keys need not be entered again.
_ROOM = dict.fromkeys(("intake_line", "intake_found"), " WITH (fillfactor = 45)")


def empty_tables() -> None:
    """Make this connection's temporary tables, or empty them."""
    made = {
        name
        for (name,) in run(
            "SELECT relname FROM pg_class WHERE relname LIKE 'intake\\_%%' AND relpersistence = 't' "
            "AND relnamespace = pg_my_temp_schema()",
            {},
        )
    }
    for table, columns in TABLES.items():
        if table in made:
            run(f"TRUNCATE {table}")
        else:
            body = ", ".join(f"{name} {kind}" for name, kind in columns.items())
            run(f"CREATE TEMP TABLE {table} ({body}{_KEYS.get(table, '')}){_ROOM.get(table, '')}")


# column of the stage -> field of the record, taken as it is
PLAIN = {
    "number": "number",
    "content_hash": "content_hash",
    "status": "status",
    "platform_status": "platform_status",
    "close_reason": "close_reason",
    "placed_at": "placed_at",
    "paid_at": "paid_at",
    "shipped_at": "shipped_at",
    "completed_at": "completed_at",
    "total": "total",
    "payable": "payable",
    "postage": "postage",
    "paid": "paid",
    "gross_paid": "gross_paid",
    "refunded": "refunded",
    "received": "settled",
    "points_used": "points_used",
    "payment_method": "payment_method",
    "province": "province",
    "city": "city",
    "district": "district",
    "presale_ship_at": "ship_by",
    "invoice_title": "invoice_title",
    "spec": "spec_text",
    "pieces": "piece_count",
}
_EXTRA_FIELDS = {
    "delivery": "运送方式",
    "payment_number": "支付单号",
    "stage_info": "分阶段订单信息",
    "main_number": "主订单编号",
}


class OrderStager:
    """Turns order records of one file into rows of `intake_stage`; `present` are the columns the file can fill."""

    def __init__(self, sample: OrderRecord, store_id: int) -> None:
        self._store_id = store_id
        self.buyers, self.titles = Places(), Places()
        plain = {column: field for column, field in PLAIN.items() if getattr(sample, field) is not ABSENT}
        self._plain = attrgetter(*plain.values())
        self._made = {
            name: make
            for name, (fields, make) in self._makers().items()
            if not fields or any(getattr(sample, field) is not ABSENT for field in fields)
        }
        self.present = frozenset({*plain, *self._made, *self._texts(sample), *self._names(sample)})
        self._has_note, self._has_remark = "note" in self.present, "remark" in self.present
        self.columns = (
            "buyer",
            "title",
            *plain,
            *self._made,
            *(("note", "note_sealed", "note_sha") if self._has_note else ()),
            *(("remark", "remark_sealed") if self._has_remark else ()),
        )
        self.managed_holds = [
            kind for kind, field in MANAGED.items() if not field or getattr(sample, field) is not ABSENT
        ]

    @staticmethod
    def _names(sample: OrderRecord) -> list[str]:
        fields = {"buyer": sample.buyer_nick, "title": sample.titles}
        return [name for name, value in fields.items() if value is not ABSENT]

    @staticmethod
    def _texts(sample: OrderRecord) -> list[str]:
        fields = {"note": sample.buyer_note, "remark": sample.remark}
        return [name for name, value in fields.items() if value is not ABSENT]

    @staticmethod
    def _makers() -> dict[str, tuple[tuple[str, ...], Callable[[OrderRecord], Any]]]:
        return {
            "coupon_amount": (("coupon", "jifenbao"), lambda r: (r.coupon or 0) + (r.jifenbao or 0)),
            "extra": ((), extra_of),
            "hold_kinds": ((), hold_kinds_of),
            "courier": (("tracking_numbers",), lambda r: courier_code(r.courier_name or "")),
            "tracking": (("tracking_numbers",), lambda r: list(r.tracking_numbers or ())),
        }

    def line(self, record: OrderRecord) -> str:
        """Return the staged row; buyers and titles are named by their place in `buyers` and `titles`."""
        return copy_line(
            (
                self.buyers.of(cast("str | None", record.buyer_nick)),
                self.titles.of(title_of(record)),
                *self._row(record),
            )
        )

    def _row(self, record: OrderRecord) -> tuple[Any, ...]:
        row = (*self._plain(record), *[make(record) for make in self._made.values()])
        if self._has_note:
            row += staged_note(cast("str | None", record.buyer_note), self._store_id, record.number, 1)
        if self._has_remark:
            row += staged_remark(cast("str | None", record.remark), self._store_id, record.number)
        return row


def title_of(record: OrderRecord) -> str:
    return record.titles or PROVISIONAL_TITLE


# holds that follow what a row says, and the field without which the file says nothing about it
MANAGED = {
    HoldKind.BALANCE_UNPAID: "stage_info",
    HoldKind.ADDRESS_PROBLEM: "province",
    HoldKind.PLATFORM_FORBIDS: "platform_status",
    HoldKind.INCOMPLETE: "",
}


def hold_kinds_of(record: OrderRecord) -> list[str]:
    if not (record.has_address_problem or record.is_balance_unpaid or record.is_deposit or record.forbids_shipping):
        return []
    facts = {
        HoldKind.ADDRESS_PROBLEM: record.has_address_problem,
        HoldKind.BALANCE_UNPAID: record.is_balance_unpaid or record.is_deposit,
        HoldKind.PLATFORM_FORBIDS: record.forbids_shipping,
    }
    return sorted(str(kind) for kind, holds in facts.items() if holds)


def extra_of(record: OrderRecord) -> str:
    extra = {name: mask_text(value) for name, value in record.extra.items()}
    for field, name in _EXTRA_FIELDS.items():
        if value := getattr(record, field):
            extra[name] = value if field.endswith("number") else mask_text(value)
    return json.dumps(extra, ensure_ascii=False) if extra else "{}"


def staged_note(
    text: str | None, store_id: int, number: str, version: int
) -> tuple[str | None, bytes | None, str | None]:
    if not text:
        return None, None, None
    masked, sealed = masked_and_sealed(text, context=note_context(store_id, number, version))
    return masked, sealed, hashlib.sha256(text.encode()).hexdigest()


def staged_remark(text: str | None, store_id: int, number: str) -> tuple[str | None, bytes | None]:
    return masked_and_sealed(text, context=remark_context(store_id, number)) if text else (None, None)


def courier_code(name: str) -> str:
    courier = find_courier(name) if name else None
    return courier.code if courier else name[:COURIER_LENGTH]
