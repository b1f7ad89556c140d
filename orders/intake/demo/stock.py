"""The demo shop's stock: skus with shelves and a month of movements, some low, two short, and two gift rules."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random

from django.db import transaction
from django.db.models import F, Sum
from django.db.models.functions import TruncDate

from backoffice.common.clock import business_day, day_start
from backoffice.common.models import Store
from orders.core.models import Order, OrderLine
from orders.fulfilment.models import Sku, StockMovement
from orders.fulfilment.services.gifts import GiftValues, save_gift_rule, switch_gift_rule
from orders.fulfilment.services.products import ProductRow, import_products
from orders.fulfilment.services.stock import forecast_demand
from orders.fulfilment.services.stock.marks import mark_open
from orders.fulfilment.statuses import MovementKind
from orders.intake.demo.catalogue import SKUS

_DAYS = 30
_UNCOUNTED = 3  # of the end of the catalogue
_SHORT, _LOW = 2, 9  # so many skus lack pieces; every so many-th is nearly sold out
_SUPPLIERS = ("示例服饰厂", "虚构家居供应", "样板食品合作社", "演示皮具工坊")
_SHELVES = "ABCD"
_GIFT = "ZP-BD"
_GIFT_LEFT = 160
_INSTRUCTIONS = {"GCCJ": "每件裹两层气泡膜,箱内不留空隙", "SCKF": "壶嘴套护角,玻璃件单独装盒", "XXLZ": "夏天加隔热袋"}
_Sold = Mapping[str, Mapping[date, int]]


@transaction.atomic
def furnish_stock(store: Store, at: datetime, rng: Random) -> int:
    """Give the shop products, stock with its ledger and gift rules; return how many skus. Does nothing the second time.

    Its open orders are marked, and reserve what they need as soon as the worker looks at them.
    """
    if Sku.objects.for_store(store).exists():
        return 0
    import_products(store=store, rows=[*_rows(rng), _gift_row()], actor=None, at=at)
    skus = list(Sku.objects.for_store(store).order_by("pk"))
    wanted, sold = _wanted(store), _sold(store, at)
    left = _left(skus, wanted, rng)
    moves = [move for sku in skus for move in _history(sku, sold.get(sku.code, {}), left.get(sku.code), at)]
    StockMovement.objects.bulk_create(moves, batch_size=2000)
    counted = [sku for sku in skus if sku.code in left]
    for sku in counted:
        sku.on_hand, sku.counted_at = left[sku.code], _opening(at)
    Sku.objects.bulk_update(counted, ["on_hand", "counted_at"])
    _gift_rules(store, next(sku for sku in skus if sku.code == _GIFT), at)
    mark_open(store=store, at=at)
    forecast_demand(store=store, at=at)
    return len(skus)


def _rows(rng: Random) -> Iterator[ProductRow]:
    for place, sku in enumerate(SKUS):
        family = sku.code.partition("-")[0]
        yield ProductRow(
            row=place + 2, code=sku.code, product_code=family, title=sku.title, spec=sku.spec,
            supplier=_SUPPLIERS[sum(map(ord, family)) % len(_SUPPLIERS)],
            packing_instruction=_INSTRUCTIONS.get(family), needs_brand_check=family == "ZPSJB",
            needs_packing_check=family == "GCCJ", needs_check=family == "PBX",
            barcode=f"69{rng.randrange(10**11):011}", safety_stock=rng.choice((3, 5, 8)),
            location=f"{_SHELVES[place % len(_SHELVES)]}-{place // len(_SHELVES) + 1:02}",
        )  # fmt: skip


def _gift_row() -> ProductRow:
    return ProductRow(
        row=len(SKUS) + 2, code=_GIFT, title="亚麻杯垫(赠品)", supplier=_SUPPLIERS[1], location="Z-01", safety_stock=20
    )


def _wanted(store: Store) -> dict[str, int]:
    """Return how many pieces of each code open orders want."""
    lines = OrderLine.objects.filter(order__in=Order.objects.for_store(store).pending_shipment()).exclude(sku_code="")
    sums = lines.order_by().values("sku_code").annotate(sum=Sum(F("quantity") - F("shipped_quantity")))
    return dict(sums.values_list("sku_code", "sum"))


def _sold(store: Store, at: datetime) -> _Sold:
    """Return how many pieces of each code left on each day of the last month."""
    since = day_start(business_day(at) - timedelta(days=_DAYS))
    lines = OrderLine.objects.filter(
        order__store=store, order__shipped_at__gte=since, order__shipped_at__lt=at, shipped_quantity__gt=0
    )
    sums = lines.order_by().values("sku_code", day=TruncDate("order__shipped_at")).annotate(sum=Sum("shipped_quantity"))
    found: dict[str, dict[date, int]] = defaultdict(dict)
    for code, day, count in sums.values_list("sku_code", "day", "sum"):
        found[code][day] = count
    return found


def _left(skus: Sequence[Sku], wanted: Mapping[str, int], rng: Random) -> dict[str, int]:
    """Return what is on hand of each sku that was counted: mostly enough for the orders that wait."""
    counted = [sku.code for sku in skus if sku.code != _GIFT][: -_UNCOUNTED or None]
    lacking = sorted(counted, key=lambda code: (-wanted.get(code, 0), code))[:_SHORT]
    left = {_GIFT: _GIFT_LEFT}
    for place, code in enumerate(counted):
        need = wanted.get(code, 0)
        spare = rng.randrange(4) if place % _LOW == 0 else rng.randrange(15, 120)
        left[code] = max(0, need - 2) if code in lacking else need + spare
    return left


def _opening(at: datetime) -> datetime:
    return day_start(business_day(at) - timedelta(days=_DAYS)) + timedelta(hours=8)


def _history(sku: Sku, sold: Mapping[date, int], left: int | None, at: datetime) -> Iterator[StockMovement]:
    """Yield a count a month ago, what left on each day, and a delivery in the middle, so that `left` remains."""
    if left is None:
        return
    middle = business_day(at) - timedelta(days=_DAYS // 2)
    early = sum(count for day, count in sold.items() if day <= middle)
    delivered = max(0, sum(sold.values()) - early + left - 5)
    on_hand = early + sum(sold.values()) - early + left - delivered

    def move(kind: MovementKind, change: int, moment: datetime, reason: str = "") -> StockMovement:
        return StockMovement(
            store_id=sku.store_id, sku=sku, kind=kind, on_hand_change=change, on_hand_after=on_hand, reserved_after=0,
            at=moment, reason=reason,
        )  # fmt: skip

    yield move(MovementKind.COUNT, on_hand, _opening(at), "月初盘点")
    is_delivered = not delivered
    for day in sorted({*sold, middle + timedelta(days=1)}):
        if day > middle and not is_delivered:
            on_hand, is_delivered = on_hand + delivered, True
            yield move(MovementKind.RECEIVE, delivered, day_start(day) + timedelta(hours=9), "到货入库")
        if count := sold.get(day, 0):
            on_hand -= count
            yield move(MovementKind.SHIP, -count, min(at, day_start(day) + timedelta(hours=18)))


def _gift_rules(store: Store, gift: Sku, at: datetime) -> None:
    begin = day_start(business_day(at) - timedelta(days=2))
    rules = (
        (GiftValues(name="满 800 送杯垫", gift_id=gift.pk, starts_at=begin, min_amount=Decimal(800), limit=500), True),
        (GiftValues(name="两只保温杯送杯垫", gift_id=gift.pk, starts_at=begin, min_pieces=2, product_codes=("ETBWB",)),
         False),
    )  # fmt: skip
    for values, is_on in rules:
        rule = save_gift_rule(store=store, values=values, actor=None, at=at)
        if is_on:
            switch_gift_rule(store=store, rule_id=rule.pk, is_active=True, actor=None, at=at)
