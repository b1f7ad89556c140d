from datetime import date, timedelta

import pytest

from backoffice.common.models import Attachment
from backoffice.common.sealing import unseal
from orders.core.models import Extension, Order, OrderEvent
from orders.core.services import OrderError, VersionConflict, extend_promise, withdraw_extension
from orders.core.statuses import OPEN_STATUSES, OrderStatus
from orders.core.texts import extension_context
from tests.factories import NOON, make_order, make_store, make_user
from tests.parallel import in_parallel

pytestmark = pytest.mark.django_db
PAID = NOON - timedelta(hours=1)
PROMISED = PAID + timedelta(hours=48)
LATER = NOON + timedelta(days=5)


def extend(order, **values):
    defaults = {"store": order.store, "order_id": order.pk, "actor": None, "at": NOON, "until": LATER}
    return extend_promise(**(defaults | {"agreement": "可以等到周六", "image": None} | values))


def withdraw(order, **values):
    defaults = {"store": order.store, "order_id": order.pk, "actor": None, "at": NOON, "reason": "recorded by mistake"}
    return withdraw_extension(**(defaults | values))


def make_image(store, **values):
    defaults = {"kind": "image", "media_type": "image/png", "name": "chat.png", "stored": "x", "size": 1, "sha256": "0"}
    return Attachment.objects.create(store=store, added_at=NOON, **(defaults | values))


def test_extension_moves_the_promise_and_keeps_the_agreement():
    order, person = make_order(), make_user("li")

    extension = extend(order, actor=person)

    order.refresh_from_db()
    event = OrderEvent.objects.get()
    assert (order.ship_by, order.ship_by_rule, order.extended_until, order.version) == (LATER, "extension", LATER, 2)
    assert (extension.previous_ship_by, extension.agreement, extension.sealed) == (PROMISED, "可以等到周六", None)
    assert (extension.recorded_by, extension.recorded_at) == (person, NOON)
    assert (event.kind, event.actor, event.order_version) == ("extended", person, 2)
    assert event.before == {"ship_by": PROMISED.isoformat(), "ship_by_rule": "promise", "extended_until": None}
    assert event.after == {
        "ship_by": LATER.isoformat(),
        "ship_by_rule": "extension",
        "extended_until": LATER.isoformat(),
        "agreement": "可以等到周六",
        "image": None,
    }


def test_a_number_in_the_agreement_is_masked_and_sealed():
    order = make_order()

    extension = extend(order, agreement="可以等, 到了打 13812341234")

    clear = unseal(bytes(extension.sealed), context=extension_context(order.store_id, order.number)).decode()
    assert "13812341234" not in extension.agreement + str(OrderEvent.objects.get().after)
    assert clear == "可以等, 到了打 13812341234"


def test_a_picture_alone_is_an_agreement():
    order = make_order()
    image = make_image(order.store)

    extension = extend(order, agreement=" ", image=image)

    assert (extension.image, extension.agreement, OrderEvent.objects.get().after["image"]) == (image, "", image.pk)


@pytest.mark.parametrize("agreement", ["", "   ", "好"])
def test_without_an_agreement_there_is_no_extension(agreement):
    order = make_order()

    with pytest.raises(OrderError, match="needs the buyer's agreement") as refusal:
        extend(order, agreement=agreement)

    assert (refusal.value.code, Extension.objects.count(), Order.objects.get().version) == ("field", 0, 1)


def test_an_endless_agreement_is_refused():
    with pytest.raises(OrderError, match="up to 1000 characters"):
        extend(make_order(), agreement="好" * 1001)

    assert not Extension.objects.exists()


@pytest.mark.parametrize("values", [{"kind": "voice"}, {"stored": ""}])
def test_only_a_picture_that_is_there_stands_for_an_agreement(values):
    order = make_order()

    with pytest.raises(OrderError, match="add a picture"):
        extend(order, image=make_image(order.store, **values))

    assert not Extension.objects.exists()


def test_a_picture_of_another_store_is_refused():
    with pytest.raises(OrderError, match="add a picture"):
        extend(make_order(), image=make_image(make_store()))

    assert not Extension.objects.exists()


