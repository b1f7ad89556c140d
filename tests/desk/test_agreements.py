"""What is agreed with the buyer, through the order's page: dialogs, evidence, both values, and taking it back."""

from datetime import timedelta

import pytest
from django.core.files.storage import FileSystemStorage, default_storage, storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from backoffice.common.display import listed
from orders.core.models import ContactLog, Extension, Hold, Order, OrderLine, Recipient, Remark, Wish
from orders.core.services import agree_wish, bump, lock_order, open_hold
from orders.core.statuses import Acceptance, HoldKind, OrderStatus
from orders.notes.queries import change_label
from orders.notes.services import NoteChanges, confirm_note, record_note
from tests.conftest import signed_in
from tests.desk.acting import HTMX, post, toast
from tests.factories import NOON, make_line, make_order, make_recipient, make_user

pytestmark = pytest.mark.django_db
PNG = b"\x89PNG\r\n\x1a\n" + b"pixels" * 20


@pytest.fixture(autouse=True)
def _files(tmp_path, monkeypatch):
    monkeypatch.setitem(storages._storages, "default", FileSystemStorage(location=tmp_path / "files"))
    monkeypatch.setattr(default_storage, "_wrapped", storages["default"])


def local(moment):
    return timezone.localtime(moment).strftime("%Y-%m-%dT%H:%M")


def open_order(store, **values):
    now = timezone.now()
    return make_order(store=store, placed_at=now - timedelta(hours=1), ship_by=now + timedelta(hours=47), **values)


def wish(store, order, actor=None, text="red ribbon"):
    locked = lock_order(store=store, order_id=order.pk)
    made = agree_wish(locked, kind="gift_wrap", text=text, actor=actor, at=timezone.now())
    bump(locked, timezone.now(), "wish_kinds")
    return made


def undo(client, response):
    return client.post(toast(response)["undo"], headers=HTMX)


# The promise


def test_extension_needs_the_agreement_and_shows_old_and_new(manager_client, store):
    order = open_order(store)
    until = order.ship_by + timedelta(days=2)

    bare = post(manager_client, order, "extend", {"until": local(until), "agreement": "", "in_dialog": "1"}, **HTMX)
    image = SimpleUploadedFile("chat.png", PNG)
    data = {"until": local(until), "agreement": "fine, call 13812341234", "image": image, "version": "1"}
    done = post(manager_client, order, "extend", data, **HTMX)
    html = done.content.decode()

    assert bare.status_code == 422
    assert f'value="{local(until)}"' in bare.content.decode()
    assert "Give the buyer&#x27;s words or a picture" in bare.content.decode()
    extension = Extension.objects.get()
    assert (extension.agreement, extension.image.name) == ("fine, call 138****1234", "chat.png")
    assert extension.previous_ship_by == order.ship_by
    assert f'href="/attachments/{extension.image_id}/"' in html
    assert "fine, call 138****1234" in html
    assert "before: " in html
    assert Order.objects.get().ship_by == until.replace(second=0, microsecond=0)


def test_extension_is_a_manager_s_and_can_be_withdrawn_or_undone(manager_client, agent_client, store):
    order = open_order(store)
    data = {"until": local(order.ship_by + timedelta(days=2)), "agreement": "all right"}

    refused = post(agent_client, order, "extend", data, **HTMX)
    undone = undo(manager_client, post(manager_client, order, "extend", data, **HTMX))
    post(manager_client, order, "extend", data, **HTMX)
    withdrawn = post(manager_client, order, "withdraw_extension", {"reason": "ships today"}, **HTMX)

    assert refused.status_code == 403
    assert undone.status_code == 204
    assert Order.objects.get().ship_by == order.ship_by
    assert Extension.objects.filter(withdrawn_at__isnull=True).count() == 0
    assert "Withdrawn" in withdrawn.content.decode()


