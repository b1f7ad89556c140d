"""A warehouse worker sends a day's orders with a keyboard and a scanner; nothing leaves twice, short, or elsewhere."""

from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db.models import Count, Sum

from orders.core.models import Order, OrderEvent, OrderLine, OutboxMessage
from orders.core.services import set_refund_facts
from orders.core.statuses import EventKind, EventSource, RefundStatus
from orders.fulfilment.models import (
    GiftGrant,
    PoolNumber,
    PrintRecord,
    Shipment,
    ShipmentLine,
    Shortage,
    StockMovement,
    Waybill,
)
from tests.browser.person import Person
from tests.browser.warehouse import (
    BARCODE,
    CHECKED,
    GIFTED,
    LABELLED,
    PAIRS,
    REFUNDED,
    SHORT,
    SPLIT,
    Day,
    Worker,
    label_of,
    make_day,
    settle,
)
from tests.factories import NOON
from tests.fulfilment.parcels import make_parcel

RECEIVED = 5  # pieces of the sku that eight orders lack
NOT_OURS = "SF9999999999999"


@pytest.fixture
def day(shop: None, store: Any, run_jobs: Any) -> Day:
    day = make_day(store)
    settle(run_jobs)
    return day


def test_worker_sends_sixty_orders_with_keyboard_and_scanner(browse, day, warehouse, agent, other_store, run_jobs):
    make_parcel(other_store, number=NOT_OURS)
    worker = Worker(browse(warehouse))
    exchanged, refunded, waiting = day.orders[SHORT[0]], day.orders[SHORT[1]], day.orders[SHORT[-1]]

    open_the_desk(worker)
    pack_together(worker)
    make_waybills(worker, run_jobs)
    split_two(worker, day)
    number_the_rest(worker)
    print_all(worker, run_jobs)
    print_again_after_a_jam(worker, run_jobs)
    scan_what_is_plain(worker, day)
    scan_what_must_be_looked_at(worker, day)
    scan_what_must_not_leave(worker, day)
    settle_shortages(browse(agent), exchanged, refunded, waiting)
    receive(worker, day)
    settle(run_jobs)
    ship_the_rest(worker, day, run_jobs)

    left = set(day.orders) - {day.orders[REFUNDED], refunded, waiting}
    assert set(Order.objects.filter(status="shipped", store=day.orders[0].store)) == left
    assert_parcels(day, left)
    assert_recipients(day)
    assert_shelf(day)
    assert_numbers(day)
    assert_papers()
    assert_platform_is_told(left)
    assert_everybody_is_named(warehouse, agent)
    person = worker.person
    assert (person.pressed, person.typed, person.loads, worker.scans, worker.scanned) == (119, 5, 27, 77, 1133)


def open_the_desk(worker: Worker) -> None:
    worker.person.open("/orders/shipping/")
    worker.person.settle()
    assert counts(worker) == {"pack": 52, "number": 0, "print": 0, "scan": 0, "shipped": 0, "part": 0}


def pack_together(worker: Worker) -> None:
    """Accept the three suggestions."""
    person, page = worker.person, worker.page
    person.travel("t")
    assert page.locator("[data-merge]").count() == 3
    for _pair in range(3):
        person.travel("m")
    assert page.locator("[data-merge]").count() == 0
    person.travel("g", "w")
    assert counts(worker) == {"pack": 46, "number": 3, "print": 0, "scan": 0, "shipped": 0, "part": 0}


def make_waybills(worker: Worker, run_jobs: Any) -> None:
    worker.person.press("Control+a")
    worker.person.travel("m")
    run_jobs()
    worker.page.wait_for_selector("#batch[data-state=done]")
    assert worker.page.get_attribute("[data-done]", "data-done") == "46"


def split_two(worker: Worker, day: Day) -> None:
    """Take one of three pieces, and one of two lines, into a parcel of its own."""
    person, page = worker.person, worker.page
    for place, order in enumerate(day.of(SPLIT), start=1):
        person.travel("g", "w")
        person.press("3")
        person.press(*["j"] * place)
        person.travel("Enter")
        assert order.number in page.inner_text("main")
        person.press("n")
        worker.page.wait_for_selector("#split-1:focus")
        person.write("1")
        person.travel("Enter")
        assert page.get_attribute("[data-waybill-state]", "data-waybill-state") == "draft"


