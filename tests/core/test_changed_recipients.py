import pytest
from django.test import override_settings

from backoffice.common.sealing import unseal_json
from orders.core import queries
from orders.core.models import Hold, Order, OrderEvent, Recipient
from orders.core.recipients import open_recipient, recipient_context
from orders.core.services import (
    OrderError,
    RevealError,
    VersionConflict,
    change_recipient,
    open_hold,
    restore_recipient,
    reveal_recipient,
)
from orders.core.statuses import OrderStatus
from tests.factories import NOON, make_order, make_recipient, make_store, make_user
from tests.parallel import in_parallel

pytestmark = pytest.mark.django_db
MOVED = {"province": "浙江", "city": "杭州市", "district": "西湖区", "street": "文三路 8 号"}


def make_known_order(**values):
    order = make_order(**values)
    make_recipient(order=order)
    return order


def target(order, **values):
    return {"store": order.store, "order_id": order.pk, "actor": None, "at": NOON, **values}


def change(order, *, fields, **values):
    return change_recipient(**target(order, fields=fields, **values))


def revealed(order):
    return reveal_recipient(**target(order, actor=make_user(), reason="check"))


def test_change_recipient_is_sealed_beside_the_platforms_and_wins():
    order, person = make_known_order(), make_user("li")

    change(order, fields={"name": " 李四 ", "mobile": "139 1234 5678"}, actor=person)

    stored = Recipient.objects.get()
    context = recipient_context(order.store_id, order.number)
    assert unseal_json(stored.sealed, context=context)["name"] == "张三"
    assert unseal_json(stored.changed, context=context) == {"name": "李四", "mobile": "139 1234 5678"}
    assert (stored.masked_name, stored.masked_phone, stored.changed_at) == ("李*", "139****5678", NOON)
    assert queries.recipients_with_phone(order.store, "13912345678").get() == stored
    assert queries.recipients_with_phone_tail(order.store, "5678").get() == stored
    assert queries.recipients_named(order.store, "李四").get() == stored
    assert not queries.recipients_with_phone(order.store, "13812341234").exists()
    order.refresh_from_db()
    assert order.version == 2


def test_the_event_is_masked_and_names_what_changed():
    order, person = make_known_order(), make_user("li")

    change(order, fields={"name": "李四", "mobile": "13912345678", **MOVED}, actor=person)

    event = OrderEvent.objects.get()
    assert (event.kind, event.actor) == ("recipient_changed", person)
    assert event.before == {"recipient": "张* 138****1234", "place": "广东 深圳市"}
    assert event.after == {
        "recipient": "李* 139****5678",
        "place": "浙江 杭州市 西湖区",
        "fields": ["city", "district", "mobile", "name", "province", "street"],
    }


def test_a_street_of_its_own_leaves_no_readable_trace():
    order = make_known_order()

    change(order, fields={"street": "文三路 8 号"})

    event = OrderEvent.objects.get()
    assert (event.before, event.after) == ({}, {"fields": ["street"]})


def test_reveal_shows_the_changed_values_and_the_platforms():
    order = make_order()
    make_recipient(order=order, phone="0755-26861111", modified_address="旧地址 1 号")

    change(order, fields={"name": "李四", "mobile": "13912345678", **MOVED})

    assert revealed(order) == {
        "name": "李四",
        "mobile": "13912345678",
        "street": "文三路 8 号",
        "modified_address": "浙江 杭州市 西湖区 文三路 8 号",
        "platform_name": "张三",
        "platform_mobile": "13812341234",
        "platform_phone": "0755-26861111",
        "platform_street": "科技园路 1 号",
        "platform_modified_address": "旧地址 1 号",
        "platform_place": "广东 深圳市",
    }


def test_what_was_not_changed_stays_the_platforms():
    order = make_known_order()

    change(order, fields={"mobile": "13912345678", "name": "", "street": " "})

    assert revealed(order) == {
        "name": "张三",
        "mobile": "13912345678",
        "street": "科技园路 1 号",
        "platform_mobile": "13812341234",
    }