@pytest.mark.parametrize("days", [-1, 0])
def test_extension_ends_later_than_the_promise(manager_client, store, days):
    order = open_order(store)

    response = post(
        manager_client,
        order,
        "extend",
        {"until": local(order.ship_by + timedelta(days=days)), "agreement": "ok"},
        **HTMX,
    )

    assert response.status_code == 422
    assert not Extension.objects.exists()


def test_what_is_no_picture_is_refused_beside_what_was_typed(manager_client, store):
    order = open_order(store)
    until = order.ship_by + timedelta(days=1)
    data = {
        "until": local(until),
        "agreement": "words",
        "image": SimpleUploadedFile("a.png", b"<script>"),
        "version": 1,
    }

    response = post(manager_client, order, "extend", data, **HTMX)

    assert response.status_code == 422
    assert "is neither a picture" in response.content.decode()
    assert "words</textarea>" in response.content.decode()
    assert not Extension.objects.exists()


def test_ship_date_is_appointed_taken_back_and_undone(agent_client, store):
    order = open_order(store)
    day = timezone.localdate() + timedelta(days=3)

    done = post(agent_client, order, "appoint", {"day": day.isoformat(), "slot": "afternoon"}, **HTMX)
    held = Order.objects.get()
    blocker = done.context["blockers"][0]
    undone = undo(agent_client, done)
    past = post(agent_client, order, "appoint", {"day": "2020-01-01", "slot": ""}, **HTMX)

    assert (held.appointed_date, held.appointed_slot, held.hold_kinds) == (day, "afternoon", ["appointed_date"])
    assert [act.name for act in blocker.acts] == ["appoint", "release"]
    assert undone.status_code == 204
    assert (Order.objects.get().appointed_date, Order.objects.get().hold_kinds) == (None, [])
    assert past.status_code == 422


# Recipient and spec


def test_recipient_is_changed_masked_and_goes_back(agent_client, store):
    order = open_order(store)
    make_recipient(order=order)
    open_hold(store=store, order_id=order.pk, kind=HoldKind.ADDRESS_PROBLEM, reason="no street", actor=None, at=NOON)

    done = post(agent_client, order, "change_recipient", {"name": "李四光", "mobile": "13900001111"}, **HTMX)
    html = done.content.decode()
    back = post(agent_client, order, "restore_recipient", **HTMX)

    assert "data-recipient-changed" in html
    assert "李*" in html
    assert not [clear for clear in ("李四光", "13900001111") if clear in html]
    assert Order.objects.get().hold_kinds == []
    assert back.status_code == 200
    assert Recipient.objects.get().changed is None


@pytest.mark.parametrize("data", [{}, {"mobile": "12"}, {"name": "李*"}])
def test_recipient_that_cannot_be_is_refused(agent_client, store, data):
    order = open_order(store)
    make_recipient(order=order)

    response = post(agent_client, order, "change_recipient", {**data, "in_dialog": "1"}, **HTMX)

    assert (response.status_code, response.headers["HX-Retarget"]) == (422, "#act-form")
    assert Recipient.objects.get().changed is None


def test_conflict_about_a_recipient_shows_masked_values(agent_client, store):
    order = open_order(store)
    make_recipient(order=order)
    post(signed_in(make_user("wang", store=store)), order, "flag", {"flag": "1"})

    response = post(agent_client, order, "change_recipient", {"name": "李四光", "version": "1"}, **HTMX)
    html = response.content.decode()

    assert response.status_code == 409
    assert "<td data-theirs>张* 138****1234</td><td data-yours>李*</td>" in html
    assert 'value="李四光"' in html