def number_the_rest(worker: Worker) -> None:
    """Give numbers to the merged parcels and the split ones."""
    worker.person.travel("g", "w")
    worker.person.press("2")
    worker.person.press("Control+a")
    worker.person.travel("m")
    assert worker.page.get_attribute("[data-done]", "data-done") == "5"


def print_all(worker: Worker, run_jobs: Any) -> None:
    """Print all labels, more than a page of the list, in one file."""
    person, page = worker.person, worker.page
    person.travel("g", "w")
    person.press("3")
    assert counts(worker) == {"pack": 0, "number": 0, "print": 51, "scan": 0, "shipped": 0, "part": 0}
    person.press("Control+a", "Control+a")
    person.travel("p")
    run_jobs()
    page.wait_for_selector("#print[data-state=done]")
    assert page.get_attribute("[data-done]", "data-done") == "54"  # orders
    with page.expect_download() as download:
        person.press("d")
    assert Path(download.value.path()).read_bytes().count(b"/Type /Page\n") == 51


def print_again_after_a_jam(worker: Worker, run_jobs: Any) -> None:
    """The printer ate the first label: the desk asks before it prints it again."""
    person, page = worker.person, worker.page
    worker.tab_to("a.nav-item[href='/orders/shipping/']")
    person.travel("Enter")
    person.press("4")
    person.press("j", "p")
    page.wait_for_selector("dialog[open]")
    person.press("Escape")
    assert PrintRecord.objects.count() == 54
    person.press("p")
    page.wait_for_selector("dialog[open]")
    worker.tab_to("[data-action=print-all]")
    person.travel("Enter")
    run_jobs()
    page.wait_for_selector("#print[data-state=done]")
    assert PrintRecord.objects.count() == 55
    person.travel("s")
    worker.stand_at_the_station()


def scan_what_is_plain(worker: Worker, day: Day) -> None:
    """Scan label after label without a look: 37 orders, the split ones' four parcels, the three merged ones."""
    labels = [label_of(order) for order in day.orders[SHORT[-1] + 1 :]]
    for order in day.of(SPLIT):
        labels += Waybill.objects.live().filter(lines__order=order).order_by("pk").values_list("number", flat=True)
    labels += [label_of(order) for order in day.of(PAIRS[::2])]
    assert len(labels) == 44

    worker.scan_all(labels)

    assert worker.shipped_today == 44
    assert worker.page.get_attribute("#station", "data-tone") == "ok"


def scan_what_must_be_looked_at(worker: Worker, day: Day) -> None:
    """A gift to pack is shown first; checked pieces are scanned, other checks are ticked by their digit."""
    for order in day.of(GIFTED):
        label = label_of(order)
        assert worker.scan(label) == ("info", label)
        assert "帆布袋" in worker.page.inner_text(".scan-lines")
        assert worker.scan(label) == ("ok", order.number)
    for order in day.of(CHECKED):
        label = label_of(order)
        worker.scan(label)
        assert worker.scan(label)[0] == "bad"  # not looked at yet
        assert worker.scan(BARCODE["TEE"])[0] == "bad"  # does not belong there
        worker.scan(BARCODE["MUG"])
        worker.scan(BARCODE["MUG"])
        assert worker.scan(label) == ("ok", order.number)
    order = day.orders[LABELLED]
    label = label_of(order)
    worker.scan(label)
    assert worker.page.locator("[data-check][data-done='0']").count() == 2
    for digit in "12":
        worker.person.write(digit)
        worker.page.keyboard.press("Enter")
        worker.person.pressed += 1
    worker.expect(2)
    assert worker.scan(label) == ("ok", order.number)
    assert worker.shipped_today == 50


