"""Messages to buyers: off by default, for a purpose that is true, once, checked; greetings only with consent."""

from datetime import date

import pytest
from django.urls import reverse

from backoffice.common.jobs import run_pending_jobs
from backoffice.common.models import AuditEntry, Job
from orders.core.models import Order
from orders.fulfilment.models import BuyerConsent, LocalService, Message, MessageTemplate, Shipment
from orders.fulfilment.services.messages import (
    MessageError,
    Segment,
    SendError,
    count_segment,
    create_greetings,
    prepare_message,
    record_message,
    register_sender,
    save_template,
    set_consent,
    switch_messages,
    text_problem,
)
from tests.factories import NOON, make_buyer, make_line, make_order

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def talking(store):
    store.sends_messages = True
    store.save()
    return store


def template(store, purpose="shipped", text="{number} {courier} {tracking} {shop} {product}", **values):
    values = {"name": purpose, "is_active": True} | values
    return save_template(store=store, purpose=purpose, text=text, actor=None, at=NOON, **values)


def sent(store, **values):
    order = make_order(store=store, status="shipped", shipped_at=NOON, **values)
    parcel = {"courier": "SF", "tracking_number": "SF1234567890123", "shipped_at": NOON, "source": "staff"}
    Shipment.objects.create(store=store, order=order, **parcel)
    return order


def write(order, text, **values):
    values = {"store": order.store, "actor": None, "at": NOON} | values
    return record_message(order_id=order.pk, template_id=text.pk, **values)


def agree(order, is_given=True):
    return set_consent(
        store=order.store, buyer_id=order.buyer_id, is_given=is_given, evidence="in the chat", actor=None, at=NOON
    )  # fmt: skip


def test_text_is_filled_in_for_the_order(talking):
    order = sent(talking, number="1001")

    assert prepare_message(order, template(talking)) == "1001 顺丰速运 SF1234567890123 Demo 真丝连衣裙"


def test_message_is_recorded_and_not_sent(talking, agent):
    message = write(sent(talking, number="1001"), template(talking, text="{number}"), actor=agent)

    assert (message.state, message.text, message.author) == ("recorded", "1001", agent)
    event = message.order.events.get()
    assert (event.kind, event.after) == ("messaged", {"purpose": "shipped", "text": "1001"})


def test_store_writes_nothing_until_it_is_switched_on(store):
    order, text = sent(store), template(store)
    with pytest.raises(MessageError, match="writes no messages"):
        write(order, text)
    switch_messages(store=store, is_on=True, actor=None, at=NOON)

    assert write(order, text).pk
    assert AuditEntry.objects.filter(action="messages_switched").count() == 1


def test_text_that_is_off_is_not_used(talking):
    with pytest.raises(MessageError, match="is off"):
        write(sent(talking), template(talking, is_active=False))


@pytest.mark.parametrize("purpose", ["shipped", "anomaly", "shortage", "service", "greeting"])
def test_purpose_must_be_true_of_the_order(talking, purpose):
    with pytest.raises(MessageError) as caught:
        write(make_order(store=talking), template(talking, purpose))

    assert caught.value.code == "hold"
    assert not Message.objects.exists()


def test_service_and_greeting_are_permitted_by_tag_and_consent(talking):
    LocalService.objects.create(store=talking, name="同城送", places=["广东"], updated_at=NOON)
    order = make_order(store=talking, tags=["同城送"])
    agree(order)

    assert write(order, template(talking, "service")).purpose == "service"
    assert write(order, template(talking, "greeting")).purpose == "greeting"


def test_withdrawn_consent_ends_greetings(talking):
    order = make_order(store=talking)
    agree(order)
    agree(order, is_given=False)

    with pytest.raises(MessageError, match="has not agreed"):
        write(order, template(talking, "greeting"))


def test_second_message_about_the_same_asks_first(talking):
    order, text = sent(talking), template(talking)
    write(order, text)

    with pytest.raises(MessageError, match="already") as caught:
        write(order, template(talking, name="other"))
    write(order, text, is_again=True)

    assert (caught.value.code, Message.objects.count()) == ("repeated", 2)


@pytest.mark.parametrize(
    "text",
    ["call 13812345678", "卡号 4111 1111 1111 1111", "6222021001116245702", "a@example.com", "110101199003070011"],
)
def test_numbers_that_do_not_belong_are_refused(talking, text):
    with pytest.raises(MessageError) as caught:
        template(talking, text=text)

    assert caught.value.code == "field"


def test_phone_of_the_shop_may_stand_there(talking):
    talking.sender = {"phone": "0755-12345678"}

    assert text_problem("call 0755-12345678", talking) == ""
    assert text_problem("call 0755-12345679", talking) != ""


@pytest.mark.parametrize("values", [{"text": "{phone}"}, {"text": " "}, {"name": ""}, {"purpose": "advert"}])
def test_text_that_cannot_be_kept_is_refused(talking, values):
    with pytest.raises(MessageError):
        template(talking, **values)


def test_other_stores_texts_and_orders_are_not_found(talking, other_store):
    text = template(other_store)

    with pytest.raises(MessageTemplate.DoesNotExist):
        write(sent(talking), text)
    with pytest.raises(Order.DoesNotExist):
        write(sent(other_store), text, store=talking)