def test_a_second_change_adds_to_the_first():
    order = make_known_order()
    change(order, fields={"name": "李四", "street": "文三路 8 号"})

    change(order, fields={"name": "王五"})

    assert {"name": "王五", "street": "文三路 8 号", "platform_name": "张三"}.items() <= revealed(order).items()
    assert OrderEvent.objects.order_by("pk").last().before == {"recipient": "李* 138****1234"}


def test_the_same_change_twice_is_one():
    order = make_known_order()

    for _ in range(2):
        change(order, fields={"name": "李四", **MOVED})

    order.refresh_from_db()
    assert (order.version, OrderEvent.objects.count()) == (2, 1)


def test_the_recipient_key_is_that_of_the_place_it_goes_to():
    order = make_known_order()
    there = make_order(store=order.store, province="浙江", city="杭州市", district="西湖区")
    make_recipient(order=there, street="文三路 8 号")
    before = Recipient.objects.get(order=order).recipient_key

    change(order, fields=MOVED)
    moved = Recipient.objects.get(order=order).recipient_key
    restore_recipient(**target(order))

    assert moved == Recipient.objects.get(order=there).recipient_key
    assert Recipient.objects.get(order=order).recipient_key == before != moved


def test_a_place_given_in_part_keeps_what_lies_above_it():
    order = make_order(district="南山区")
    make_recipient(order=order)

    change(order, fields={"district": "福田区"})
    first = OrderEvent.objects.order_by("pk").last().after["place"]
    change(order, fields={"city": "广州市", "street": "天河路 1 号"})

    assert first == "广东 深圳市 福田区"
    assert OrderEvent.objects.order_by("pk").last().after["place"] == "广东 广州市"


@pytest.mark.parametrize("fields", [{"province": "浙江"}, {"city": "广州市"}])
def test_another_city_needs_its_street(fields):
    order = make_known_order()

    with pytest.raises(OrderError, match="needs a new street") as refusal:
        change(order, fields=fields)

    assert refusal.value.code == "field"
    assert Recipient.objects.get().changed is None


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({}, "Give a new name"),
        ({"name": " ", "street": ""}, "Give a new name"),
        ({"alipay": "x"}, "Give a new name"),
        ({"name": "李*"}, "is masked"),
        ({"mobile": "139****5678"}, "is masked"),
        ({"mobile": "12345"}, "7 to 15 digits"),
        ({"mobile": "call me"}, "7 to 15 digits"),
        ({"name": "x" * 61}, "“Name” takes up to 60 characters"),
        ({"street": "x" * 201}, "“Street” takes up to 200 characters"),
    ],
)
def test_change_recipient_refuses_what_cannot_be(fields, sentence):
    order = make_known_order()

    with pytest.raises(OrderError, match=sentence) as refusal:
        change(order, fields=fields)

    assert refusal.value.code == "field"
    assert Recipient.objects.get().changed is None


def test_a_refusal_of_a_long_value_does_not_repeat_it():
    order = make_known_order()

    with pytest.raises(OrderError) as refusal:
        change(order, fields={"mobile": "13912345678" * 3})

    assert "13912345678" not in str(refusal.value)


@pytest.mark.parametrize("status", OrderStatus)
def test_change_recipient_as_long_as_something_is_to_ship(status):
    order = make_known_order(status=status)

    if status in (OrderStatus.PENDING_PAYMENT, OrderStatus.PENDING_SHIPMENT, OrderStatus.PARTIALLY_SHIPPED):
        change(order, fields={"name": "李四"})
        expected = "李*"
    else:
        with pytest.raises(OrderError, match="cannot change any more"):
            change(order, fields={"name": "李四"})
        expected = "张*"

    assert Recipient.objects.get().masked_name == expected


def test_a_problem_with_the_address_is_released():
    order = make_known_order()
    for kind in ("address_problem", "risk"):
        open_hold(**target(order, kind=kind, reason="no such street"))

    change(order, fields={"street": "文三路 8 号"})

    order.refresh_from_db()
    hold = Hold.objects.get(kind="address_problem")
    assert (order.hold_kinds, hold.released_at, hold.release_reason) == (["risk"], NOON, "recipient_changed")
    assert list(OrderEvent.objects.order_by("-pk").values_list("kind", "before"))[:1] == [
        ("hold_released", {"hold": "address_problem"})
    ]


