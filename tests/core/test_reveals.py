from datetime import timedelta

import pytest
from django.db import transaction

from backoffice.common.models import AuditEntry
from orders.core.models import Order, Recipient
from orders.core.services import RevealError, agree_wish, lock_order, log_contact, reveal_recipient, used_reveals
from tests.factories import NOON, make_order, make_recipient, make_store, make_user
from tests.parallel import in_parallel


def reveal(order, person, **values):
    defaults = {"store": order.store, "order_id": order.pk, "reason": "parcel came back", "actor": person, "at": NOON}
    return reveal_recipient(**(defaults | values))


@pytest.mark.django_db
def test_reveal_shows_the_fields_and_leaves_one_audit_row():
    order, person = make_order(), make_user("li")
    make_recipient(order=order)

    fields = reveal(order, person)

    assert fields == {"name": "张三", "mobile": "13812341234", "street": "科技园路 1 号"}
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.subject, entry.actor, entry.store) == (
        "recipient_revealed",
        order.number,
        person,
        order.store,
    )
    assert entry.data == {"reason": "parcel came back", "fields": ["mobile", "name", "street"]}
    assert used_reveals(order.store, person, NOON) == 1


@pytest.mark.django_db
@pytest.mark.parametrize("reason", ["", " x ", "x" * 201])
def test_reveal_asks_for_a_reason(reason):
    order = make_order()
    make_recipient(order=order)

    with pytest.raises(RevealError, match="reason of 2 to 200") as refusal:
        reveal(order, make_user(), reason=reason)

    assert refusal.value.code == "field"
    assert not AuditEntry.objects.exists()


@pytest.mark.django_db
def test_reveal_quota_is_per_person_store_and_business_day():
    store = make_store(reveal_quota=2)
    order, li, wang = make_order(store=store), make_user("li"), make_user("wang")
    make_recipient(order=order)
    midnight = NOON + timedelta(hours=12)  # in Asia/Shanghai
    reveal(order, li)
    reveal(order, li)

    with pytest.raises(RevealError, match="revealed 2 recipients today") as refusal:
        reveal(order, li, at=midnight - timedelta(seconds=1))
    reveal(order, wang)
    reveal(order, li, at=midnight)

    assert refusal.value.code == "quota"
    assert AuditEntry.objects.count() == 4


@pytest.mark.django_db
def test_reveal_says_when_there_is_nothing_to_show():
    unknown, purged = make_order(), make_order()
    make_recipient(order=purged)
    Recipient.objects.update(sealed=None, purged_at=NOON)

    with pytest.raises(RevealError, match="No file so far named the recipient"):
        reveal(unknown, make_user())
    with pytest.raises(RevealError, match="was wiped"):
        reveal(purged, make_user())

    assert not AuditEntry.objects.exists()


@pytest.mark.django_db
def test_reveal_shows_texts_of_contacts_and_wishes_as_they_were_written():
    order = make_order()
    make_recipient(order=order)
    target = {"store": order.store, "order_id": order.pk, "actor": None, "at": NOON}
    log_contact(**target, channel="sms", text="nothing to mask")
    log_contact(**target, channel="chat", text="is 13912345678 right?", answer="no, 13712345678")
    with transaction.atomic():
        locked = lock_order(store=order.store, order_id=order.pk)
        for kind, text in (("engraving", "13912345678"), ("engraving", "13712345678"), ("gift_wrap", "a card")):
            agree_wish(locked, kind=kind, text=text, actor=None, at=NOON)

    fields = reveal(order, make_user())

    assert {key: text for key, text in fields.items() if key not in {"name", "mobile", "street"}} == {
        "contact_2": "is 13912345678 right?",
        "contact_2_answer": "no, 13712345678",
        "wish_engraving": "13912345678",
        "wish_engraving_2": "13712345678",
    }
    assert AuditEntry.objects.get().data["fields"] == sorted(fields)


@pytest.mark.django_db
def test_reveal_of_a_blob_from_elsewhere_is_refused():
    order, other = make_order(), make_order()
    make_recipient(order=order)
    Recipient.objects.update(sealed=make_recipient(order=other).sealed)

    with pytest.raises(RevealError, match="cannot be opened"):
        reveal(order, make_user())

    assert not AuditEntry.objects.exists()


@pytest.mark.django_db
def test_reveal_does_not_reach_another_store():
    order = make_order()
    make_recipient(order=order)

    with pytest.raises(Order.DoesNotExist):
        reveal(order, make_user(), store=make_store())


@pytest.mark.django_db(transaction=True)
def test_forty_parallel_reveals_with_a_quota_of_ten_show_exactly_ten():
    store, person = make_store(reveal_quota=10), make_user("li")
    order = make_order(store=store)
    make_recipient(order=order)

    results = in_parallel(*(lambda: reveal(order, person) for _ in range(40)))

    assert sum(isinstance(result, dict) for result in results) == 10
    assert sum(isinstance(result, RevealError) for result in results) == 30
    assert AuditEntry.objects.filter(action="recipient_revealed").count() == 10