@pytest.mark.parametrize(("error", "state"), [(None, "sent"), (SendError("no credit"), "failed")])
def test_sending_service_is_asked_after_the_record(talking, error, state, django_capture_on_commit_callbacks):
    told = []

    class Service:
        def send(self, order, text):
            told.append((order.number, text))
            if error:
                raise error

    register_sender("demo", Service())
    try:
        with django_capture_on_commit_callbacks(execute=True):
            message = write(sent(talking, number="1001"), template(talking, text="{number}"))
    finally:
        register_sender("demo", None)

    message.refresh_from_db()
    assert (told, message.state, message.error) == ([("1001", "1001")], state, "no credit" if error else "")


# Greetings


def test_segment_is_of_buyers_who_agreed(talking):
    old = make_order(store=talking, buyer=make_buyer(store=talking, nick="a"), lines=0)
    make_line(order=old, sku_code="A1")
    agree(old)
    silent = make_order(store=talking, lines=0)
    make_line(order=silent, sku_code="A1")

    assert count_segment(talking, Segment(code="A1")) == 1
    assert count_segment(talking, Segment(code="B1")) == 0
    assert count_segment(talking, Segment(first=date(2026, 6, 1), last=date(2026, 6, 1))) == 1
    assert count_segment(talking, Segment(first=date(2026, 6, 2))) == 0


def test_greetings_are_written_once_to_each_buyer(talking, manager):
    buyer = make_buyer(store=talking, nick="a")
    orders = [make_order(store=talking, buyer=buyer) for _ in range(2)]
    agree(orders[0])
    text, segment = template(talking, "greeting", text="{shop}"), Segment(first=date(2026, 1, 1))
    for _ in range(2):
        create_greetings(store=talking, template_id=text.pk, segment=segment, actor=manager, at=NOON)
    run_pending_jobs()

    assert [message.author for message in Message.objects.all()] == [manager]
    assert [job.result for job in Job.objects.order_by("pk")] == [
        {"messages": 1, "left_out": 0}, {"messages": 0, "left_out": 1},
    ]  # fmt: skip


@pytest.mark.parametrize("segment", [Segment(), Segment(code="none")])
def test_greetings_to_nobody_are_refused(talking, manager, segment):
    text = template(talking, "greeting")

    with pytest.raises(MessageError):
        create_greetings(store=talking, template_id=text.pk, segment=segment, actor=manager, at=NOON)


# Pages


def test_settings_switch_save_preview_and_delete(manager_client, store):
    page = "/settings/messages/"
    make_order(store=store, number="N5")
    form = {"name": "out", "purpose": "shipped", "text": "{number} left", "is_active": "on"}

    saved = manager_client.post(page, form)
    preview = manager_client.get(saved["Location"]).context["preview"]
    bad = manager_client.post(page, form | {"text": "{who}"})
    switched = manager_client.post("/settings/messages/switch/", {"on": "1"})
    store.refresh_from_db()
    gone = manager_client.post(reverse("contacting:message-template-delete", args=[MessageTemplate.objects.get().pk]))

    assert (preview, bad.status_code, switched.status_code, store.sends_messages, gone.status_code) == (
        "N5 left", 422, 302, True, 302,
    )  # fmt: skip


def test_message_is_written_from_the_order(agent_client, talking):
    order, text = sent(talking, number="N5"), template(talking)
    url = "/orders/messages/of/N5/new/"

    asked = agent_client.get(url, headers=HTMX).content.decode()
    done = agent_client.post(url, {"template_id": text.pk}, headers=HTMX)
    again = agent_client.post(url, {"template_id": text.pk, "in_dialog": "1"}, headers=HTMX)
    card = agent_client.get("/orders/messages/of/N5/", headers=HTMX).content.decode()
    log = agent_client.get("/orders/messages/")

    assert "<dialog" in asked
    assert "N5 顺丰速运" in asked
    assert (done.status_code, again.status_code) == (204, 422)
    assert "N5 顺丰速运" in card
    assert [message.order for message in log.context["rows"]] == [order]
    assert log.context["has_sender"] is False


def test_consent_is_written_on_the_order(agent_client, store):
    make_order(store=store, number="N5")
    url = "/orders/messages/of/N5/consent/"

    answers = [
        agent_client.post(url, {"given": "1", "evidence": ""}).status_code,
        agent_client.post(url, {"given": "1", "evidence": "in the chat"}, headers=HTMX).status_code,
    ]

    assert answers == [302, 204]
    assert BuyerConsent.objects.get().is_given


def test_greetings_are_counted_before_they_are_written(manager_client, talking):
    agree(make_order(store=talking))
    form = {"template_id": template(talking, "greeting").pk, "first": "2026-01-01"}

    counted = manager_client.post("/orders/messages/greetings/", form)
    empty = manager_client.post("/orders/messages/greetings/", form | {"first": ""})
    written = manager_client.post("/orders/messages/greetings/", form | {"act": "write"})

    assert (counted.context["count"], empty.status_code, written.status_code) == (1, 422, 302)
    assert Job.objects.filter(kind="greetings").count() == 1
