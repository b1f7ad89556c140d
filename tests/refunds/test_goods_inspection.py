from datetime import timedelta

import pytest
from django.utils import timezone

from aftersales.refunds.models import Inspection, InspectionFile, Refund
from aftersales.refunds.services import CaseConflict, RefundError
from aftersales.refunds.services.goods import inspection
from backoffice.common.models import Attachment
from orders.core.models import OrderEvent
from orders.core.services import OrderError
from orders.fulfilment.models import FulfilmentDue, StockMovement
from orders.fulfilment.services.stock import StockError
from tests.factories import NOON, make_store, make_user
from tests.fulfilment.stocking import make_order_of, make_sku, on_shelf, settle_all
from tests.parallel import in_parallel
from tests.refunds.cases import make_picture, record_of, target
from tests.refunds.goods import inspect, make_arrived, make_return, sent_back

pytestmark = pytest.mark.django_db


def moves_of(refund):
    rows = StockMovement.objects.filter(order=refund.order_id).order_by("pk")
    return [(row.kind, row.on_hand_change) for row in rows]


def test_goods_as_new_go_back_to_the_shelf_once():
    store, keeper = make_store(), make_user("zhao")
    sku = make_sku(store=store, code="A", on_hand=5)
    refund = make_arrived("A", store=store, quantity=2)

    refund = inspect(refund, ("restock", 2), actor=keeper)

    assert on_shelf(sku) == (7, 0)
    refund.refresh_from_db()
    assert (refund.inspected_at, refund.return_signed_at, refund.status) == (NOON, NOON, "awaiting_receipt")
    row = Inspection.objects.get()
    move = StockMovement.objects.get(pk=row.movement_id)
    assert (row.outcome, row.quantity, row.sku, row.inspected_by) == ("restock", 2, sku, keeper)
    assert (move.kind, move.order, move.line, move.reason) == ("return", refund.order, refund.line, refund.number)
    event = OrderEvent.objects.get(kind="return_inspected")
    assert (event.actor, event.after["pieces"], event.after["refund"]) == (keeper, {"restock": 2}, refund.number)


def test_what_is_not_for_sale_comes_back_and_is_written_off():
    store = make_store()
    sku = make_sku(store=store, code="A", on_hand=5)
    refund = make_arrived("A", store=store, quantity=3)

    inspect(refund, ("restock", 2), ("scrap", 1, None, "沾了口红"))

    assert on_shelf(sku) == (7, 0)
    assert moves_of(refund) == [("return", 2), ("return", 1), ("scrap", -1)]
    kinds = {row.outcome: row.movement.kind for row in Inspection.objects.select_related("movement")}
    assert kinds == {"restock": "return", "scrap": "scrap"}


def test_what_was_found_stands_in_the_negotiation():
    store, keeper = make_store(), make_user("zhao")
    refund = make_arrived("A", store=store, quantity=4)

    inspect(refund, ("restock", 3), ("disputed", 1, None, "吊牌已剪"), actor=keeper)

    message = refund.messages.get()
    assert (message.role, message.author, message.at) == ("system", keeper, NOON)
    assert message.text == ("The goods were inspected. 3 pieces: As new: back to stock; 1 piece: Not as it should be.")


@pytest.mark.parametrize("outcome", ["repair", "disputed"])
def test_goods_that_stay_the_buyers_move_no_stock(outcome):
    store = make_store()
    sku = make_sku(store=store, code="A", on_hand=5)
    refund = make_arrived("A", store=store)

    inspect(refund, (outcome, 1, None, "吊牌已剪"))

    assert on_shelf(sku) == (5, 0)
    assert Inspection.objects.get().movement_id is None


def test_goods_that_were_never_counted_move_no_stock():
    store = make_store()
    sku = make_sku(store=store, code="A")
    refund = make_arrived("A", store=store)

    inspect(refund)

    assert Inspection.objects.values_list("sku", "movement").get() == (sku.pk, None)
    assert StockMovement.objects.count() == 0


def test_goods_of_no_product_of_the_shop_are_inspected_all_the_same():
    refund = make_arrived("A")

    inspect(refund)

    assert Inspection.objects.values_list("sku", "movement").get() == (None, None)