def test_spec_is_chosen_from_what_was_sold_or_written(agent_client, store):
    order, other = open_order(store, lines=0), open_order(store, lines=0)
    line = make_line(order=order, spec="颜色分类:黑色;尺码:L", sku_code="B-L")
    make_line(order=other, spec="颜色分类:白色;尺码:L", sku_code="W-L")

    form = agent_client.get(f"/orders/{order.number}/agree_spec/?item={line.pk}", headers=HTMX).content.decode()
    done = post(
        agent_client, order, "agree_spec", {"item": line.pk, "known": "颜色分类:白色;尺码:L", "own": ""}, **HTMX
    )
    chosen = OrderLine.objects.get(pk=line.pk)
    undone = undo(agent_client, done)
    post(agent_client, order, "agree_spec", {"item": line.pk, "known": "", "own": "as in the photo"}, **HTMX)

    assert '<option value="颜色分类:白色;尺码:L">' in form
    assert "As ordered: 颜色分类:黑色;尺码:L" in form
    assert (chosen.agreed_spec, chosen.agreed_sku_code) == ("颜色分类:白色;尺码:L", "W-L")
    shown = '<del title="颜色分类:黑色;尺码:L">黑色 L</del> <ins title="颜色分类:白色;尺码:L">白色 L</ins>'
    assert shown in done.content.decode()
    assert undone.status_code == 204
    assert OrderLine.objects.get(pk=line.pk).agreed_spec == "as in the photo"


@pytest.mark.parametrize("item", ["", "x", "0", "9" * 30])
def test_spec_of_no_line_is_refused(agent_client, store, item):
    response = post(agent_client, open_order(store), "agree_spec", {"item": item, "known": "", "own": "red"}, **HTMX)

    assert response.status_code == 422


# Contacts, wishes, remarks


def test_contact_is_logged_and_answered_later(agent_client, store):
    order = open_order(store)

    asked = post(agent_client, order, "contact", {"channel": "phone", "text": "which colour? 13812341234"}, **HTMX)
    contact = ContactLog.objects.get()
    answered = post(agent_client, order, "answer_contact", {"item": contact.pk, "answer": "white"}, **HTMX)

    assert "which colour? 138****1234" in asked.content.decode()
    assert f"answer_contact/?version=2&amp;item={contact.pk}" in asked.content.decode()
    assert ContactLog.objects.get().answer == "white"
    assert '<p class="quote">white</p>' in answered.content.decode()


def test_wish_is_ticked_off_by_whoever_packs_or_withdrawn(
    warehouse_client, warehouse, agent_client, finance_client, store
):
    order = open_order(store)
    first, second = wish(store, order), wish(store, order, text="a card")

    page = warehouse_client.get(f"/orders/{order.number}/").content.decode()
    refused = post(finance_client, order, "finish_wish", query=f"?item={first.pk}", **HTMX)
    done = post(warehouse_client, order, "finish_wish", query=f"?item={first.pk}", **HTMX)
    post(agent_client, order, "withdraw_wish", {"item": second.pk, "reason": "none left"}, **HTMX)

    assert page.count("data-wish-chip") == 1
    assert (page.count('data-action="finish_wish"'), page.count('data-action="withdraw_wish"')) == (2, 0)
    assert refused.status_code == 403
    assert done.status_code == 200
    assert Wish.objects.get(pk=first.pk).done_by == warehouse
    assert Wish.objects.get(pk=second.pk).withdrawn_at is not None
    assert Order.objects.get().wish_kinds == []


def test_remark_is_undone_or_taken_back_by_its_author(warehouse_client, agent_client, store):
    order = open_order(store)

    undone = undo(warehouse_client, post(warehouse_client, order, "remark", {"text": "oops"}, **HTMX))
    post(warehouse_client, order, "remark", {"text": "oops again"}, **HTMX)
    newest = Remark.objects.order_by("-pk")[0]
    others = agent_client.get(f"/orders/{order.number}/").content.decode()
    own = warehouse_client.get(f"/orders/{order.number}/").content.decode()
    taken = post(warehouse_client, order, "withdraw_remark", query=f"?item={newest.pk}", **HTMX)

    assert undone.status_code == 204
    assert "withdraw_remark" not in others
    assert f"withdraw_remark/?item={newest.pk}" in own
    assert taken.status_code == 200
    assert Order.objects.get().latest_remark == ""
    assert Remark.objects.filter(withdrawn_at__isnull=True).count() == 0