def scan_what_must_not_leave(worker: Worker, day: Day) -> None:
    """What left, nonsense, another shop's parcel, an order with an open refund, and one that is short."""
    gone = Shipment.objects.order_by("pk")[0]
    tone, title = worker.scan(gone.tracking_number)
    assert (tone, title.startswith(f"Parcel {gone.tracking_number} was already shipped by warehouse at 06-01 12:")) == (
        "bad",
        True,
    )
    assert worker.scan("x7!garbage")[0] == "bad"
    assert worker.scan(NOT_OURS) == ("bad", f"No order, parcel or product here has the number {NOT_OURS}.")
    order = day.orders[REFUNDED]
    label = label_of(order)
    set_refund_facts(
        store=order.store, order_id=order.pk, status=RefundStatus.OPEN, refunded=Decimal(0), actor=None, at=NOON
    )
    tone, title = worker.scan(label)
    assert (tone, order.number in title, "efund" in title) == ("bad", True, True)
    short = day.orders[SHORT[0]]
    worker.scan(short.number)
    assert worker.scan("SF5555555555555")[0] == "bad"  # a number by hand does not help
    assert worker.shipped_today == 50


def settle_shortages(agent: Person, exchanged: Order, refunded: Order, waiting: Order) -> None:
    """An agent writes down what three buyers answered."""
    for order, way, answer in (
        (exchanged, "exchange", "蓝色也行"),
        (refunded, "refund", "退款吧"),
        (waiting, "wait", "等到货"),
    ):
        agent.open(f"/orders/shortages/{Shortage.objects.get(order=order).pk}/")
        if way == "exchange":
            agent.page.select_option("[data-way=exchange] select", "BLUE")
        agent.page.fill(f"[data-way={way}] [name=answer]", answer)
        agent.follow(f"[data-way={way}] [type=submit]")


def receive(worker: Worker, day: Day) -> None:
    """Book in what arrived: scan its barcode on the page of stock."""
    person, page = worker.person, worker.page
    worker.tab_to("a.back", back=True)
    person.travel("Enter")
    worker.tab_to("a[href='/orders/stock/']")
    person.travel("Enter")
    worker.tab_to(".stock-search input[type=search]")
    worker.beep(BARCODE["RED"])
    page.wait_for_selector("[data-sku=RED]")
    person.settle()
    assert page.locator("[data-row]").count() == 1
    person.press("j")
    person.travel("Enter")
    worker.tab_to("[data-action=receive]")
    person.press("Enter")
    page.wait_for_selector("dialog[open] [name=quantity]:focus")
    person.write(str(RECEIVED))
    person.press("Enter")
    page.wait_for_selector("dialog[open]", state="detached")
    day.skus["RED"].refresh_from_db()
    assert day.skus["RED"].on_hand == RECEIVED


def ship_the_rest(worker: Worker, day: Day, run_jobs: Any) -> None:
    """Five orders for which stock came, and the one that is sent another spec."""
    person, page = worker.person, worker.page
    worker.tab_to("a.nav-item[href='/orders/shipping/']")
    person.travel("Enter")
    assert counts(worker)["pack"] == 6
    person.press("Control+a")
    person.travel("m")
    person.travel("p")
    run_jobs()
    page.wait_for_selector("#print[data-state=done]")
    person.travel("s")
    worker.stand_at_the_station()
    labels = Waybill.objects.filter(state="printed", lines__order__in=day.of(SHORT)).order_by("pk")
    worker.scan_all(labels.values_list("number", flat=True))
    assert worker.shipped_today == 56


def counts(worker: Worker) -> dict[str, int]:
    tabs = worker.page.locator(".shipping-list .tab")
    return {tab.get_attribute("data-sub"): int(tab.get_attribute("data-count")) for tab in tabs.all()}


def assert_parcels(day: Day, left: set[Order]) -> None:
    """Every piece of what left is in exactly one parcel, gifts as well; nothing of what stays is."""
    lines = OrderLine.objects.filter(order__in=left)
    sent = dict(ShipmentLine.objects.values_list("line").annotate(Sum("quantity")))
    assert sent == dict(lines.values_list("pk", "quantity"))
    parcels = dict(Shipment.objects.values_list("order").annotate(Count("pk")))
    assert parcels == {order.pk: 2 if order in day.of(SPLIT) else 1 for order in left}
    assert set(GiftGrant.objects.values_list("order", flat=True)) == {order.pk for order in day.of(GIFTED)}
    assert set(lines.filter(is_gift=True).values_list("order", "quantity")) == {(o.pk, 1) for o in day.of(GIFTED)}
    assert list(lines.filter(order=day.orders[SHORT[0]]).values_list("agreed_sku_code", flat=True)) == ["BLUE"]


