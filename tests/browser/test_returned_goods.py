"""A worker inspects one return after the other by scanner and keys; a scan at the wrong moment loses nothing."""

from typing import Any

import pytest

from aftersales.refunds.models import Inspection, Refund
from backoffice.common.access import Role
from tests.browser.person import Person
from tests.factories import make_user
from tests.fulfilment.stocking import make_sku, on_shelf
from tests.refunds.goods import make_arrived

NUMBERS = ("SF1234567890111", "SF1234567890222", "SF1234567890333")
LIST = "/aftersales/returns/"


@pytest.fixture
def sku(shop: None, store: Any) -> Any:
    return make_sku(store=store, code="TEE", on_hand=5)


@pytest.fixture
def cases(store: Any, sku: Any) -> list[Refund]:
    return [make_arrived("TEE", store=store, quantity=2, back=number) for number in NUMBERS]


@pytest.fixture
def worker(browse: Any, store: Any, cases: Any) -> Person:
    person: Person = browse(make_user("li", store=store, roles=(Role.WAREHOUSE,)))
    person.open(LIST)
    return person


def beep(worker: Person, number: str) -> None:
    """Scan: the signs come at once, then Enter."""
    worker.page.keyboard.type(number)
    worker.page.keyboard.press("Enter")


def chosen(worker: Person) -> list[str]:
    return worker.values("[data-inspect] :checked", "value")


def say(worker: Person, *digits: str) -> None:
    for digit in digits:
        worker.page.keyboard.press(digit)
        worker.page.wait_for_timeout(150)


def test_returns_are_inspected_by_scanner_and_keys(worker, cases, sku):
    for number, case in zip(NUMBERS, cases, strict=True):
        with worker.page.expect_navigation(wait_until="load"):
            beep(worker, number)
        assert worker.page.get_attribute("#return", "data-refund") == case.number
        say(worker, "1", "2")
        assert chosen(worker) == ["restock", "scrap"]
        worker.travel("Control+Enter")

    assert Inspection.objects.count() == 6
    assert on_shelf(sku) == (8, 0)
    assert worker.page.url.endswith(LIST)


def test_a_dispute_asks_for_words_and_enter_saves_nothing(worker, cases):
    with worker.page.expect_navigation(wait_until="load"):
        beep(worker, NUMBERS[0])
    say(worker, "4")
    worker.write("吊牌已剪")
    worker.press("Enter")

    assert Inspection.objects.count() == 0
    assert worker.page.input_value("[name=note-0]") == "吊牌已剪"
    worker.page.locator("[name=outcome-1]").first.focus()
    say(worker, "1")
    worker.travel("Control+Enter")

    assert sorted(Inspection.objects.values_list("outcome", "note")) == [("disputed", "吊牌已剪"), ("restock", "")]


def test_a_scan_amid_an_unsaved_parcel_changes_nothing_and_says_so(worker, cases):
    with worker.page.expect_navigation(wait_until="load"):
        beep(worker, NUMBERS[0])
    say(worker, "2")

    beep(worker, "4311222233334")
    worker.page.wait_for_timeout(300)

    assert chosen(worker) == ["scrap"]
    assert worker.texts("[data-return-missed]") == ["Save this parcel first, then scan again: 4311222233334"]
    assert Inspection.objects.count() == 0


def test_a_scan_at_a_parcel_of_which_nothing_was_said_goes_to_the_next(worker, cases):
    with worker.page.expect_navigation(wait_until="load"):
        beep(worker, NUMBERS[0])

    with worker.page.expect_navigation(wait_until="load"):
        beep(worker, NUMBERS[1])

    assert worker.page.get_attribute("#return", "data-refund") == cases[1].number


def test_several_cases_of_a_number_and_an_unknown_one(worker, cases):
    with worker.page.expect_navigation(wait_until="load"):
        beep(worker, "SF9999999999999")

    assert worker.page.get_attribute("[data-kept]", "data-kept") == "SF9999999999999"
    assert worker.page.evaluate("() => document.activeElement.id") == "return-number"
