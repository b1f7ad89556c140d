"""Key rotation and purge, through the commands that operations run."""

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import transaction
from django.test import override_settings

from backoffice.common.jobs import create_job, run_pending_jobs
from backoffice.common.models import AuditEntry
from backoffice.common.purging import purge
from backoffice.common.sealing import key_id_of, seal_json, unseal
from orders.core import queries
from orders.core.models import ContactLog, Extension, Order, Recipient, Remark, Wish
from orders.core.recipients import recipient_context
from orders.core.services import add_remark, agree_wish, change_recipient, lock_order, log_contact, reveal_recipient
from orders.core.statuses import OrderStatus
from orders.core.texts import extension_context, masked_and_sealed, remark_context
from orders.notes.models import NoteVersion
from orders.notes.services import record_note
from tests.factories import NOON, make_order, make_recipient, make_store, make_user

pytestmark = pytest.mark.django_db
OLD = "old:b2xkLWtleS1vZi10aGlydHktdHdvLWJ5dGVzLTEyMzQ="
NEW = "new:bmV3LWtleS1vZi10aGlydHktdHdvLWJ5dGVzLTEyMzQ="


def make_sealed_order(**values):
    order = make_order(**values)
    make_recipient(order=order)
    add_remark(store=order.store, order_id=order.pk, text="call 13812341234", actor=None, at=NOON)
    record_note(order=order, text="mine is 13912341234", at=NOON)
    order.refresh_from_db()
    return order


def make_agreed_order(**values):
    """Make an order with a changed recipient, a contact, an extension and a wish, each with a number in it."""
    order = make_sealed_order(**values)
    status, target = order.status, {"store": order.store, "order_id": order.pk, "actor": None, "at": NOON}
    Order.objects.filter(pk=order.pk).update(status=OrderStatus.PENDING_SHIPMENT)
    change_recipient(**target, fields={"name": "李四", "mobile": "13912345678"})
    log_contact(**target, channel="sms", text="sent to 13912345678")
    with transaction.atomic():
        locked = lock_order(store=order.store, order_id=order.pk)
        agree_wish(locked, kind="engraving", text="13912345678", actor=None, at=NOON)
    agreement, sealed = masked_and_sealed("call 13912345678", context=extension_context(order.store_id, order.number))
    Extension.objects.create(
        store=order.store, order=order, until=NOON + timedelta(days=3), previous_ship_by=NOON, agreement=agreement,
        sealed=sealed, recorded_at=NOON,
    )  # fmt: skip
    Order.objects.filter(pk=order.pk).update(status=status)
    return order


def run(command):
    out, code = StringIO(), 0
    try:
        call_command(command, "--json", stdout=out)
    except SystemExit as stop:
        code = stop.code
    return code, json.loads(out.getvalue().splitlines()[-1])


def test_rotate_keys_seals_everything_again_and_is_done_once():
    with override_settings(PII_KEYS=OLD):
        order = make_sealed_order()

    with override_settings(PII_KEYS=f"{NEW},{OLD}"):
        first, second = run("rotate_keys"), run("rotate_keys")

    counts = {"recipients": 1, "remarks": 1, "notes": 1, "failed": 0}
    assert first[0] == second[0] == 0
    assert {key: first[1][key] for key in counts} == counts
    assert {key: second[1][key] for key in counts} == dict.fromkeys(counts, 0)
    blobs = [Recipient.objects.get().sealed, Remark.objects.get().sealed, NoteVersion.objects.get().sealed]
    assert {key_id_of(bytes(blob)) for blob in blobs} == {"new"}
    with override_settings(PII_KEYS=NEW):
        assert queries.recipients_with_phone(order.store, "13812341234").count() == 1
        assert unseal(blobs[1], context=remark_context(order.store_id, order.number)) == b"call 13812341234"
        values = {"store": order.store, "order_id": order.pk, "reason": "check", "actor": make_user(), "at": NOON}
        assert reveal_recipient(**values)["mobile"] == "13812341234"
    assert AuditEntry.objects.filter(action="keys_rotated").count() == 2


def test_rotate_keys_keeps_the_recipient_key_meaningful():
    with override_settings(PII_KEYS=OLD):
        order = make_order()
        make_recipient(order=order)

    with override_settings(PII_KEYS=f"{NEW},{OLD}"):
        run("rotate_keys")
        other = make_recipient(order=make_order(store=order.store))

    assert Recipient.objects.get(order=order).recipient_key == other.recipient_key


def test_rotate_keys_covers_what_was_agreed():
    with override_settings(PII_KEYS=OLD):
        order = make_agreed_order()

    with override_settings(PII_KEYS=f"{NEW},{OLD}"):
        first, second = run("rotate_keys")[1], run("rotate_keys")[1]

    names = ("recipients", "contacts", "extensions", "wishes")
    assert [first[name] for name in (*names, "failed")] == [1, 1, 1, 1, 0]
    assert [second[name] for name in (*names, "changed_recipients")] == [0, 0, 0, 0, 0]
    recipient = Recipient.objects.get()
    blobs = [recipient.sealed, recipient.changed]
    blobs += [model.objects.get().sealed for model in (ContactLog, Extension, Wish)]
    assert {key_id_of(bytes(blob)) for blob in blobs} == {"new"}
    with override_settings(PII_KEYS=NEW):
        assert queries.recipients_with_phone(order.store, "13912345678").get() == recipient
        assert not queries.recipients_with_phone(order.store, "13812341234").exists()
        assert (recipient.masked_name, recipient.masked_phone) == ("李*", "139****5678")
        values = {"store": order.store, "order_id": order.pk, "reason": "check", "actor": make_user(), "at": NOON}
        shown = reveal_recipient(**values)
        assert (shown["name"], shown["platform_name"]) == ("李四", "张三")