@pytest.mark.parametrize(
    ("at", "until", "sentence"),
    [
        (NOON, PROMISED, "ends later than that"),
        (NOON, NOON - timedelta(days=1), "ends later than that"),
        (PROMISED + timedelta(days=1), PROMISED + timedelta(hours=1), "later than now"),
        (NOON, NOON + timedelta(days=60, seconds=1), "at most 60 days"),
    ],
)
def test_an_extension_ends_later_than_the_promise_and_now_and_within_sixty_days(at, until, sentence):
    order = make_order()

    with pytest.raises(OrderError, match=sentence) as refusal:
        extend(order, at=at, until=until)

    assert (refusal.value.code, Extension.objects.count()) == ("field", 0)


@pytest.mark.parametrize("status", OrderStatus)
def test_only_orders_that_await_shipment_are_extended(status):
    order = make_order(status=status)

    if status in OPEN_STATUSES:
        extend(order)
    else:
        with pytest.raises(OrderError, match="awaits shipment"):
            extend(order)

    assert Extension.objects.exists() == (status in OPEN_STATUSES)


def test_an_order_without_a_promise_has_nothing_to_extend():
    order = make_order(ship_by=None)

    with pytest.raises(OrderError, match="no ship-by time"):
        extend(order)

    assert not Extension.objects.exists()


def test_an_extension_outlasts_an_appointed_day():
    order = make_order(appointed_date=date(2026, 6, 4), ship_by=NOON + timedelta(days=3), ship_by_rule="appointed")

    extend(order)

    order.refresh_from_db()
    assert (order.ship_by, order.ship_by_rule) == (LATER, "extension")


def test_withdrawing_goes_back_step_by_step():
    order = make_order()
    extend(order)
    extend(order, until=LATER + timedelta(days=1))

    first = withdraw(order)
    after_first = (first.ship_by, first.ship_by_rule, first.extended_until)
    second = withdraw(order, reason="the buyer changed her mind")

    assert after_first == (LATER, "extension", LATER)
    assert (second.ship_by, second.ship_by_rule, second.extended_until) == (PROMISED, "promise", None)
    assert not Extension.objects.filter(withdrawn_at=None).exists()
    event = OrderEvent.objects.latest("pk")
    assert (event.kind, event.after["reason"]) == ("extension_withdrawn", "the buyer changed her mind")
    assert (event.before["ship_by"], event.after["ship_by"]) == (LATER.isoformat(), PROMISED.isoformat())


def test_withdrawing_what_does_not_stand_is_refused():
    order = make_order()
    extend(order)
    withdraw(order)

    with pytest.raises(OrderError, match="no extension to withdraw"):
        withdraw(order)

    assert Order.objects.get().version == 3


def test_withdrawing_asks_for_a_reason_and_an_open_order():
    order = make_order()
    extend(order)

    with pytest.raises(OrderError, match="Give a reason"):
        withdraw(order, reason=" ")
    Order.objects.update(status=OrderStatus.SHIPPED)
    with pytest.raises(OrderError, match="awaits shipment"):
        withdraw(order)

    assert Extension.objects.get().withdrawn_at is None


def test_an_extension_that_came_without_a_row_can_be_withdrawn():
    order = make_order(extended_until=LATER, ship_by=LATER, ship_by_rule="extension")

    withdraw(order)

    order.refresh_from_db()
    assert (order.ship_by, order.ship_by_rule) == (PROMISED, "promise")


@pytest.mark.parametrize("act", [extend, withdraw])
def test_another_store_and_a_stale_version_reach_nothing(act):
    order = make_order(extended_until=None)

    with pytest.raises(Order.DoesNotExist):
        act(order, store=make_store())
    with pytest.raises(VersionConflict):
        act(order, version=7)

    assert (Extension.objects.count(), OrderEvent.objects.count()) == (0, 0)


@pytest.mark.django_db(transaction=True)
def test_of_two_people_who_extend_at_once_one_is_told():
    order, people = make_order(), [make_user("li"), make_user("wang")]

    results = in_parallel(*(lambda person=person: extend(order, actor=person, version=1) for person in people))

    assert sorted(type(result) for result in results if isinstance(result, Exception)) == [VersionConflict]
    assert (Extension.objects.count(), OrderEvent.objects.count(), Order.objects.get().version) == (1, 1, 2)


@pytest.mark.django_db(transaction=True)
def test_of_ten_same_extensions_without_a_version_one_stands():
    order = make_order()

    results = in_parallel(*(lambda: extend(order) for _ in range(10)))

    assert sum(isinstance(result, Extension) for result in results) == 1
    assert sum(isinstance(result, OrderError) for result in results) == 9
    assert Extension.objects.get().previous_ship_by == PROMISED
