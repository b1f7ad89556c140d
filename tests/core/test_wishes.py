import pytest
from django.db import transaction
from django.test import override_settings

from backoffice.common.sealing import unseal_json
from orders.core.models import Order, OrderEvent, Wish
from orders.core.services import (
    OrderError,
    VersionConflict,
    agree_wish,
    bump,
    finish_wish,
    finish_wishes,
    lock_order,
    withdraw_wish,
    withdraw_wishes,
)
from orders.core.texts import wish_context
from tests.factories import NOON, make_order, make_store, make_user
from tests.parallel import in_parallel

pytestmark = pytest.mark.django_db


def target(order, **values):
    return {"store": order.store, "order_id": order.pk, "actor": None, "at": NOON, **values}


def on_locked(order, act, **values):
    with transaction.atomic():
        locked = lock_order(store=order.store, order_id=order.pk)
        result = act(locked, at=NOON, **values)
        bump(locked, NOON, "wish_kinds")
    order.refresh_from_db()
    return result


def agree(order, kind="packing", text="no invoice in the box", **values):
    return on_locked(order, agree_wish, kind=kind, text=text, **({"actor": None} | values))


def test_agree_wish_keeps_the_kind_on_the_order_and_writes_the_event():
    order, person = make_order(), make_user("li")
    line = order.lines.get()

    wish = agree(order, "engraving", " 平安 ", line_id=line.pk, data={"lines": 1}, note_version=2, actor=person)

    stored = Wish.objects.get()
    assert (stored.text, stored.data, stored.note_version, stored.line) == ("平安", {"lines": 1}, 2, line)
    assert (stored.agreed_by, stored.agreed_at, stored.store) == (person, NOON, order.store)
    assert (order.wish_kinds, order.version) == (["engraving"], 2)
    event = OrderEvent.objects.get()
    assert (event.kind, event.actor, event.after) == (
        "wish_agreed",
        person,
        {"wish": "engraving", "text": "平安", "line": line.pk},
    )
    assert wish == stored


def test_agree_wish_again_while_it_is_open_is_one_wish():
    order = make_order()

    first, again = agree(order), agree(order, text=" no invoice in the box ")

    assert first == again
    assert (Wish.objects.count(), OrderEvent.objects.count()) == (1, 1)


@pytest.mark.parametrize(
    "other", [{"kind": "other"}, {"text": "more paper"}, {"data": {"colour": "red"}}, {"note_version": 1}]
)
def test_agree_wish_that_differs_is_another_one(other):
    order = make_order()
    agree(order)

    agree(order, **other)

    assert Wish.objects.count() == 2


def test_agree_wish_again_after_it_was_done_is_a_new_one():
    order = make_order()
    finish_wish(**target(order, wish_id=agree(order).pk))

    agree(order)

    assert (Wish.objects.count(), order.wish_kinds) == (2, ["packing"])


def test_agree_wish_masks_numbers_in_text_and_data():
    order = make_order()

    agree(order, text="engrave 13812341234", data={"title": "tel 138 1234 1234", "more": ["a@example.com", 7]})

    wish = Wish.objects.get()
    written = unseal_json(wish.sealed, context=wish_context(order.store_id, order.number))
    assert written == {
        "text": "engrave 13812341234",
        "data": {"title": "tel 138 1234 1234", "more": ["a@example.com", 7]},
    }
    assert wish.text == "engrave 138****1234"
    assert wish.data == {"title": "tel 138****1234", "more": ["a***@example.com", 7]}
    assert "13812341234" not in str(OrderEvent.objects.get().after)


def test_wishes_that_read_the_same_when_masked_are_two_when_they_were_not():
    order = make_order()

    for text in ("engrave 13812341234", "engrave 13855551234", "engrave 13812341234", "engrave 138****1234"):
        agree(order, text=text)

    assert list(Wish.objects.values_list("text", flat=True)) == ["engrave 138****1234"] * 3


def test_a_wish_that_cannot_be_opened_is_not_taken_for_the_same():
    order = make_order()
    with override_settings(PII_KEYS="old:b2xkLWtleS1vZi10aGlydHktdHdvLWJ5dGVzLTEyMzQ="):
        agree(order, text="engrave 13812341234")

    agree(order, text="engrave 13812341234")

    assert Wish.objects.count() == 2


@pytest.mark.parametrize("kind", ["gift", "gift_wrap", "invoice", "urge"])
def test_some_wishes_need_no_words(kind):
    order = make_order()

    agree(order, kind, "")

    assert order.wish_kinds == [kind]


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"kind": "cake"}, "no wish of the kind “cake”"),
        ({"text": " "}, "in 1 to 300 characters"),
        ({"text": "x" * 301}, "in 1 to 300 characters"),
        ({"line_id": 0}, "has no such line"),
    ],
)
def test_agree_wish_refuses_what_cannot_be(values, sentence):
    order = make_order()

    with pytest.raises(OrderError, match=sentence) as refusal:
        agree(order, **values)

    assert refusal.value.code == "field"
    assert not Wish.objects.exists()


def test_agree_wish_refuses_the_line_of_another_order():
    order, other = make_order(), make_order()

    with pytest.raises(OrderError, match="has no such line"):
        agree(order, line_id=other.lines.get().pk)

    assert not Wish.objects.exists()


