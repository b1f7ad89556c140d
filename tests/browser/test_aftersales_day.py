"""A day of after-sales: a case of each kind from the platform's list to its end, and no act that is not its turn."""

from decimal import Decimal
from typing import Any

import pytest

from aftersales.refunds.files.services import import_path
from aftersales.refunds.models import Inspection, Refund, ReturnParcel
from aftersales.refunds.statuses import MOVES, Act, RefundKind
from orders.core.models import Order, OrderEvent
from orders.core.statuses import EventKind, EventSource, OrderStatus
from orders.fulfilment.models import StockMovement
from tests.browser.person import Person
from tests.factories import NOON, make_order
from tests.fulfilment.stocking import make_sku, on_shelf
from tests.refunds.cases import record_of
from tests.refunds.files.sheets import cells, sheet
from tests.refunds.filling import PIXEL
from tests.refunds.goods import make_address

PATH = "/aftersales/refunds/"
KINDS = {
    "refund_only": "仅退款",
    "return_refund": "退货退款",
    "exchange": "换货",
    "repair": "维修",
    "reship": "补寄",
}
NUMBER = {kind: f"7000{place}" for place, kind in enumerate(KINDS, start=1)}
PAID, ASKED, AGREED = {"return_refund": 900}, {"refund_only": 60, "return_refund": 800}, {"refund_only": 40}
BACK = {"return_refund": "SF1234567890201", "exchange": "SF1234567890202", "repair": "SF1234567890203"}
OUT = {"exchange": "SF1999999999901", "repair": "SF1999999999902", "reship": "SF1999999999903"}
REFUSED = {409, 422}


class Floor:
    """The people of the day; the manager, who may do everything, tries what is not the case's turn."""

    def __init__(self, agent: Person, warehouse: Person, finance: Person, manager: Person) -> None:
        self.agent, self.warehouse, self.finance, self.manager = agent, warehouse, finance, manager
        self.tried = 0

    def try_all(self, kind: str) -> None:
        """See that no button of an illegal act is live, and that each one sent by hand changes nothing."""
        refund = Refund.objects.get(number=NUMBER[kind])
        legal = {act for act, state in MOVES[RefundKind(refund.kind)] if state == refund.status}
        self.manager.open(f"{PATH}{refund.number}/")
        live = self.manager.values("[data-action]:not([aria-disabled=true])", "data-action")
        assert set(live) & (set(Act.values) - legal) == set()
        before = record_of(refund), StockMovement.objects.count(), ReturnParcel.objects.count()
        for act in sorted(set(Act.values) - legal):
            self._try(refund, act)
        assert (record_of(refund), StockMovement.objects.count(), ReturnParcel.objects.count()) == before

    def _try(self, refund: Refund, act: str) -> None:
        status, html = post(self.manager, f"{PATH}{refund.number}/{act}/", refund.version)
        assert status in REFUSED, (act, refund.status, status)
        assert f"Case {refund.number}" in html, (act, refund.status)
        assert "is not possible now." in html, (act, refund.status)
        self.tried += 1


def post(person: Person, url: str, version: int) -> tuple[int, str]:
    """Send an act as no page would: with all that any act asks for."""
    answer = person.context.request.post(
        url,
        multipart={
            "csrfmiddlewaretoken": person.page.locator("[name=csrfmiddlewaretoken]").first.input_value(),
            "version": str(version), "amount": "10.00", "reason": "已和买家说好", "text": "已和买家说好",
            "courier": "SF", "tracking_number": "SF1000000000009", "quantity": "1",
            "proof": {"name": "proof.png", "mimeType": "image/png", "buffer": PIXEL},
        },
        max_redirects=0,
    )  # fmt: skip
    return answer.status, answer.text()


