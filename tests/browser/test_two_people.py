"""Two people and three tabs on the same hundred orders: none is done twice, and nothing that somebody did is lost."""

from datetime import timedelta
from typing import Any

import pytest
from django.db.models import Count

from backoffice.common.access import Role
from backoffice.common.models import Job, JobRow
from orders.core.models import Hold, Order, OrderEvent, Remark
from orders.core.statuses import Acceptance, EventSource
from orders.fulfilment.models import Shipment
from tests.browser.person import Person
from tests.factories import NOON, make_order, make_user

NUMBER = "660000000{:03}"


@pytest.fixture
def hundred(shop: None, store: Any) -> list[Order]:
    return [
        make_order(
            store=store,
            number=NUMBER.format(at),
            acceptance=Acceptance.UNREVIEWED,
            placed_at=NOON - timedelta(hours=30) + timedelta(minutes=at),
        )
        for at in range(100)
    ]


@pytest.fixture
def people(browse: Any, hundred: Any, store: Any) -> tuple[Person, Person, Person]:
    """Li with two tabs, and Wang."""
    li = browse(make_user("li", store=store, roles=(Role.MANAGER,)))
    wang = browse(make_user("wang", store=store, roles=(Role.MANAGER,)))
    return li, wang, li.second_tab()


def test_two_people_and_three_tabs_do_nothing_twice(people, hundred):
    for tab in people:
        tab.open("/orders/")
        tab.settle()

    claim_until_nothing_is_left(people)
    hold_and_accept_the_same_order(people, hundred[0])
    accept_and_remark_on_everything_at_once(people, hundred)
    ship_overlapping_tables_at_once(people, hundred)

    by_person = OrderEvent.objects.filter(source=EventSource.STAFF)
    assert set(by_person.values_list("actor__username", "actor_name")) == {("li", "li"), ("wang", "wang")}
    assert not OrderEvent.objects.exclude(source=EventSource.STAFF).exists()


def at_once(people, key):
    """Let everybody press before any answer is there."""
    for person in people:
        person.page.keyboard.press(key)
    for person in people:
        person.settle()


def claim_until_nothing_is_left(people):
    for _round in range(3):
        at_once(people, "Shift+C")

    claims = OrderEvent.objects.filter(kind="claimed")
    assert claims.count() == claims.values("order").distinct().count() == 100
    counts = dict(Order.objects.values_list("claimed_by__username").annotate(Count("pk")))
    shown = [int(person.page.get_attribute("#list", "data-total")) for person in people]
    assert (shown, sum(counts.values())) == ([counts["li"], counts["wang"], counts["li"]], 100)


def hold_and_accept_the_same_order(people, order):
    """Li holds what Wang, who looks at it as it was, accepts: Wang is told, and decides; both things stay done."""
    li, wang, _tab = people
    for person in (li, wang):
        person.open(f"/orders/{order.number}/")
    li.press("h")
    li.page.fill("dialog[open] [name=reason]", "wrong street")
    li.press("Control+Enter")
    wang.press("a")

    page = wang.page
    assert page.locator("dialog[open] [data-conflict]").is_visible()
    assert "wrong street" in page.inner_text("dialog[open] .history")
    assert (page.inner_text("[data-theirs]"), page.inner_text("[data-yours]")) == ("Not reviewed", "Accepted")
    order.refresh_from_db()
    assert order.acceptance == Acceptance.UNREVIEWED
    wang.forgive("409")
    page.click("dialog[open] [name=keep_held]")
    wang.settle()
    order.refresh_from_db()
    assert (order.acceptance, order.hold_kinds) == (Acceptance.ACCEPTED, [Hold.objects.get().kind])


def accept_and_remark_on_everything_at_once(people, hundred):
    for person, key in zip(people, "ama", strict=True):
        person.open("/orders/")
        person.settle()
        person.press("Control+a", "Control+a", key)
        person.page.wait_for_selector("dialog[open]")
    people[1].page.fill("dialog[open] [name=text]", "Wang wrote")
    people[1].page.focus("dialog[open] .btn-primary")
    at_once(people, "Enter")

    accepted = OrderEvent.objects.filter(kind="accepted")
    assert set(Order.objects.filter(acceptance=Acceptance.ACCEPTED)) == set(hundred)
    assert accepted.count() == accepted.values("order").distinct().count() == 100
    done = JobRow.objects.filter(job__params__act="accept", outcome="done")
    assert sorted(done.values_list("subject", flat=True)) == [order.number for order in hundred[1:]]
    assert list(Remark.objects.order_by("order").values_list("order", "text", "author__username")) == [
        (order.pk, "Wang wrote", "wang") for order in hundred
    ]


def ship_overlapping_tables_at_once(people, hundred):
    lines = [f"{order.number}\tSF{at:013}" for at, order in enumerate(hundred, start=1)]
    for person, first in zip(people, (0, 20, 40), strict=True):
        person.open("/orders/ship/")
        person.page.fill("[name=text]", "\n".join(lines[first : first + 60]))
        person.follow("text=See what will ship")
        person.page.focus("[data-action=ship]")
    for person in people:
        person.page.keyboard.press("Enter")
    for person in people:
        person.page.wait_for_selector("#batch")

    assert set(Order.objects.filter(status="shipped")) == set(hundred[1:])  # the first is held
    assert Shipment.objects.count() == Shipment.objects.values("order").distinct().count() == 99
    batches = {batch.pk: batch for batch in Job.objects.filter(params__act="ship")}
    assert sum(batch.result["done"] for batch in batches.values()) == 99
    for person in people:
        batch = batches[int(person.page.get_attribute("#batch", "data-job"))]
        done, left_out = (person.page.get_attribute(f"[{name}]", name) for name in ("data-done", "data-refused"))
        assert (int(done), int(left_out)) == (batch.result["done"], 60 - batch.result["done"])
        assert f"· {batch.requested_by} ·" in person.page.inner_text(".batch-head")
        assert Shipment.objects.filter(shipped_by=batch.requested_by).count() >= batch.result["done"]
