from datetime import timedelta

import pytest
from django.test import override_settings

from backoffice.common.sealing import unseal_json
from orders.core.models import ContactLog, Order, OrderEvent
from orders.core.services import OrderError, VersionConflict, answer_contact, log_contact
from orders.core.texts import contact_context
from tests.factories import NOON, make_order, make_store, make_user
from tests.parallel import in_parallel

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(minutes=5)


def target(order, **values):
    return {"store": order.store, "order_id": order.pk, "actor": None, "at": NOON, **values}


def log(order, **values):
    return log_contact(**target(order, **({"channel": "chat", "text": "black or white?"} | values)))


def opened(contact):
    contact.refresh_from_db()
    return unseal_json(contact.sealed, context=contact_context(contact.store_id, contact.order.number))


def test_log_contact_says_who_asked_what_and_when():
    order, person = make_order(), make_user("li")

    contact = log(order, actor=person, text=" black or white? ")

    order.refresh_from_db()
    stored = ContactLog.objects.get()
    assert (stored.channel, stored.text, stored.answer, stored.answered_at) == ("chat", "black or white?", "", None)
    assert (stored.author, stored.author_name, stored.at, stored.sealed) == (person, "li", NOON, None)
    event = OrderEvent.objects.get()
    assert (event.kind, event.after) == ("contacted", {"channel": "chat", "text": "black or white?", "answer": ""})
    assert (contact, order.version) == (stored, 2)


def test_log_contact_with_the_answer_at_once():
    order = make_order()

    log(order, answer="white")

    stored = ContactLog.objects.get()
    assert (stored.answer, stored.answered_at) == ("white", NOON)


def test_answer_contact_writes_it_beside_the_question():
    order, person = make_order(), make_user("wang")
    contact = log(order)

    answer_contact(**target(order, contact_id=contact.pk, answer=" white ", actor=person, at=LATER))

    contact.refresh_from_db()
    event = OrderEvent.objects.get(kind="answered")
    assert (contact.answer, contact.answered_at, contact.sealed) == ("white", LATER, None)
    assert (event.before, event.after, event.actor) == ({"text": "black or white?"}, {"answer": "white"}, person)


def test_an_answer_is_written_down_once():
    order = make_order()
    contact = log(order, answer="white")

    with pytest.raises(OrderError, match="written down already: log a further contact"):
        answer_contact(**target(order, contact_id=contact.pk, answer="black"))

    contact.refresh_from_db()
    assert contact.answer == "white"


def test_numbers_are_masked_and_what_was_written_is_sealed():
    order = make_order()

    contact = log(order, text="is 13812341234 yours?")
    kept = opened(contact)
    answer_contact(**target(order, contact_id=contact.pk, answer="no: 139 1234 1234"))

    assert kept == {"text": "is 13812341234 yours?"}
    assert opened(contact) == {"text": "is 13812341234 yours?", "answer": "no: 139 1234 1234"}
    assert (contact.text, contact.answer) == ("is 138****1234 yours?", "no: 139****1234")
    said = str(list(OrderEvent.objects.values_list("before", "after")))
    assert "13812341234" not in said
    assert "139 1234 1234" not in said


def test_a_plain_answer_leaves_the_sealed_question():
    order = make_order()
    contact = log(order, text="is 13812341234 yours?")

    answer_contact(**target(order, contact_id=contact.pk, answer="yes"))

    assert opened(contact) == {"text": "is 13812341234 yours?"}


def test_an_answer_does_not_overwrite_what_cannot_be_opened():
    order = make_order()
    with override_settings(PII_KEYS="old:b2xkLWtleS1vZi10aGlydHktdHdvLWJ5dGVzLTEyMzQ="):
        contact = log(order, text="is 13812341234 yours?")

    with pytest.raises(OrderError, match="its key is missing"):
        answer_contact(**target(order, contact_id=contact.pk, answer="13912341234"))

    contact.refresh_from_db()
    assert contact.answer == ""


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"channel": "pigeon"}, "no channel “pigeon”"),
        ({"text": " "}, "1 to 1000 characters"),
        ({"text": "x" * 1001}, "1 to 1000 characters"),
        ({"answer": "x" * 1001}, "1 to 1000 characters"),
    ],
)
def test_log_contact_refuses_what_cannot_be(values, sentence):
    order = make_order()

    with pytest.raises(OrderError, match=sentence) as refusal:
        log(order, **values)

    assert refusal.value.code == "field"
    assert not ContactLog.objects.exists()


@pytest.mark.parametrize("answer", ["", "x" * 1001])
def test_answer_contact_refuses_nothing_and_too_much(answer):
    order = make_order()
    contact = log(order)

    with pytest.raises(OrderError, match="1 to 1000 characters"):
        answer_contact(**target(order, contact_id=contact.pk, answer=answer))

    contact.refresh_from_db()
    assert contact.answered_at is None


def test_contacts_are_reached_through_store_and_order_only():
    order, other = make_order(), make_order()
    contact = log(order)

    with pytest.raises(OrderError, match="has no such contact"):
        answer_contact(**target(other, contact_id=contact.pk, answer="x"))
    with pytest.raises(Order.DoesNotExist):
        answer_contact(**target(order, store=make_store(), contact_id=contact.pk, answer="x"))
    with pytest.raises(Order.DoesNotExist):
        log(order, store=make_store())
    with pytest.raises(VersionConflict):
        answer_contact(**target(order, contact_id=contact.pk, answer="x", version=1))
    with pytest.raises(VersionConflict):
        log(order, version=1)

    assert OrderEvent.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_ten_answers_at_once_one_is_written():
    order = make_order()
    contact = log(order)

    results = in_parallel(
        *(
            lambda text=text: answer_contact(**target(order, contact_id=contact.pk, answer=f"answer {text}"))
            for text in range(10)
        )
    )

    assert sum(isinstance(result, ContactLog) for result in results) == 1
    contact.refresh_from_db()
    assert OrderEvent.objects.get(kind="answered").after == {"answer": contact.answer}
