"""Agreements with the buyer and the acts on notes over the API."""

from datetime import timedelta

import pytest
from django.core.files.storage import FileSystemStorage, default_storage, storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from backoffice.common.access import Role
from backoffice.common.models import Attachment
from orders.core.services import open_hold
from orders.core.statuses import Acceptance, HoldKind
from orders.notes.services import record_note
from tests.api.client import error, make_api
from tests.factories import NOON, make_order, make_recipient, make_user

PNG = b"\x89PNG\r\n\x1a\n" + b"pixels" * 20


@pytest.fixture
def evidence(tmp_path, monkeypatch):
    monkeypatch.setitem(storages._storages, "default", FileSystemStorage(location=tmp_path / "files"))
    monkeypatch.setattr(default_storage, "_wrapped", storages["default"])


AGREEMENTS = {
    # operation: (role, body, what the answer must then show)
    "extend": (
        Role.MANAGER,
        {"until": "soon", "agreement": "fine"},
        lambda answer: answer["extensions"][0]["agreement"],
    ),
    "recipient": (Role.AGENT, {"fields": {"name": "李四"}}, lambda answer: answer["recipient"]["is_changed"]),
    "agree-spec": (Role.AGENT, {"line": 0, "spec": "red"}, lambda answer: answer["lines"][0]["agreed_spec"] == "red"),
    "contacts": (Role.AGENT, {"channel": "chat", "text": "which?"}, lambda answer: answer["contacts"][0]["text"]),
}


def agreed_body(order, body):
    until = (timezone.now() + timedelta(days=9)).isoformat()
    real = {"until": until, "line": order.lines.first().pk}
    return {name: real.get(name, value) for name, value in body.items()}


@pytest.mark.parametrize("act", AGREEMENTS)
def test_agreement_is_written_down(store, act):
    role, body, shown = AGREEMENTS[act]
    api, order = make_api(store, role), make_order(store=store)
    make_recipient(order=order)

    response = api.post(f"orders/{order.number}/{act}/", agreed_body(order, body))

    assert response.status_code == 200, response.content
    assert shown(response.json())
    assert response.json()["version"] == 2


def test_agreements_are_taken_back(store):
    api, order = make_api(store, Role.MANAGER), make_order(store=store)
    make_recipient(order=order)
    path = f"orders/{order.number}"
    until = (timezone.now() + timedelta(days=9)).isoformat()
    api.post(f"{path}/extend/", {"until": until, "agreement": "fine"})
    api.post(f"{path}/recipient/", {"fields": {"name": "李四"}})
    remark = api.post(f"{path}/remarks/", {"text": "oops"}).json()["remarks"][0]["id"]

    api.post(f"{path}/withdraw-extension/", {"reason": "ships today"})
    api.post(f"{path}/recipient/restore/", {})
    answer = api.post(f"{path}/remarks/withdraw/", {"remark": remark}).json()

    assert [extension["withdrawn_at"] is None for extension in answer["extensions"]] == [False]
    assert (answer["recipient"]["is_changed"], answer["remarks"]) == (False, [])
    assert answer["ship_by_rule"] == "promise"


def test_extension_takes_a_picture_as_a_form(store, evidence):
    api, order = make_api(store, Role.MANAGER), make_order(store=store)
    until = (timezone.now() + timedelta(days=9)).isoformat()

    image = SimpleUploadedFile("chat.png", PNG)
    done = api.upload(f"orders/{order.number}/extend/", {"until": until, "image": image}, Idempotency_Key="e1")
    again = SimpleUploadedFile("chat.png", PNG)
    replayed = api.upload(f"orders/{order.number}/extend/", {"until": until, "image": again}, Idempotency_Key="e1")
    other = SimpleUploadedFile("chat.png", PNG + b"!")
    refused = api.upload(f"orders/{order.number}/extend/", {"until": until, "image": other}, Idempotency_Key="e1")

    assert done.json()["extensions"][0]["image"] == Attachment.objects.get().pk
    assert replayed.json() == done.json()
    assert error(refused) == (422, "idempotency")


def test_what_is_no_picture_is_a_bad_field(store, evidence):
    api, order = make_api(store, Role.AGENT), make_order(store=store)
    record_note(order=order, text="as in the picture", at=NOON)

    done = api.upload(f"orders/{order.number}/note/files/", {"file": SimpleUploadedFile("a.png", PNG)}).json()
    refused = api.upload(f"orders/{order.number}/note/files/", {"file": SimpleUploadedFile("a.exe", b"MZ no")})

    assert [file["kind"] for file in done["notes"][0]["files"]] == ["image"]
    assert error(refused) == (422, "field")