def test_rotate_keys_finds_a_change_whose_platform_part_was_sealed_anew():
    with override_settings(PII_KEYS=OLD):
        order = make_agreed_order()
    with override_settings(PII_KEYS=f"{NEW},{OLD}"):
        other = make_order(store=order.store, number="2")
        Recipient.objects.filter(order=order).update(sealed=_sealed_anew(order))
        make_recipient(order=other)

        counts = run("rotate_keys")[1]

    assert (counts["recipients"], counts["changed_recipients"], counts["failed"]) == (0, 1, 0)
    assert key_id_of(bytes(Recipient.objects.get(order=order).changed)) == "new"


def _sealed_anew(order):
    return seal_json({"name": "张三"}, context=recipient_context(order.store_id, order.number))


def test_rotate_keys_reports_what_it_cannot_open():
    with override_settings(PII_KEYS=OLD):
        make_sealed_order()

    with override_settings(PII_KEYS=NEW):
        code, result = run("rotate_keys")

    assert (code, result["failed"], result["recipients"]) == (1, 3, 0)
    assert key_id_of(bytes(Recipient.objects.get().sealed)) == "old"


def test_rotate_keys_refuses_bad_keys(capsys):
    with override_settings(PII_KEYS="new:short"), pytest.raises(SystemExit) as stop:
        call_command("rotate_keys")

    assert stop.value.code == 2
    assert "PII_KEYS must be" in capsys.readouterr().err


def test_purge_wipes_people_after_the_stores_days_and_keeps_the_sums():
    store = make_store(purge_days=30)
    old = make_sealed_order(store=store, status=OrderStatus.COMPLETED, completed_at=NOON)
    closed = make_sealed_order(store=store, status=OrderStatus.CLOSED)
    waiting = make_sealed_order(store=store)
    young = make_sealed_order(store=store, status=OrderStatus.COMPLETED, completed_at=NOON + timedelta(days=1))

    counts = purge(now=NOON + timedelta(days=30))
    again = purge(now=NOON + timedelta(days=30))

    assert (counts["recipients"], counts["remarks"], counts["notes"]) == (2, 2, 2)
    assert (again["recipients"], again["remarks"], again["notes"]) == (0, 0, 0)
    wiped = Recipient.objects.get(order=old)
    assert (wiped.sealed, wiped.masked_name, wiped.masked_phone, wiped.phone_index) == (None, "", "", None)
    assert (wiped.phone_tail_index, wiped.name_index, wiped.recipient_key) == (None, None, "")
    assert set(Recipient.objects.filter(sealed=None).values_list("order", flat=True)) == {old.pk, closed.pk}
    assert {waiting.pk, young.pk} == set(Remark.objects.exclude(sealed=None).values_list("order", flat=True))
    before = (old.paid, old.latest_remark, old.version)
    old.refresh_from_db()
    assert (old.paid, old.latest_remark, old.version) == before
    assert AuditEntry.objects.get(action="recipients_purged").data == {"orders": 2}


def test_purge_wipes_what_was_agreed_and_keeps_its_masked_texts():
    store = make_store(purge_days=30)
    old = make_agreed_order(store=store, status=OrderStatus.COMPLETED, completed_at=NOON)
    waiting = make_agreed_order(store=store)

    first, second = (purge(now=NOON + timedelta(days=30)) for _ in range(2))

    names = ("recipients", "contacts", "extensions", "wishes")
    assert [first[name] for name in names] == [1, 1, 1, 1]
    assert [second[name] for name in names] == [0, 0, 0, 0]
    wiped = Recipient.objects.get(order=old)
    assert (wiped.sealed, wiped.changed, wiped.masked_name) == (None, None, "")
    assert Recipient.objects.get(order=waiting).changed is not None
    for model in (ContactLog, Extension, Wish):
        assert model.objects.get(order=old).sealed is None
        assert model.objects.get(order=waiting).sealed is not None
    assert ContactLog.objects.get(order=old).text == "sent to 139****5678"
    assert Wish.objects.get(order=old).text == "139****5678"


def test_purge_command_prints_counts():
    code, result = run("purge")

    assert code == 0
    assert {"recipients", "remarks", "notes", "job_files", "api_answers", "sessions", "seconds"} <= set(result)


def test_purge_runs_as_a_job_and_prints_lines_without_json():
    out = StringIO()
    job = create_job(store=None, kind="purge", params={}, actor=None, at=NOON)

    run_pending_jobs()
    call_command("purge", stdout=out)

    job.refresh_from_db()
    assert (job.state, job.result["recipients"]) == ("done", 0)
    assert "recipients: 0" in out.getvalue().splitlines()
