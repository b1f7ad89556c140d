"""The command that exports."""

import hashlib
import io
import json
from decimal import Decimal

import pytest
from django.core.management import call_command

from backoffice.common.models import AuditEntry
from orders.core.statuses import OrderStatus
from tests.factories import make_order, make_recipient

pytestmark = pytest.mark.django_db


def run_command(*arguments):
    from django.core.management import CommandError

    out, err = io.StringIO(), io.StringIO()
    try:
        call_command("export_orders", *arguments, "--json", stdout=out, stderr=err)
    except SystemExit as stop:
        return stop.code, err.getvalue()
    except CommandError as error:
        return 2, str(error)
    return 0, json.loads(out.getvalue().splitlines()[-1])


def test_command_writes_the_file_and_its_figures(store, tmp_path):
    make_order(store=store, paid=Decimal("10.10"), lines=2)
    make_order(store=store, status=OrderStatus.CLOSED)
    path = tmp_path / "out.xlsx"

    code, result = run_command("--store", "demo", "--query", "queue=pending_shipment", "--out", str(path))

    assert code == 0
    assert (result["rows"], result["lines"], result["sum_paid"], result["file"]) == (1, 2, "10.10", str(path))
    assert result["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert {"seconds", "snapshot_at"} <= set(result)
    assert [left.name for left in tmp_path.iterdir()] == ["out.xlsx"]


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--store", "nowhere", "--out", "x.csv"], "nowhere"),
        (["--store", "demo", "--out", "x.pdf"], ".xlsx or .csv"),
        (["--store", "demo", "--out", "x.csv", "--template", "none"], "none"),
        (["--store", "demo", "--out", "x.csv", "--query", "colour=red"], "colour"),
        (["--store", "demo", "--out", "x.csv", "--query", "flag=9"], "flag"),
        (["--store", "demo", "--out", "/nowhere/x.csv"], "/nowhere/x.csv"),
        (["--store", "demo", "--out", "x.csv", "--clear"], ""),
    ],
)
def test_command_refuses_with_a_sentence(store, tmp_path, monkeypatch, arguments, word):
    monkeypatch.chdir(tmp_path)

    code, sentence = run_command(*arguments)

    assert code == 2
    assert word in sentence
    assert sentence.strip()
    assert not list(tmp_path.iterdir())


def test_command_in_clear_text_is_audited(store, tmp_path):
    make_recipient(order=make_order(store=store))
    path = tmp_path / "out.csv"

    code, result = run_command("--store", "demo", "--out", str(path), "--clear", "--reason", "Courier claim 12")

    assert code == 0
    assert "13812341234" in path.read_text(encoding="utf-8-sig")
    assert AuditEntry.objects.get().data["sha256"] == result["sha256"]
    assert path.stat().st_mode & 0o077 == 0
