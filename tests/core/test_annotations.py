from datetime import timedelta

import pytest

from backoffice.common.sealing import unseal
from orders.core.models import Order, OrderEvent, Remark
from orders.core.services import (
    OrderError,
    VersionConflict,
    add_remark,
    mark_opened,
    set_flag,
    set_tags,
    withdraw_remark,
)
from orders.core.texts import remark_context
from tests.factories import NOON, make_order, make_store, make_user
from tests.parallel import in_parallel

pytestmark = pytest.mark.django_db


def target(order, **values):
    return {"store": order.store, "order_id": order.pk, "actor": None, "at": NOON, **values}


def test_set_flag_writes_before_and_after():
    order, person = make_order(), make_user("li")

    set_flag(**target(order, flag=4, actor=person))

    order.refresh_from_db()
    event = OrderEvent.objects.get()
    assert (order.flag, order.version, order.updated_at) == (4, 2, NOON)
    assert (event.kind, event.before, event.after, event.actor, event.order_version) == (
        "flag_changed",
        {"flag": 0},
        {"flag": 4},
        person,
        2,
    )


def test_set_flag_twice_changes_nothing_more():
    order = make_order()
    set_flag(**target(order, flag=4))

    set_flag(**target(order, flag=4))

    order.refresh_from_db()
    assert (order.version, OrderEvent.objects.count()) == (2, 1)


@pytest.mark.parametrize("flag", [-1, 6, "red"])
def test_set_flag_refuses_an_unknown_flag(flag):
    order = make_order()

    with pytest.raises(OrderError, match="flags are 0 to 5") as refusal:
        set_flag(**target(order, flag=flag))

    assert refusal.value.code == "field"
    assert not OrderEvent.objects.exists()


def test_set_tags_cleans_and_keeps_their_order():
    order = make_order()

    set_tags(**target(order, tags=[" vip ", "gift  box", "vip", ""]))
    set_tags(**target(order, tags=["vip", "gift box"]))

    order.refresh_from_db()
    assert (order.tags, order.version) == (["vip", "gift box"], 2)


@pytest.mark.parametrize("tags", [["x" * 41], [str(number) for number in range(21)]])
def test_set_tags_refuses_too_much(tags):
    order = make_order()

    with pytest.raises(OrderError, match="up to 20 tags of up to 40 characters"):
        set_tags(**target(order, tags=tags))

    assert not OrderEvent.objects.exists()


def test_add_remark_appends_and_shows_the_latest():
    order, person = make_order(), make_user("li")

    add_remark(**target(order, text="first", actor=person))
    add_remark(**target(order, text=" second ", actor=person))

    order.refresh_from_db()
    assert list(order.remarks.order_by("pk").values_list("text", "sealed", "author_name")) == [
        ("first", None, "li"),
        ("second", None, "li"),
    ]
    assert (order.latest_remark, order.latest_remark_by, order.latest_remark_at) == ("second", "li", NOON)
    assert OrderEvent.objects.order_by("pk").last().before == {"remark": "first"}


def test_add_remark_masks_a_phone_and_seals_what_was_written():
    order = make_order()

    remark = add_remark(**target(order, text="call 138 1234 1234 first"))

    assert remark.text == "call 138****1234 first"
    assert OrderEvent.objects.get().after == {"remark": remark.text}
    context = remark_context(order.store_id, order.number)
    assert unseal(Remark.objects.get().sealed, context=context).decode() == "call 138 1234 1234 first"


@pytest.mark.parametrize("text", ["", "   ", "x" * 501])
def test_add_remark_refuses_nothing_and_too_much(text):
    order = make_order()

    with pytest.raises(OrderError, match="1 to 500 characters"):
        add_remark(**target(order, text=text))

    assert not Remark.objects.exists()


def test_a_stale_version_is_refused_with_what_happened_since():
    order = make_order()
    set_flag(**target(order, flag=1))
    set_tags(**target(order, tags=["vip"]))

    with pytest.raises(VersionConflict, match=order.number) as conflict:
        add_remark(**target(order, text="late", version=2))

    assert [event.kind for event in conflict.value.changes] == ["tagged"]
    assert (conflict.value.order.version, conflict.value.code) == (3, "version")
    assert not Remark.objects.exists()


def test_the_current_version_is_taken():
    order = make_order()

    add_remark(**target(order, text="in time", version=1))

    assert Order.objects.get().version == 2


def test_mark_opened_sets_the_first_time_only_and_no_version():
    order, elsewhere = make_order(), make_order()

    first = mark_opened(store=order.store, order_ids=[order.pk, elsewhere.pk], at=NOON)
    second = mark_opened(store=order.store, order_ids=[order.pk], at=NOON)

    order.refresh_from_db()
    assert (first, second, order.opened_at, order.version) == (1, 0, NOON, 1)


@pytest.mark.parametrize("act", [set_flag, set_tags, add_remark])
def test_acts_do_not_reach_another_store(act):
    order = make_order()
    values = {set_flag: {"flag": 1}, set_tags: {"tags": ["a"]}, add_remark: {"text": "hi"}}[act]

    with pytest.raises(Order.DoesNotExist):
        act(**target(order, store=make_store(), **values))

    assert not OrderEvent.objects.exists()


