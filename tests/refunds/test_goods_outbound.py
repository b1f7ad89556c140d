from decimal import Decimal

import pytest

from aftersales.refunds import services
from aftersales.refunds.models import Refund, RefundMessage, ReturnParcel
from aftersales.refunds.services import RefundError
from aftersales.refunds.services.goods import outbound, receive_case, send_out
from aftersales.refunds.statuses import PLATFORM_DECIDES, Intervention
from backoffice.common.models import Alert
from orders.core.services import OrderError
from orders.core.statuses import OrderStatus
from orders.fulfilment.models import StockMovement
from orders.fulfilment.services import ShipError
from orders.fulfilment.services.stock import StockError
from tests.factories import NOON, make_order, make_store, make_user
from tests.fulfilment.stocking import make_order_of, make_sku, on_shelf, settle_all
from tests.fulfilment.tracking_rows import make_parcel
from tests.parallel import in_parallel
from tests.refunds.cases import make_case, record_of, target
from tests.refunds.goods import BACK, OUT, inspect, make_arrived, make_return, sent_back

pytestmark = pytest.mark.django_db


def ship_back(refund, **values):
    return send_out(**target(refund, **({"courier": "SF", "tracking_number": OUT} | values)))


def make_waiting(store, *codes, kind="exchange", **values):
    """Make a case whose parcel is to be sent."""
    return make_return(*(codes or ("A",)), store=store, kind=kind, status="awaiting_outbound", **values)


def test_goods_received_give_the_money_back():
    refund = make_arrived()

    refund = receive_case(**target(refund, actor=make_user("li"), text="已收到退货，退款已办理。"))

    refund.refresh_from_db()
    assert (refund.status, refund.refunded, refund.answered_at) == ("succeeded", Decimal(60), NOON)
    refund.order.refresh_from_db()
    assert (refund.order.refunded, refund.order.refund_status) == (Decimal(60), "succeeded")
    message = RefundMessage.objects.get()
    assert (message.role, message.act, message.text) == ("shop", "receive", "已收到退货，退款已办理。")


def test_a_part_is_given_back_for_goods_that_are_worn():
    refund = make_arrived()
    inspect(refund, ("disputed", 1, None, "有污渍"))

    refund = receive_case(**target(refund, amount=Decimal("45.50")))

    assert (refund.status, refund.refunded) == ("succeeded", Decimal("45.50"))


def test_what_was_agreed_before_is_given_when_no_amount_is_said():
    refund = make_return(amount=Decimal(60), refunded=Decimal(40))
    refund = sent_back(refund)

    refund = receive_case(**target(refund))

    assert refund.refunded == Decimal(40)


def test_above_the_limit_a_second_person_lets_the_money_go():
    order = make_order(status=OrderStatus.SHIPPED, paid=Decimal(1000))
    refund = sent_back(make_return("A", order=order, amount=Decimal(600)))
    first, second = make_user("li"), make_user("wang")

    refund = receive_case(**target(refund, actor=first, text="已验货"))

    assert (refund.status, refund.proposed, refund.proposed_by) == ("awaiting_receipt", Decimal(600), first)
    assert Alert.objects.filter(kind="approval").exists()
    assert RefundMessage.objects.get().role == "system"
    with pytest.raises(RefundError, match="a second person must approve"):
        services.approve_case(**target(refund, actor=first))
    refund = services.approve_case(**target(refund, actor=second))
    assert (refund.status, refund.refunded, refund.approved_by) == ("succeeded", Decimal(600), second)


@pytest.mark.parametrize("amount", [Decimal(0), Decimal(-1), Decimal("60.01"), Decimal("0.001")])
def test_amounts_beyond_what_was_asked_for_are_refused(amount):
    refund = make_arrived()
    before = record_of(refund)

    with pytest.raises(RefundError) as refusal:
        receive_case(**target(refund, amount=amount))

    assert (refusal.value.code, record_of(refund)) == ("field", before)