def assert_recipients(day: Day) -> None:
    """A number goes to one recipient; only orders that were packed together share one."""
    by_number: dict[str, list[Order]] = {}
    for shipment in Shipment.objects.select_related("order__recipient", "waybill"):
        by_number.setdefault(shipment.tracking_number, []).append(shipment.order)
        assert shipment.waybill.recipient_key == shipment.order.recipient.recipient_key
        assert shipment.waybill.number == shipment.tracking_number
    shared = [set(orders) for orders in by_number.values() if len(orders) > 1]
    pairs = day.of(PAIRS)
    assert sorted(shared, key=lambda pair: min(o.pk for o in pair)) == [set(pairs[at : at + 2]) for at in (0, 2, 4)]


def assert_shelf(day: Day) -> None:
    """The ledger sums to what lies there: what was counted, less what left, and what came."""
    for code, sku in day.skus.items():
        sku.refresh_from_db()
        moves = StockMovement.objects.filter(sku=sku).aggregate(Sum("on_hand_change"), Sum("reserved_change"))
        assert moves == {"on_hand_change__sum": sku.on_hand, "reserved_change__sum": sku.reserved}, code
        came = RECEIVED if code == "RED" else 0
        assert sku.on_hand == day.counted[code] + came - sent_of(code), code
    reserved = {code: sku.reserved for code, sku in day.skus.items() if sku.reserved}
    assert reserved == {"TEE": 1}  # for the order with the refund, until that is settled


def sent_of(code: str) -> int:
    lines = ShipmentLine.objects.select_related("line")
    return sum(one.quantity for one in lines if (one.line.agreed_sku_code or one.line.sku_code) == code)


def assert_numbers(day: Day) -> None:
    """Every parcel has a number of the pool, none has another's."""
    store = day.orders[0].store
    used = PoolNumber.objects.filter(state="used").values_list("number", "waybill")
    assert sorted(used) == sorted(Waybill.objects.filter(store=store).values_list("number", "pk"))
    assert len(used) == 57
    assert set(Waybill.objects.filter(store=store).values_list("state", flat=True)) == {"shipped", "printed"}
    assert list(Waybill.objects.filter(state="printed").values_list("lines__order", flat=True)) == [
        day.orders[REFUNDED].pk
    ]


def assert_papers() -> None:
    """Every label of every order was printed once, the jammed one twice."""
    prints = Counter(PrintRecord.objects.values_list("waybill", "order"))
    pairs = set(Waybill.objects.exclude(printed_at=None).values_list("pk", "lines__order"))
    assert set(prints) == pairs
    assert Counter(prints.values()) == {1: len(pairs) - 1, 2: 1}


def assert_platform_is_told(left: set[Order]) -> None:
    told = Counter(OutboxMessage.objects.filter(kind="ship").values_list("order", flat=True))
    assert told == dict(Shipment.objects.values_list("order").annotate(Count("pk")))
    assert set(told) == {order.pk for order in left}


def assert_everybody_is_named(warehouse: Any, agent: Any) -> None:
    """What the worker did says so; what the platform and rules did does not name a person."""
    events = OrderEvent.objects.filter(order__store=warehouse.memberships.get().store)
    of_worker = {EventKind.MERGED, EventKind.WAYBILL_MADE, EventKind.SPLIT, EventKind.PRINTED, EventKind.SHIPPED}
    assert set(events.filter(kind__in=of_worker).values_list("actor", "source")) == {
        (warehouse.pk, EventSource.STAFF.value)
    }
    people = events.filter(source=EventSource.STAFF).values_list("actor", flat=True)
    assert set(people) == {warehouse.pk, agent.pk}