def test_withdraw_remark_shows_the_one_before_again_and_keeps_it_in_the_history():
    order, li, wang = make_order(), make_user("li"), make_user("wang")
    add_remark(**target(order, text="first", actor=wang))
    mistaken = add_remark(**target(order, text="wrong order", actor=li, at=NOON + timedelta(minutes=1)))

    withdraw_remark(**target(order, remark_id=mistaken.pk, actor=li, at=NOON + timedelta(minutes=16)))

    order.refresh_from_db()
    mistaken.refresh_from_db()
    assert (mistaken.text, mistaken.withdrawn_at) == ("wrong order", NOON + timedelta(minutes=16))
    assert (order.latest_remark, order.latest_remark_by, order.latest_remark_at) == ("first", "wang", NOON)
    event = OrderEvent.objects.get(kind="remark_withdrawn")
    assert (event.before, event.after, order.version) == ({"remark": "wrong order"}, {"remark": "first"}, 4)


def test_withdraw_remark_of_the_only_one_leaves_none():
    order, person = make_order(), make_user()
    remark = add_remark(**target(order, text="mistaken", actor=person))

    withdraw_remark(**target(order, remark_id=remark.pk, actor=person))

    order.refresh_from_db()
    assert (order.latest_remark, order.latest_remark_by, order.latest_remark_at) == ("", "", None)


def test_withdraw_remark_of_an_older_one_leaves_the_latest():
    order, person = make_order(), make_user()
    older = add_remark(**target(order, text="older", actor=person))
    add_remark(**target(order, text="newer", actor=person))

    withdraw_remark(**target(order, remark_id=older.pk, actor=person))

    order.refresh_from_db()
    assert order.latest_remark == "newer"


@pytest.mark.parametrize(
    ("minutes", "who", "sentence"),
    [(0, "wang", "is by li: only who wrote it"), (0, None, "only who wrote it"), (15.1, "li", "for 15 minutes")],
)
def test_withdraw_remark_is_for_its_author_and_some_minutes(minutes, who, sentence):
    order, li = make_order(), make_user("li")
    remark = add_remark(**target(order, text="mine", actor=li))
    actor = li if who == "li" else who and make_user(who)

    with pytest.raises(OrderError, match=sentence):
        withdraw_remark(**target(order, remark_id=remark.pk, actor=actor, at=NOON + timedelta(minutes=minutes)))

    remark.refresh_from_db()
    assert remark.withdrawn_at is None


def test_withdraw_remark_refuses_what_the_platform_wrote():
    order = make_order()
    remark = add_remark(**target(order, text="theirs", source="platform"))

    with pytest.raises(OrderError, match="is by platform"):
        withdraw_remark(**target(order, remark_id=remark.pk, actor=make_user()))

    assert not OrderEvent.objects.filter(kind="remark_withdrawn").exists()


def test_withdraw_remark_is_reached_through_store_and_order_only():
    order, person = make_order(), make_user()
    remark = add_remark(**target(order, text="mine", actor=person))

    with pytest.raises(OrderError, match="has no such remark"):
        withdraw_remark(**target(make_order(), remark_id=remark.pk, actor=person))
    with pytest.raises(Order.DoesNotExist):
        withdraw_remark(**target(order, store=make_store(), remark_id=remark.pk, actor=person))
    with pytest.raises(VersionConflict):
        withdraw_remark(**target(order, remark_id=remark.pk, actor=person, version=1))

    remark.refresh_from_db()
    assert remark.withdrawn_at is None


@pytest.mark.django_db(transaction=True)
def test_a_remark_taken_back_twice_at_once_is_taken_back_once():
    order, person = make_order(), make_user()
    remark = add_remark(**target(order, text="mine", actor=person))

    results = in_parallel(*(lambda: withdraw_remark(**target(order, remark_id=remark.pk, actor=person)),) * 4)

    assert sum(isinstance(result, Remark) for result in results) == 1
    assert sum("taken back already" in str(result) for result in results if isinstance(result, OrderError)) == 3
    assert OrderEvent.objects.filter(kind="remark_withdrawn").count() == 1


@pytest.mark.parametrize("text", ["refund to 6222 0210 0111 6245 702", "６２２２０２１００１１１６２４５７０２"])
def test_remark_with_a_card_number_is_refused_with_the_reason(store, text):
    order = make_order(store=store)

    with pytest.raises(OrderError, match="looks like a bank card number") as refused:
        add_remark(store=store, order_id=order.pk, text=text, actor=None, at=NOON)

    assert (refused.value.code, order.remarks.count()) == ("field", 0)


def test_remark_may_name_an_order_whose_number_passes_for_a_card(store):
    order = make_order(store=store, number="6222021001116245702")

    remark = add_remark(store=store, order_id=order.pk, text=f"see {order.number}", actor=None, at=NOON)

    assert remark.text == "see 6222021001116245702"
