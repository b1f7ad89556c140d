import pytest

from backoffice.common.models import AuditEntry
from orders.fulfilment.models import CourierAccount, PoolNumber
from orders.fulfilment.services import assign_number, plan_waybill, ship_order
from orders.fulfilment.services.pools import (
    PoolAddition,
    PoolError,
    add_pool_numbers,
    pool_facts,
    save_courier_account,
    void_pool_numbers,
)
from tests.factories import NOON, make_order
from tests.parallel import in_parallel

pytestmark = pytest.mark.django_db


def add(store, numbers, courier="YTO"):
    return add_pool_numbers(store=store, courier=courier, numbers=numbers, actor=None, at=NOON)


def numbers():
    return list(PoolNumber.objects.order_by("pk").values_list("number", flat=True))


def test_lines_and_ranges_become_numbers(store):
    result = add(store, "YT0000000000001\nyt 0000000000005, YT0000000000008 ~ YT0000000000010")

    assert result == PoolAddition(5, 0, 0)
    assert numbers() == [f"YT{number:013}" for number in (1, 5, 8, 9, 10)]
    assert CourierAccount.objects.get().courier == "YTO"
    assert AuditEntry.objects.get().data == {"added": 5, "first": "YT0000000000001", "last": "YT0000000000010"}


def test_range_of_digits_alone_keeps_its_zeros(store):
    add(store, ["0098 ~ 0101"])

    assert numbers() == ["0098", "0099", "0100", "0101"]


def test_known_and_used_numbers_are_left_out(store):
    add(store, ["YT0000000000001"])
    ship_order(
        store=store, order_id=make_order(store=store).pk, courier="YTO", tracking_number="YT0000000000002", actor=None,
        at=NOON,
    )  # fmt: skip

    result = add(store, "YT0000000000001 ~ YT0000000000003")

    assert result == PoolAddition(1, 1, 1)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "Write the numbers, one on each line"),
        ("YT9 ~ YT1000", "“YT9 ~ YT1000” is no range of numbers|not made of"),
        ("YT0005 ~ YT0001", "“YT0005 ~ YT0001” is no range"),
        ("YT0001 ~ ZT0005", "“YT0001 ~ ZT0005” is no range"),
        ("YT000001 ~ YT999999", "Add at most 10000 numbers at once"),
        ("说明", "is not made of 4 to 60 letters"),
    ],
)
def test_what_is_no_number_is_quoted(store, text, sentence):
    with pytest.raises(PoolError, match=sentence) as refused:
        add(store, text)

    assert refused.value.code == "field"
    assert not PoolNumber.objects.exists()


def test_unknown_courier_is_refused(store):
    with pytest.raises(PoolError, match="Courier “Nobody” is not in the list"):
        add(store, "YT0001", courier="Nobody")


def test_facts_count_what_is_left(store):
    add(store, "YT0001 ~ YT0003")
    save_courier_account(store=store, courier="YTO", actor=None, at=NOON, warn_below=3, is_default=True)
    waybill = plan_waybill(store=store, order_ids=[make_order(store=store).pk], actor=None, at=NOON)
    assign_number(store=store, waybill_id=waybill.pk, actor=None, at=NOON)

    (facts,) = pool_facts(store)

    assert (facts.account.courier, facts.free, facts.used, facts.is_low) == ("YTO", 2, 1, True)


def test_another_usual_courier_takes_the_place_of_the_first(store):
    for courier in ("YTO", "SF"):
        save_courier_account(store=store, courier=courier, actor=None, at=NOON, is_default=True)

    assert CourierAccount.objects.get(is_default=True).courier == "SF"


def test_unknown_adapter_is_refused(store):
    with pytest.raises(PoolError, match="There is no way “fax” to get numbers"):
        save_courier_account(store=store, courier="YTO", actor=None, at=NOON, adapter="fax")


def test_free_numbers_are_taken_out_of_use(store):
    add(store, "YT0001 ~ YT0003")
    add(store, "SF0001", courier="SF")

    assert void_pool_numbers(store=store, courier="YTO", actor=None, at=NOON) == 3

    assert dict(PoolNumber.objects.values_list("number", "state"))["SF0001"] == "free"
    assert PoolNumber.objects.filter(state="void").count() == 3


@pytest.mark.django_db(transaction=True)
def test_one_list_added_by_several_people_is_added_once(store):
    results = in_parallel(*[lambda: add(store, "YT0001 ~ YT0050")] * 6)

    assert sorted(result.added for result in results) == [0, 0, 0, 0, 0, 50]
    assert PoolNumber.objects.count() == 50
