"""The import command, called as a person calls it, and what it left behind."""

import io
import json
from typing import Any

from django.core.management import call_command
from django.db import connection

LATER = "ExportOrderList202606020900.csv"
TABLES = (
    "orders_order",
    "orders_orderline",
    "orders_hold",
    "orders_remark",
    "orders_recipient",
    "notes_buyernote",
    "notes_noteversion",
    "fulfilment_shipment",
    "fulfilment_shipmentline",
    "orders_openline",
    "orders_buyer",
)


def run(*paths, store="demo", code=0, **options) -> list[dict[str, Any]]:
    out = io.StringIO()
    try:
        call_command(
            "import_orders", *map(str, paths), store=store, as_json=True, stdout=out, stderr=io.StringIO(), **options
        )
        ended = 0
    except SystemExit as error:
        ended = error.code
    assert ended == code
    return json.loads(out.getvalue().splitlines()[-1])["files"] if out.getvalue() else []


def counts(report: dict[str, Any]) -> tuple[int, ...]:
    names = ("created", "updated", "unchanged", "stale", "quarantined")
    assert report["rows"] == sum(report[name] for name in names)
    return tuple(report[name] for name in names)


def contents(*, without: tuple[str, ...] = ()) -> dict[str, list[str]]:
    """Return every row of the business tables as text, but for serial ids, sealed bytes and times of import."""
    found = {}
    skipped = [
        "id",
        "sealed",
        "created_at",
        "updated_at",
        "opened_at",
        "received_at",
        "accepted_at",
        "order_id",
        "line_id",
        "title_id",
        "buyer_id",
        "note_id",
        "shipment_id",
        "version",
        *without,
    ]
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"SELECT (to_jsonb(t) - %s::text[])::text FROM {table} t ORDER BY 1", [skipped])
            found[table] = [row[0] for row in cursor.fetchall()]
    return found