@pytest.mark.parametrize("kind", ["exchange", "repair"])
def test_received_goods_of_an_exchange_or_a_repair_make_it_the_shops_turn_to_send(kind):
    refund = make_arrived(kind=kind)

    refund = receive_case(**target(refund))

    assert (refund.status, refund.refunded) == ("awaiting_outbound", Decimal(0))


@pytest.mark.parametrize("intervention", sorted(PLATFORM_DECIDES))
def test_while_the_platform_decides_no_money_goes(intervention):
    refund = make_arrived(intervention=Intervention(intervention))

    with pytest.raises(RefundError, match="The platform decides"):
        receive_case(**target(refund))


def test_a_card_number_does_not_go_to_a_buyer():
    refund = make_arrived()

    with pytest.raises(OrderError):
        receive_case(**target(refund, text="请打到 4111 1111 1111 1111"))

    refund.refresh_from_db()
    assert refund.status == "awaiting_receipt"


def test_the_parcel_of_an_exchange_takes_its_pieces_off_the_shelf():
    store, keeper = make_store(), make_user("zhao")
    sku = make_sku(store=store, code="A", on_hand=5)
    refund = make_waiting(store, quantity=2)

    refund = ship_back(refund, actor=keeper)

    assert (refund.status, on_shelf(sku)) == ("awaiting_buyer", (3, 0))
    parcel = ReturnParcel.objects.get()
    assert (parcel.direction, parcel.courier, parcel.tracking_number, parcel.quantity) == ("out", "SF", OUT, 2)
    assert (parcel.sku, parcel.recorded_by, parcel.sent_at) == (sku, keeper, NOON)
    move = StockMovement.objects.get(pk=parcel.movement_id)
    assert (move.kind, move.on_hand_change, move.order, move.reason) == ("ship", -2, refund.order, refund.number)


def test_another_spec_is_sent_when_it_was_agreed():
    store = make_store()
    first, second = (make_sku(store=store, code=code, on_hand=5) for code in "AB")

    ship_back(make_waiting(store), sku_id=second.pk)

    assert (on_shelf(first), on_shelf(second)) == ((5, 0), (4, 0))


def test_a_repaired_piece_is_the_buyers_own_and_a_new_part_is_not():
    store = make_store()
    sku = make_sku(store=store, code="A", on_hand=5)

    ship_back(make_waiting(store, kind="repair"))
    assert on_shelf(sku) == (5, 0)

    ship_back(make_waiting(store, kind="repair"), tracking_number=BACK, sku_id=sku.pk)
    assert on_shelf(sku) == (4, 0)


def test_goods_that_were_never_counted_go_out_without_stock():
    store = make_store()
    make_sku(store=store, code="A")

    refund = ship_back(make_waiting(store))

    assert (refund.status, StockMovement.objects.count()) == ("awaiting_buyer", 0)


def test_what_was_left_out_is_sent_again():
    store = make_store()
    sku = make_sku(store=store, code="A", on_hand=5)
    refund = make_waiting(store, kind="reship", quantity=2)

    ship_back(refund, quantity=1)

    assert on_shelf(sku) == (4, 0)


def test_pieces_that_others_were_promised_are_not_sent():
    store = make_store()
    sku = make_sku(store=store, code="A", on_hand=1)
    refund = make_waiting(store)
    make_order_of(store, "A")
    settle_all(store)
    before = record_of(refund)

    with pytest.raises(StockError, match="A: 0 pieces are free, 1 are to be sent") as refusal:
        ship_back(refund)

    assert (refusal.value.code, on_shelf(sku)) == ("hold", (1, 1))
    assert (record_of(refund), ReturnParcel.objects.count()) == (before, 0)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"quantity": 0}, "send 1 to 2"),
        ({"quantity": 3}, "send 1 to 2"),
        ({"quantity": -1}, "send 1 to 2"),
        ({"courier": "", "tracking_number": "123456"}, "Which courier has 123456"),
        ({"courier": "喜鹊"}, "not in the list of couriers"),
        ({"tracking_number": ""}, "number is empty"),
        ({"sku_id": 2**40}, "no such product"),
    ],
)
def test_garbage_is_refused(values, words):
    refund = make_waiting(make_store(), quantity=2)
    before = record_of(refund)

    with pytest.raises(OrderError, match=words) as refusal:
        ship_back(refund, **values)

    assert (refusal.value.code, record_of(refund)) == ("field", before)
    assert ReturnParcel.objects.count() == 0