def test_finish_wish_leaves_the_kinds_of_what_is_still_to_do():
    order, person = make_order(), make_user("li")
    first = agree(order)
    agree(order, text="bubble wrap")
    agree(order, "gift", "a ribbon")

    finish_wish(**target(order, wish_id=first.pk, actor=person))

    order.refresh_from_db()
    first.refresh_from_db()
    assert (first.done_at, first.done_by, order.wish_kinds) == (NOON, person, ["gift", "packing"])
    assert OrderEvent.objects.filter(kind="wish_done").get().after["text"] == "no invoice in the box"


def test_a_wish_ends_once():
    order, person = make_order(), make_user("li")
    done, withdrawn = agree(order), agree(order, text="bubble wrap")
    finish_wish(**target(order, wish_id=done.pk, actor=person))
    withdraw_wish(**target(order, wish_id=withdrawn.pk, reason="too late"))

    for act, values in ((finish_wish, {}), (withdraw_wish, {"reason": "again"})):
        with pytest.raises(OrderError, match="fulfilled already, by li"):
            act(**target(order, wish_id=done.pk, **values))
        with pytest.raises(OrderError, match="withdrawn already"):
            act(**target(order, wish_id=withdrawn.pk, **values))

    order.refresh_from_db()
    assert (order.wish_kinds, order.version) == ([], 5)


def test_withdraw_wish_keeps_the_reason_masked():
    order = make_order()

    withdraw_wish(**target(order, wish_id=agree(order).pk, reason="call 13812341234"))

    order.refresh_from_db()
    event = OrderEvent.objects.get(kind="wish_withdrawn")
    assert (event.before["text"], event.after) == ("no invoice in the box", {"reason": "call 138****1234"})
    assert order.wish_kinds == []


@pytest.mark.parametrize("reason", ["", "x" * 301])
def test_withdraw_wish_asks_for_a_reason(reason):
    order = make_order()
    wish = agree(order)

    with pytest.raises(OrderError, match="Give a reason"):
        withdraw_wish(**target(order, wish_id=wish.pk, reason=reason))

    wish.refresh_from_db()
    assert wish.withdrawn_at is None


def test_withdraw_wishes_takes_back_what_the_note_asked_for_and_is_not_done():
    order = make_order()
    done = agree(order, text="done", note_version=1)
    finish_wish(**target(order, wish_id=done.pk))
    agree(order, text="first", note_version=1)
    agree(order, "gift", note_version=2)
    agree(order, "courier", "SF")

    counts = [on_locked(order, withdraw_wishes, note_version=version) for version in (1, None, None)]

    assert (counts, order.wish_kinds) == ([1, 1, 0], ["courier"])
    assert Wish.objects.get(text="done").withdrawn_at is None
    assert OrderEvent.objects.filter(kind="wish_withdrawn").count() == 2


def test_finish_wishes_leaves_invoices_and_what_was_for_lines_that_stay():
    order = make_order(lines=2)
    order.lines.filter(position=1).update(shipped_quantity=1)
    left, stays = order.lines.order_by("position")
    agree(order, "invoice", "飞羽有限公司")
    agree(order, "engraving", "平安", line_id=left.pk)
    agree(order, "engraving", "喜乐", line_id=stays.pk)

    assert on_locked(order, finish_wishes, actor=None) == 1

    assert order.wish_kinds == ["engraving", "invoice"]
    assert Wish.objects.get(done_at=NOON).line == left


def test_finish_wishes_ticks_off_all_that_is_open():
    order, person = make_order(), make_user()
    agree(order)
    withdraw_wish(**target(order, wish_id=agree(order, "gift").pk, reason="none left"))

    counts = [on_locked(order, finish_wishes, actor=person) for _ in range(2)]

    assert (counts, order.wish_kinds) == ([1, 0], [])
    assert Wish.objects.get(kind="packing").done_by == person
    assert Wish.objects.get(kind="gift").done_at is None


@pytest.mark.parametrize("act", [finish_wish, withdraw_wish])
def test_a_wish_is_reached_through_its_order_only(act):
    order, other = make_order(), make_order()
    wish, values = agree(order), {"reason": "no"} if act is withdraw_wish else {}

    with pytest.raises(OrderError, match="has no such wish"):
        act(**target(other, wish_id=wish.pk, **values))
    with pytest.raises(Order.DoesNotExist):
        act(**target(order, store=make_store(), wish_id=wish.pk, **values))
    with pytest.raises(VersionConflict):
        act(**target(order, wish_id=wish.pk, version=1, **values))

    wish.refresh_from_db()
    assert (wish.done_at, wish.withdrawn_at) == (None, None)


@pytest.mark.django_db(transaction=True)
def test_of_ten_who_tick_a_wish_off_at_once_one_does():
    order = make_order()
    wish = agree(order)

    results = in_parallel(*(lambda: finish_wish(**target(order, wish_id=wish.pk)) for _ in range(10)))

    assert sum(isinstance(result, Wish) for result in results) == 1
    assert sum("fulfilled already" in str(result) for result in results if isinstance(result, OrderError)) == 9
    assert OrderEvent.objects.filter(kind="wish_done").count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_same_wish_agreed_ten_times_at_once_is_one():
    order = make_order()

    def put_down():
        with transaction.atomic():
            locked = lock_order(store=order.store, order_id=order.pk)
            agree_wish(locked, kind="gift", text="a ribbon", actor=None, at=NOON)
            bump(locked, NOON, "wish_kinds")

    results = in_parallel(*(put_down for _ in range(10)))

    assert results == [None] * 10
    assert (Wish.objects.count(), OrderEvent.objects.count()) == (1, 1)