def test_another_product_than_was_ordered_goes_to_its_own_shelf():
    store = make_store()
    ordered, wrong = make_sku(store=store, code="A", on_hand=5), make_sku(store=store, code="B", on_hand=1)
    refund = make_arrived("A", store=store)

    inspect(refund, ("restock", 1, wrong.pk))

    assert (on_shelf(ordered), on_shelf(wrong)) == ((5, 0), (2, 0))


def test_a_whole_order_comes_back_by_its_skus():
    store = make_store()
    first, second = make_sku(store=store, code="A", on_hand=1), make_sku(store=store, code="B", on_hand=1)
    refund = make_arrived("A", "B", store=store)

    inspect(refund, ("restock", 1, second.pk), ("scrap", 1, first.pk))

    assert (on_shelf(first), on_shelf(second)) == ((1, 0), (2, 0))


def test_an_order_that_lacked_the_goods_is_looked_at_again():
    store = make_store()
    sku = make_sku(store=store, code="A", on_hand=0)
    lacking = make_order_of(store, "A")
    settle_all(store)
    refund = make_arrived("A", store=store)
    FulfilmentDue.objects.all().delete()

    inspect(refund)

    assert list(FulfilmentDue.objects.filter(order=lacking)) != []
    settle_all(store, NOON + timedelta(minutes=1))
    assert on_shelf(sku) == (1, 1)


def test_pictures_are_kept_with_the_gravest_finding():
    refund = make_arrived(quantity=2)
    picture = make_picture(refund.store)

    inspect(refund, ("restock", 1), ("disputed", 1, None, "少了一件"), attachments=[picture])

    assert InspectionFile.objects.values_list("inspection__outcome", "attachment").get() == ("disputed", picture.pk)


def test_numbers_of_phones_are_masked_in_notes():
    refund = make_arrived()

    inspect(refund, ("disputed", 1, None, "盒里有纸条 13812345678"))

    assert Inspection.objects.get().note == "盒里有纸条 138****5678"


def test_the_second_person_is_told_who_inspected():
    refund, keeper = make_arrived(), make_user("zhao")
    inspect(refund, actor=keeper)
    before = record_of(refund)

    with pytest.raises(RefundError) as refusal:
        inspect(refund, actor=make_user("wang"), version=1, at=NOON + timedelta(hours=1))

    assert str(refusal.value) == f"zhao inspected the goods of case {refund.number} at 06-01 12:00 already."
    assert record_of(refund) == before
    assert Inspection.objects.count() == 1


def test_a_case_that_changed_otherwise_is_a_conflict():
    refund = make_arrived()

    with pytest.raises(CaseConflict):
        inspect(refund, version=1)

    assert Inspection.objects.count() == 0


def test_goods_of_a_second_return_are_inspected_again():
    refund = make_arrived()
    inspect(refund)
    Refund.objects.filter(pk=refund.pk).update(status="awaiting_return")

    refund = sent_back(refund, "SF1234567890199")
    assert (refund.inspected_at, refund.return_signed_at) == (None, None)
    inspect(refund, ("disputed", 1, None, "空盒"))

    assert Inspection.objects.count() == 2


@pytest.mark.parametrize(
    ("items", "words"),
    [
        ([], "say of each what you found"),
        ([("restock", 0)], "say of each what you found"),
        ([("restock", -1), ("scrap", 2)], "say of each what you found"),
        ([("restock", 3)], "up to 2 pieces"),
        ([("lost", 1)], "There is no outcome “lost”."),
        ([("disputed", 1)], "Say what is not as it should be"),
        ([("disputed", 1, None, " x ")], "Say what is not as it should be"),
        ([("restock", 1, None, "好" * 301)], "up to 300 characters"),
        ([("scrap", 1, None, "卡号 4111 1111 1111 1111")], "looks like a bank card number"),
    ],
)
def test_garbage_is_refused(items, words):
    refund = make_arrived("A", quantity=2)
    before = record_of(refund)

    with pytest.raises(OrderError, match=words) as refusal:
        inspection.inspect_return(**target(refund, items=items))

    assert refusal.value.code == "field"
    assert record_of(refund) == before
    assert Inspection.objects.count() == 0