def test_a_sku_of_another_store_is_not_sent():
    other = make_sku(store=make_store(), code="A", on_hand=5)

    with pytest.raises(StockError, match="no such product"):
        ship_back(make_waiting(make_store()), sku_id=other.pk)

    assert on_shelf(other) == (5, 0)


def test_a_number_of_an_orders_parcel_or_of_another_case_is_refused():
    store = make_store()
    order = make_parcel(store=store, number=OUT).order
    back = make_arrived(store=store)

    with pytest.raises(ShipError, match=f"{OUT} already belongs to order {order.number}"):
        ship_back(make_waiting(store))
    with pytest.raises(RefundError, match=f"{BACK} already belongs to case {back.number}"):
        ship_back(make_waiting(store), tracking_number=BACK)


@pytest.mark.parametrize("status", ["requested", "awaiting_return", "awaiting_receipt", "awaiting_buyer", "closed"])
def test_nothing_is_sent_where_nothing_is_due(status):
    refund = make_return(kind="exchange", status=status)

    with pytest.raises(RefundError, match="is not possible now"):
        ship_back(refund)


def test_a_case_of_another_store_is_not_there():
    refund = make_waiting(make_store())

    with pytest.raises(Refund.DoesNotExist):
        ship_back(refund, store=make_store())
    with pytest.raises(Refund.DoesNotExist):
        receive_case(**target(refund, store=make_store()))


def test_a_parcel_that_fails_half_way_leaves_nothing(monkeypatch):
    store = make_store()
    sku = make_sku(store=store, code="A", on_hand=5)
    refund = make_waiting(store)
    before = record_of(refund)

    def fail(*_args, **_values):
        raise ConnectionError("the process was killed")

    monkeypatch.setattr(outbound, "go", fail)
    with pytest.raises(ConnectionError):
        ship_back(refund)

    assert (on_shelf(sku), record_of(refund), ReturnParcel.objects.count()) == ((5, 0), before, 0)


def test_an_exchange_goes_all_the_way():
    store = make_store()
    sku = make_sku(store=store, code="A", on_hand=5)
    refund = make_case(order=make_order_of(store, "A", status=OrderStatus.SHIPPED), kind="exchange", status="requested")

    services.agree_case(**target(refund))
    sent_back(refund)
    inspect(refund, ("restock", 1, sku.pk))
    receive_case(**target(refund))
    ship_back(refund, sku_id=sku.pk)
    refund = services.confirm_case(**target(refund))

    assert (refund.status, refund.refunded, on_shelf(sku)) == ("succeeded", Decimal(0), (5, 0))


@pytest.mark.django_db(transaction=True)
def test_two_people_who_send_at_once_send_one_parcel():
    store = make_store()
    sku = make_sku(store=store, code="A", on_hand=5)
    refund = make_waiting(store)
    numbers = [f"SF19999999999{n:02}" for n in range(4)]

    results = in_parallel(*(lambda number=number: ship_back(refund, tracking_number=number) for number in numbers))

    refusals = [one for one in results if isinstance(one, Exception)]
    assert (len(refusals), {type(one) for one in refusals}) == (3, {RefundError})
    assert (ReturnParcel.objects.count(), on_shelf(sku)) == (1, (4, 0))


@pytest.mark.django_db(transaction=True)
def test_the_last_piece_goes_to_one_of_two_cases():
    store = make_store()
    sku = make_sku(store=store, code="A", on_hand=1)
    cases = [make_waiting(store) for _ in range(4)]

    results = in_parallel(
        *(lambda n=n, one=one: ship_back(one, tracking_number=f"SF19999999999{n:02}") for n, one in enumerate(cases))
    )

    assert {type(one) for one in results if isinstance(one, Exception)} == {StockError}
    assert (ReturnParcel.objects.count(), on_shelf(sku)) == (1, (0, 0))
