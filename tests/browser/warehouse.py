"""A warehouse's day: sixty accepted orders of two shelves' worth of skus, and who sends and scans them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from backoffice.common.models import Store
from orders.core.models import Order
from orders.fulfilment.models import Product, Sku, Waybill
from orders.fulfilment.services.gifts import GiftValues, save_gift_rule, switch_gift_rule
from orders.fulfilment.services.pools import add_pool_numbers, save_courier_account
from orders.fulfilment.services.stock import count_stock
from orders.fulfilment.tasks import create_due_fulfilment
from tests.browser.person import Person
from tests.factories import NOON, make_line, make_order, make_recipient

NUMBER = "880000000{:03}"
FIRST, LAST = "SF1000000000001", "SF1000000000080"
COUNTED = {"TEE": 60, "CAP": 10, "MUG": 10, "SCENT": 5, "GIFT": 5, "RED": 0, "BLUE": 3}
BARCODE = {"MUG": "6901234567892", "RED": "6901234567908", "TEE": "6901234567915"}
TITLES = {
    "TEE": "纯棉短袖T恤 男女同款",
    "CAP": "渔夫帽 可折叠",
    "MUG": "刻字马克杯 定制",
    "SCENT": "栀子花香水 50ml",
    "GIFT": "帆布袋 赠品",
    "RED": "真丝连衣裙 红色",
    "BLUE": "真丝连衣裙 蓝色",
}
SPLIT, PAIRS, GIFTED, CHECKED, LABELLED, REFUNDED, SHORT = (
    range(2), range(2, 8), range(8, 11), range(11, 13), 13, 14, range(15, 23)
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """The orders by their deadlines, and the skus by code."""

    orders: Sequence[Order]
    skus: Mapping[str, Sku]
    counted: Mapping[str, int] = field(default_factory=lambda: dict(COUNTED))

    def of(self, places: Sequence[int]) -> list[Order]:
        return [self.orders[at] for at in places]


def make_day(store: Store) -> Day:
    """Make 60 orders: 8 short of stock, 3 pairs to one recipient each, 3 with a gift, 2 too big, 3 to check."""
    skus = {code: _sku(store, code) for code in COUNTED}
    Product.objects.filter(pk=skus["SCENT"].product_id).update(needs_brand_check=True, needs_packing_check=True)
    save_courier_account(store=store, courier="SF", is_default=True, actor=None, at=NOON)
    add_pool_numbers(store=store, courier="SF", numbers=f"{FIRST} ~ {LAST}", actor=None, at=NOON)
    values = GiftValues(name="满 500 送帆布袋", gift_id=skus["GIFT"].pk, starts_at=NOON - timedelta(days=7),
                        min_amount=Decimal(500))  # fmt: skip
    rule = save_gift_rule(store=store, values=values, actor=None, at=NOON)
    switch_gift_rule(store=store, rule_id=rule.pk, is_active=True, actor=None, at=NOON)
    return Day(orders=[_order(store, at) for at in range(60)], skus=skus)


def _sku(store: Store, code: str) -> Sku:
    family = "DRESS" if code in {"RED", "BLUE"} else code
    product, _is_new = Product.objects.get_or_create(store=store, code=family, defaults={"title": TITLES[code]})
    sku = Sku.objects.create(
        store=store, product=product, code=code, spec=code, barcode=BARCODE.get(code, ""), location=f"A-{code}",
        needs_check=code == "MUG",
    )  # fmt: skip
    return count_stock(store=store, sku_id=sku.pk, counted=COUNTED[code], actor=None, at=NOON)


def _order(store: Store, at: int) -> Order:
    wanted = _wanted(at)
    pieces = sum(wanted.values())
    order = make_order(
        store=store, number=NUMBER.format(at), lines=0, paid=Decimal(600 if at in GIFTED else 100),
        placed_at=NOON - timedelta(hours=30) + timedelta(minutes=at), line_count=len(wanted), piece_count=pieces,
    )  # fmt: skip
    for position, (code, quantity) in enumerate(wanted.items(), start=1):
        make_line(order=order, position=position, title=TITLES[code], sku_code=code, quantity=quantity)
    person = at // 2 if at in PAIRS else 100 + at
    make_recipient(order=order, name=f"收件人{person}", mobile=f"138{person:08}", street=f"科技园路 {person} 号")
    return order


def _wanted(at: int) -> dict[str, int]:
    if at in SPLIT:
        return {"TEE": 3} if at == SPLIT[0] else {"TEE": 1, "CAP": 1}
    if at in CHECKED:
        return {"MUG": 2}
    if at in SHORT:
        return {"RED": 1}
    return {"SCENT": 1} if at == LABELLED else {"TEE": 1}


def settle(run_jobs: Any) -> None:
    """Do what the ticker of fulfilment and a worker do."""
    create_due_fulfilment(timezone.now())
    run_jobs()


def label_of(order: Order) -> str:
    """Return the number that the label of an order's one parcel says."""
    return Waybill.objects.live().filter(lines__order=order).distinct().get().number


_LISTEN = """() => {
  window.answers = [];
  document.addEventListener("scan-answered", ({ detail }) => {
    window.answers.push([detail.text, detail.tone, document.querySelector(".scan-title").textContent]);
  });
}"""


class Worker:
    """A person with a scanner, which types faster than people and ends with Enter."""

    def __init__(self, person: Person) -> None:
        self.person, self.page = person, person.page
        self.scans = self.scanned = 0  # and characters of them
        self._expected = 0

    def beep(self, code: str) -> None:
        """Pull the trigger."""
        self.page.keyboard.type(code, delay=1)
        self.page.keyboard.press("Enter")
        self.scans += 1
        self.scanned += len(code)

    def tab_to(self, selector: str, *, back: bool = False) -> None:
        """Press Tab until what is wanted has the focus."""
        for _press in range(60):
            self.page.keyboard.press("Shift+Tab" if back else "Tab")
            self.person.pressed += 1
            if self.page.evaluate("selector => document.activeElement.matches(selector)", selector):
                return
        raise AssertionError(f"Tab does not lead to {selector}")

    def stand_at_the_station(self) -> None:
        """Listen for answers; the station has the focus by itself."""
        self.page.wait_for_selector("#scan-text:focus")
        self.page.evaluate(_LISTEN)
        self._expected = 0

    def scan_all(self, codes: Sequence[str]) -> None:
        """Scan one after the other without a look at the screen, and then look."""
        for code in codes:
            self.beep(code)
        self.expect(len(codes))

    def expect(self, count: int) -> None:
        """Wait for so many more answers."""
        self._expected += count
        self.page.wait_for_function("count => window.answers.length === count", arg=self._expected)

    def scan(self, code: str) -> tuple[str, str]:
        """Scan and read the answer: its colour and its headline."""
        self.scan_all([code])
        _text, tone, title = self.answers()[-1]
        return tone, title

    def answers(self) -> list[tuple[str, str, str]]:
        """Return what every scan of this visit was answered: its text, colour and headline."""
        return [tuple(answer) for answer in self.page.evaluate("() => window.answers")]

    @property
    def shipped_today(self) -> int:
        return int(self.page.get_attribute("#station", "data-shipped-today"))