def test_a_sku_of_another_store_is_refused_and_nothing_is_kept():
    store = make_store()
    own, other = make_sku(store=store, code="A", on_hand=1), make_sku(store=make_store(), code="A", on_hand=1)
    refund = make_arrived("A", store=store, quantity=2)

    with pytest.raises(StockError, match="no such product"):
        inspect(refund, ("restock", 1), ("restock", 1, other.pk))

    assert (on_shelf(own), on_shelf(other)) == ((1, 0), (1, 0))
    assert Inspection.objects.count() == 0


@pytest.mark.parametrize("values", [{"kind": "voice"}, {"store": "other"}])
def test_files_that_are_no_pictures_of_the_store_are_refused(values):
    refund = make_arrived()
    store = make_store() if values.pop("store", "") else refund.store
    file = make_picture(store, **values)

    with pytest.raises(RefundError, match="is not a picture of this shop"):
        inspect(refund, attachments=[file])

    assert Attachment.objects.count() == 1


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        *(("return_refund", state) for state in ("requested", "awaiting_return", "refused", "closed")),
        ("refund_only", "succeeded"),
        ("reship", "awaiting_outbound"),
    ],
)
def test_no_goods_are_inspected_where_none_are_expected(kind, status):
    refund = make_return(status=status, kind=kind)

    with pytest.raises(RefundError, match="no goods are expected here now"):
        inspect(refund)


@pytest.mark.parametrize(
    ("kind", "status"),
    [("return_refund", "succeeded"), ("exchange", "awaiting_outbound"), ("exchange", "awaiting_buyer")],
)
def test_goods_that_silence_or_the_platform_took_as_received_still_go_to_the_shelf(kind, status):
    store = make_store()
    sku = make_sku(store=store, code="A", on_hand=5)
    refund = make_return("A", store=store, status=status, kind=kind)

    refund = inspect(refund)

    assert (refund.status, refund.inspected_at, on_shelf(sku)) == (status, NOON, (6, 0))


def test_a_case_of_another_store_is_not_there():
    refund = make_arrived()

    with pytest.raises(Refund.DoesNotExist):
        inspect(refund, store=make_store())


def test_an_inspection_that_fails_half_way_leaves_nothing(monkeypatch):
    store = make_store()
    sku = make_sku(store=store, code="A", on_hand=5)
    refund = make_arrived("A", store=store)
    before = record_of(refund)

    def fail(*_args, **_values):
        raise ConnectionError("the process was killed")

    monkeypatch.setattr(inspection, "record_event", fail)
    with pytest.raises(ConnectionError):
        inspect(refund)

    assert (on_shelf(sku), record_of(refund), Inspection.objects.count()) == ((5, 0), before, 0)


@pytest.mark.django_db(transaction=True)
def test_two_people_at_one_parcel_put_it_on_the_shelf_once():
    store = make_store()
    sku = make_sku(store=store, code="A", on_hand=5)
    refund = make_arrived("A", store=store)
    people = [make_user(name) for name in ("zhao", "wang", "sun", "qian")]

    results = in_parallel(*(lambda who=who: inspect(refund, actor=who) for who in people))

    refusals = [str(one) for one in results if isinstance(one, Exception)]
    winner = Inspection.objects.get().inspected_by
    told = f"{winner} inspected the goods of case {refund.number} at {timezone.localtime(NOON):%m-%d %H:%M} already."
    assert refusals == [told] * 3
    assert on_shelf(sku) == (6, 0)


@pytest.mark.django_db(transaction=True)
def test_parcels_of_the_same_skus_in_any_order_do_not_wait_for_each_other_for_ever():
    store = make_store()
    skus = [make_sku(store=store, code=code, on_hand=5) for code in "AB"]
    cases = [make_arrived("A", "B", store=store, back=f"SF12345678901{n:02}") for n in range(4)]

    def work(refund, order):
        return lambda: inspect(refund, *(("restock", 1, skus[place].pk) for place in order))

    results = in_parallel(*(work(one, (0, 1) if n % 2 else (1, 0)) for n, one in enumerate(cases)))

    assert [one for one in results if isinstance(one, Exception)] == []
    assert [on_shelf(sku) for sku in skus] == [(9, 0), (9, 0)]