def test_release_accepts_too_and_both_are_undone(agent_client, store):
    order = open_order(store, acceptance=Acceptance.UNREVIEWED)
    for kind in ("risk", "manual"):
        open_hold(store=store, order_id=order.pk, kind=kind, reason="look", actor=None, at=NOON)

    done = post(agent_client, order, "release", {"kind": "risk", "reason": "looked", "accept": "on"}, **HTMX)
    after = Order.objects.get()
    undo(agent_client, done)
    before = Order.objects.get()

    assert (after.acceptance, after.hold_kinds) == (Acceptance.ACCEPTED, [])
    assert (before.acceptance, before.hold_kinds) == (Acceptance.UNREVIEWED, ["manual", "risk"])
    assert Hold.objects.filter(released_at__isnull=True).count() == 2


def test_undone_release_brings_back_the_hold_as_it_was(agent_client, store):
    order = open_order(store)
    open_hold(
        store=store, order_id=order.pk, kind="risk", reason="large amount", actor=None, at=NOON, rule="Large",
        line_id=order.lines.get().pk, source="rule",
    )  # fmt: skip

    done = post(agent_client, order, "release", {"kind": "risk", "reason": "buyer called"}, **HTMX)
    undo(agent_client, done)

    hold = Hold.objects.get(released_at__isnull=True)
    assert (hold.kind, hold.reason, hold.rule, hold.line) == ("risk", "large amount", "Large", order.lines.get())


def test_closing_an_unpaid_order_is_undone(manager_client, store):
    order = make_order(store=store, status=OrderStatus.PENDING_PAYMENT)

    done = post(manager_client, order, "close", {"reason": "asked for"}, **HTMX)
    undone = undo(manager_client, done)

    assert undone.status_code == 204
    assert Order.objects.get().status == OrderStatus.PENDING_PAYMENT


def test_history_says_what_was_agreed(agent_client, manager_client, store):
    order = open_order(store)
    make_recipient(order=order)
    line = order.lines.get()
    day = timezone.localdate() + timedelta(days=2)
    post(agent_client, order, "appoint", {"day": day.isoformat(), "slot": "noon"}, **HTMX)
    post(agent_client, order, "agree_spec", {"item": line.pk, "known": "", "own": "white"}, **HTMX)
    post(agent_client, order, "change_recipient", {"name": "李四"}, **HTMX)
    post(agent_client, order, "contact", {"channel": "chat", "text": "hello"}, **HTMX)

    days = manager_client.get(f"/orders/{order.number}/").context["days"]
    told = {entry.what: [(c.label, c.before, c.after) for c in entry.changes] for entry in days[0].entries}

    assert told["Ship date appointed"][0] == ("", "", day.isoformat())
    assert told["Another spec agreed"] == [("", "", "white"), ("Line", "", "1")]
    assert told["Recipient changed"] == [("", "张* 138****1234", "李* 138****1234"), ("What changed", "", "Name")]
    assert told["Buyer contacted"] == [("", "", "hello"), ("Channel", "", "Platform chat")]


def test_history_names_changes_as_the_note_desk_does(agent_client, agent, store):
    order = open_order(store)
    record_note(order=order, text="white, please", at=NOON)
    changes = NoteChanges(packing="no price in the box", specs={order.lines.get().pk: "white"})
    confirm_note(store=store, order_id=order.pk, outcome="agreed", actor=agent, at=NOON, changes=changes)

    days = agent_client.get(f"/orders/{order.number}/").context["days"]

    labels = [change.after for day in days for entry in day.entries for change in entry.changes]
    assert listed([change_label("packing"), change_label("specs")]) in labels