def test_appointment_is_put_and_taken_back(api, store):
    order = make_order(store=store)
    day = (timezone.localdate() + timedelta(days=3)).isoformat()

    held = api.put(f"orders/{order.number}/appointment/", {"day": day, "slot": "noon"}).json()
    free = api.put(f"orders/{order.number}/appointment/", {"day": None}).json()

    assert (held["appointed_date"], held["appointed_slot"]) == (day, "noon")
    assert [hold["kind"] for hold in held["holds"]] == ["appointed_date"]
    assert (free["appointed_date"], free["holds"]) == (None, [])


def test_note_goes_through_its_life(store):
    api, packer = make_api(store, Role.AGENT), make_api(store, Role.WAREHOUSE)
    order = make_order(store=store)
    record_note(order=order, text="要刻字", at=NOON)
    path, line = f"orders/{order.number}", order.lines.first().pk

    sorted_ = api.post(f"{path}/note/sort/", {"types": ["engraving"]}).json()["notes"][0]
    given = api.post(f"{path}/note/assign/", {"assignee": api.owner.username}).json()["notes"][0]
    asked = api.post(f"{path}/note/ask/", {"text": "which text?", "channel": "chat"}).json()
    answer = {"contact": asked["contacts"][0]["id"], "answer": "LOVE"}
    answered = api.post(f"{path}/note/answer/", answer).json()
    talked = api.post(f"{path}/note/negotiate/", {"negotiation": "agreed", "text": "ten letters"}).json()["notes"][0]
    changes = {"engraving": [{"line": line, "text": "LOVE"}], "packing": "twice"}
    confirmed = api.post(f"{path}/note/confirm/", {"outcome": "as asked", "changes": changes}).json()
    wish = next(wish for wish in confirmed["wishes"] if wish["kind"] == "packing")
    ticked = packer.post(f"{path}/wishes/finish/", {"wish": wish["id"]}).json()
    fulfilled = packer.post(f"{path}/note/fulfil/", {}).json()["notes"][0]

    assert (sorted_["types"], given["assignee"]) == (["engraving"], api.owner.username)
    assert (asked["notes"][0]["state"], answered["notes"][0]["state"]) == ("needs_info", "recognised")
    assert (answered["contacts"][0]["answer"], talked["negotiation"]) == ("LOVE", "agreed")
    assert [(wish["kind"], wish["text"], wish["line"]) for wish in confirmed["wishes"]] == [
        ("packing", "twice", None),
        ("engraving", "LOVE", line),
    ]
    assert confirmed["holds"] == []
    assert [wish["done_at"] is None for wish in ticked["wishes"]] == [False, True]
    assert fulfilled["state"] == "fulfilled"


def test_note_is_given_to_members_only(api, store, other_store):
    order, stranger = make_order(store=store), make_user(store=other_store)
    record_note(order=order, text="要刻字", at=NOON)

    response = api.post(f"orders/{order.number}/note/assign/", {"assignee": stranger.username})

    assert error(response) == (422, "field")


def test_handled_note_is_taken_up_again(store):
    api, order = make_api(store, Role.AGENT), make_order(store=store)
    record_note(order=order, text="in red please", at=NOON)
    api.post(f"orders/{order.number}/note/hand-over/", {"reason": "odd wish"})
    api.post(f"orders/{order.number}/note/decline/", {"outcome": "no red left"})

    answer = api.post(f"orders/{order.number}/note/reopen/", {"reason": "red came in"}).json()

    assert (answer["notes"][0]["state"], [hold["kind"] for hold in answer["holds"]]) == ("manual", ["note_unhandled"])


def test_accepting_releases_holds_for_a_reason(store):
    api, order = make_api(store, Role.AGENT), make_order(store=store, acceptance=Acceptance.UNREVIEWED)
    open_hold(store=store, order_id=order.pk, kind=HoldKind.RISK, reason="look", actor=api.owner, at=NOON)

    answer = api.post(f"orders/{order.number}/accept/", {"release_reason": "looked"}).json()

    assert (answer["acceptance"], answer["holds"]) == ("accepted", [])