def test_an_order_whose_recipient_no_file_named_takes_one():
    order = make_order()

    change(order, fields={"name": "李四", "mobile": "13912345678", "street": "文三路 8 号"})

    assert Recipient.objects.get().masked_name == "李*"
    assert revealed(order)["name"] == "李四"
    restore_recipient(**target(order))
    with pytest.raises(RevealError, match="No file so far named"):
        revealed(order)


def test_a_wiped_recipient_does_not_come_back():
    order = make_known_order()
    Recipient.objects.update(sealed=None, purged_at=NOON)

    with pytest.raises(OrderError, match="was wiped"):
        change(order, fields={"name": "李四"})

    assert Recipient.objects.get().changed is None


def test_what_cannot_be_opened_is_not_overwritten():
    with override_settings(PII_KEYS="old:b2xkLWtleS1vZi10aGlydHktdHdvLWJ5dGVzLTEyMzQ="):
        order = make_known_order()
    before = bytes(Recipient.objects.get().sealed)

    with pytest.raises(OrderError, match="its key is missing"):
        change(order, fields={"name": "李四"})

    assert bytes(Recipient.objects.get().sealed) == before


def test_restore_recipient_goes_back_to_the_platforms():
    order = make_known_order()
    change(order, fields={"name": "李四", **MOVED})

    restore_recipient(**target(order))

    stored = Recipient.objects.get()
    assert (stored.changed, stored.masked_name, stored.masked_phone) == (None, "张*", "138****1234")
    assert revealed(order) == {"name": "张三", "mobile": "13812341234", "street": "科技园路 1 号"}
    event = OrderEvent.objects.order_by("pk").last()
    assert (event.before, event.after["place"]) == (
        {"recipient": "李* 138****1234", "place": "浙江 杭州市 西湖区"},
        "广东 深圳市",
    )
    with pytest.raises(OrderError, match="is the platform's"):
        restore_recipient(**target(order))


def test_open_recipient_gives_exports_the_address_it_goes_to():
    order = make_known_order()
    change(order, fields=MOVED)
    stored = Recipient.objects.get()

    fields = open_recipient(order.store_id, order.number, stored.sealed, stored.changed)
    platform = open_recipient(order.store_id, order.number, stored.sealed)

    assert fields == {
        "name": "张三",
        "mobile": "13812341234",
        "street": "文三路 8 号",
        "modified_address": "浙江 杭州市 西湖区 文三路 8 号",
    }
    assert platform["street"] == "科技园路 1 号"


@pytest.mark.parametrize("act", [change_recipient, restore_recipient])
def test_recipients_of_another_store_and_stale_versions_are_out_of_reach(act):
    order = make_known_order()
    values = {"fields": {"name": "李四"}} if act is change_recipient else {}

    with pytest.raises(Order.DoesNotExist):
        act(**target(order, store=make_store(), **values))
    with pytest.raises(VersionConflict):
        act(**target(order, version=7, **values))

    assert not OrderEvent.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_changes_at_once_are_all_kept():
    order = make_known_order()
    parts = [{"name": "李四"}, {"mobile": "13912345678"}, {"street": "文三路 8 号"}, {"district": "南山区"}]

    results = in_parallel(*(lambda fields=fields: change(order, fields=fields) for fields in parts))

    assert all(isinstance(result, Recipient) for result in results)
    fields = revealed(order)
    assert (fields["name"], fields["mobile"], fields["modified_address"]) == (
        "李四",
        "13912345678",
        "广东 深圳市 南山区 文三路 8 号",
    )
    assert OrderEvent.objects.count() == 4


@pytest.mark.django_db(transaction=True)
def test_of_two_who_saw_the_same_version_one_changes_the_recipient():
    order = make_known_order()

    results = in_parallel(
        *(lambda name=name: change(order, fields={"name": name}, version=1) for name in ("李四", "王五"))
    )

    assert sum(isinstance(result, VersionConflict) for result in results) == 1
    assert OrderEvent.objects.count() == 1