def do(person: Person, kind: str, act: str, **fields: Any) -> None:
    """Do an act in its dialog on the case's page, and see the page answer."""
    page, url = person.page, f"{PATH}{NUMBER[kind]}/"
    if not page.url.endswith(url):
        person.open(url)
    else:
        page.reload()
    version = page.get_attribute("#case-view", "data-version")
    page.click(f"#case-view [data-action={act}]")
    page.wait_for_selector("dialog[open] #act-form")
    for name, value in fields.items():
        field = page.locator(f"#act-form [name={name}]")
        if isinstance(value, dict):
            field.set_input_files(value)
        elif field.evaluate("one => one.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)
    page.click("#act-form [type=submit]")
    page.wait_for_selector(f"#case-view:not([data-version='{version}'])")
    person.settle()


def state(kind: str) -> str:
    return Refund.objects.get(number=NUMBER[kind]).status


def inspect(person: Person, kind: str, outcome: str, note: str = "") -> None:
    person.open("/aftersales/returns/")
    person.page.fill("#return-number", BACK[kind])
    with person.page.expect_navigation(wait_until="load"):
        person.page.keyboard.press("Enter")
    assert person.page.get_attribute("#return", "data-refund") == NUMBER[kind]
    person.page.locator(f"[name=outcome-0][value={outcome}]").check(force=True)
    if note:
        person.page.fill("[name=note-0]", note)
    person.follow("[data-action=inspect]")


@pytest.fixture
def skus(shop: None, store: Any) -> dict[str, Any]:
    return {kind: make_sku(store=store, code=kind.upper(), on_hand=5) for kind in KINDS}


@pytest.fixture
def orders(skus: Any, store: Any, manager: Any, tmp_path: Any) -> dict[str, Order]:
    """Make an order for each kind, and take in the platform's list of what their buyers ask for."""
    make_address(store)
    orders = {}
    for kind in KINDS:
        paid = Decimal(PAID.get(kind, 100))
        order = make_order(
            store=store, number=f"A{NUMBER[kind]}", status=OrderStatus.SHIPPED, paid=paid, gross_paid=paid
        )
        order.lines.update(sku_code=kind.upper(), paid=paid)
        orders[kind] = order
    rows = [
        cells(
            退款编号=f'="{NUMBER[kind]}"', 订单编号=f'="A{NUMBER[kind]}"', 售后类型=word, 商品编码=kind.upper(),
            买家退款金额=f"{ASKED.get(kind, 0)}.00", 退款的申请时间="2026-06-01 11:30:00",
            超时时间="2026-06-03 11:30:00",
        )
        for kind, word in KINDS.items()
    ]  # fmt: skip
    path = tmp_path / "ExportRefundList202606011140.csv"
    path.write_bytes(sheet(*rows))
    counts = import_path(store=store, path=path, snapshot_at=None, at=NOON)
    assert (counts["created"], counts["rows"]) == (5, 5)
    return orders


@pytest.fixture
def floor(browse: Any, orders: Any, agent: Any, warehouse: Any, finance: Any, manager: Any) -> Floor:
    return Floor(*(browse(user) for user in (agent, warehouse, finance, manager)))


def test_a_case_of_each_kind_goes_from_arrival_to_its_end_by_its_own_way_only(floor, orders, skus, finance, warehouse):
    refuse_ask_again_and_give_a_part(floor)
    take_back_and_give_back_above_the_limit(floor)
    exchange_or_repair(floor, "exchange", "restock")
    exchange_or_repair(floor, "repair", "repair")
    send_once_more(floor)

    assert floor.tried > 100
    assert_orders(orders)
    assert_shelf(skus)
    assert_history(orders, finance, warehouse)


def refuse_ask_again_and_give_a_part(floor: Floor) -> None:
    kind, agent = "refund_only", floor.agent
    floor.try_all(kind)
    proof = {"name": "proof.png", "mimeType": "image/png", "buffer": PIXEL}
    do(agent, kind, "refuse", reason="已签收", text="快递已签收,请再看看", proof=proof)
    floor.try_all(kind)
    do(agent, kind, "apply_again")
    floor.try_all(kind)
    do(agent, kind, "agree", amount="40.00", text="退您 40 元")
    assert state(kind) == "succeeded"
    floor.try_all(kind)


def take_back_and_give_back_above_the_limit(floor: Floor) -> None:
    kind, agent = "return_refund", floor.agent
    do(agent, kind, "agree", freight_payer="shop")
    _approve_by_another(floor, kind)
    assert state(kind) == "awaiting_return"
    floor.try_all(kind)
    do(agent, kind, "send_back", courier="SF", tracking_number=BACK[kind])
    floor.try_all(kind)
    inspect(floor.warehouse, kind, "scrap", "洗过了")
    do(agent, kind, "receive", amount="800.00")
    if state(kind) != "succeeded":
        _approve_by_another(floor, kind)
    assert state(kind) == "succeeded"
    floor.try_all(kind)


def _approve_by_another(floor: Floor, kind: str) -> None:
    """The agent who proposed the money has no way to let it go; finance has."""
    refund = Refund.objects.get(number=NUMBER[kind])
    assert refund.proposed == Decimal(800)
    assert floor.agent.page.locator("[data-action=approve]:not([aria-disabled=true])").count() == 0
    assert post(floor.agent, f"{PATH}{refund.number}/approve/", refund.version)[0] == 403
    do(floor.finance, kind, "approve")


def exchange_or_repair(floor: Floor, kind: str, outcome: str) -> None:
    floor.try_all(kind)
    do(floor.agent, kind, "agree", freight_payer="buyer")
    floor.try_all(kind)
    do(floor.agent, kind, "send_back", courier="SF", tracking_number=BACK[kind])
    floor.try_all(kind)
    inspect(floor.warehouse, kind, outcome)
    do(floor.warehouse, kind, "receive")
    _send_and_confirm(floor, kind)


def send_once_more(floor: Floor) -> None:
    floor.try_all("reship")
    do(floor.agent, "reship", "agree")
    _send_and_confirm(floor, "reship")


def _send_and_confirm(floor: Floor, kind: str) -> None:
    floor.try_all(kind)
    do(floor.warehouse, kind, "send_out", courier="SF", tracking_number=OUT[kind])
    floor.try_all(kind)
    do(floor.agent, kind, "confirm")
    assert state(kind) == "succeeded"
    floor.try_all(kind)


def assert_orders(orders: dict[str, Order]) -> None:
    """The orders carry what was given back, and nothing for the kinds without money."""
    facts = {kind: Order.objects.get(pk=order.pk) for kind, order in orders.items()}
    given = {kind: (order.refund_status, order.refunded) for kind, order in facts.items()}
    assert given["refund_only"] == ("succeeded", Decimal(40))
    assert given["return_refund"] == ("succeeded", Decimal(800))
    assert {kind: money for kind, (_status, money) in given.items() if money} == {
        "refund_only": Decimal(40),
        "return_refund": Decimal(800),
    }
    assert not Refund.objects.open().exists()


def assert_shelf(skus: dict[str, Any]) -> None:
    """What came back whole lies on the shelf, what was spoilt does not, what went out is gone; repairs are no stock."""
    assert {kind: on_shelf(sku) for kind, sku in skus.items()} == {
        "refund_only": (5, 0), "return_refund": (5, 0), "exchange": (5, 0), "repair": (5, 0), "reship": (4, 0),
    }  # fmt: skip
    moves = StockMovement.objects.exclude(kind="count").order_by("pk")
    assert list(moves.values_list("sku__code", "kind", "on_hand_change")) == [
        ("RETURN_REFUND", "return", 1), ("RETURN_REFUND", "scrap", -1), ("EXCHANGE", "return", 1),
        ("EXCHANGE", "ship", -1), ("RESHIP", "ship", -1),
    ]  # fmt: skip
    assert sorted(Inspection.objects.values_list("outcome", flat=True)) == ["repair", "restock", "scrap"]


def assert_history(orders: dict[str, Order], finance: Any, warehouse: Any) -> None:
    """Each way stands in its order's history, with who went it."""
    told = {
        kind: list(order.events.filter(kind=EventKind.CASE_MOVED).order_by("pk").values_list("after__act", flat=True))
        for kind, order in orders.items()
    }
    assert told["refund_only"] == ["refuse", "apply_again", "agree"]
    assert told["return_refund"] == ["agree", "send_back", "receive"]
    assert told["exchange"] == told["repair"] == ["agree", "send_back", "receive", "send_out", "confirm"]
    assert told["reship"] == ["agree", "send_out", "confirm"]
    moved = OrderEvent.objects.filter(kind__in=(EventKind.CASE_MOVED, EventKind.RETURN_INSPECTED))
    assert set(moved.values_list("source", flat=True)) == {EventSource.STAFF}
    assert set(moved.filter(order=orders["return_refund"], actor=finance).values_list("after__act", flat=True)) >= {
        "agree"
    }
    assert moved.filter(kind=EventKind.RETURN_INSPECTED, actor=warehouse).count() == 3
