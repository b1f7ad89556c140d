"""The demo shop at work: its notes read, ready replies, rules to switch on, and what its people did this morning.

Everything is done by the same services as in the back office, so that it stands in histories, alerts and figures.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from django.utils import translation

from backoffice.common.clock import business_day
from backoffice.common.models import Store, User
from orders.core.models import Order, OrderLine
from orders.core.services import (
    OrderError,
    add_remark,
    appoint_date,
    claim_order,
    extend_promise,
    open_hold,
    set_flag,
    set_tags,
    unaccept_order,
)
from orders.core.statuses import ContactChannel, Flag, HoldKind
from orders.fulfilment.services import ship_order
from orders.notes.models import BuyerNote
from orders.notes.queries.specs import ordered_lines, product_key, sold_specs
from orders.notes.services import (
    ask_buyer,
    confirm_note,
    decline_note,
    negotiate_note,
    recognise_note,
    save_reply,
    suggested_changes,
    take_next_notes,
)
from orders.notes.statuses import BuyerNoteState, Negotiation, NoteType
from orders.rules.services import RuleValues, save_rule
from orders.rules.statuses import RuleAction

LEGEND = {"1": "加急", "2": "待沟通", "3": "可发货", "4": "老客户", "5": "主管看过"}
REPLIES: tuple[tuple[str, str, str], ...] = (
    ("刻字内容", NoteType.ENGRAVING, "{buyer} 您好,{product} 可以刻字,要刻什么请告诉我们(8 个字以内)。"),
    ("发票信息", NoteType.INVOICE, "您好,开票还差:{missing}。收到后随货寄出,订单 {number}。"),
    ("颜色尺码确认", NoteType.COLOUR_SIZE, "您好,您拍的是 {spec},留言里写的不一样,请确认发哪一款?"),
    ("催发货", NoteType.URGE, "您好,您的订单最晚 {ship_by} 发出,我们会尽快安排,发出后会有短信提醒。"),
    ("地址核对", NoteType.ADDRESS_CHANGE, "您好,请把新的收货地址和收件人完整发给我们,核对后马上修改。"),
    ("感谢", NoteType.OTHER, "感谢您对{shop}的支持,祝您生活愉快!"),
)  # fmt: skip
RULES = (
    RuleValues(
        name="大额订单", action=RuleAction.HOLD, hold_kind=HoldKind.RISK, hold_reason="金额较大,先核对",
        is_active=False, conditions=({"field": "amount", "op": "at_least", "value": "1500"},),
    ),
    RuleValues(
        name="偏远地区", action=RuleAction.HOLD, hold_kind=HoldKind.ADDRESS_PROBLEM, hold_reason="先问能否送到",
        is_active=False, conditions=({"field": "province", "op": "any_of", "value": ["新疆", "西藏", "内蒙古"]},),
    ),
)  # fmt: skip

_Act = Callable[[dict[str, Any]], object]


def open_desk(store: Store, *, at: datetime) -> int:
    """Read the notes of the shop, give it replies and rules, and let its people work on some orders; return how many.

    Rules are off: until one is on, orders are accepted on payment.
    """
    staff = {user.username: user for user in User.objects.filter(memberships__store=store)}
    _read_notes(store, at)
    with translation.override("zh-hans"):
        _furnish(store, staff["manager"], at)
        return _work_on_notes(store, staff, at) + _work_on_orders(store, staff, at)


def _read_notes(store: Store, at: datetime) -> None:
    """Let the rules read the notes of open orders; those of orders that have left are read when the worker runs."""
    open_orders = Order.objects.for_store(store).pending_shipment()
    notes = list(BuyerNote.objects.for_store(store).filter(order__in=open_orders).select_related("order"))
    lines = OrderLine.objects.filter(order__in=open_orders, order__note__isnull=False).select_related("title")
    ordered = list(lines.order_by("order_id", "position", "pk"))
    sold = sold_specs(store, map(product_key, ordered))
    for note in notes:
        recognise_note(note, ordered_lines((line for line in ordered if line.order_id == note.order_id), sold), at)
    BuyerNote.objects.bulk_update(notes, ["types", "findings", "recognised_at", "state"])


def _furnish(store: Store, manager: User, at: datetime) -> None:
    store.flag_legend = LEGEND
    store.save(update_fields=["flag_legend"])
    for title, kind, text in REPLIES:
        save_reply(store=store, title=title, text=text, kind=kind, is_shared=True, may_share=True, actor=manager, at=at)
    for values in RULES:
        save_rule(store=store, values=values, actor=manager, at=at)


def _work_on_notes(store: Store, staff: dict[str, User], at: datetime) -> int:
    """Settle some notes, ask about others, and take a few."""
    agent = staff["agent"]

    def confirm(order: dict[str, Any]) -> None:
        note = BuyerNote.objects.select_related("order__store").get(order=order["order_id"])
        lines = list(note.order.lines.select_related("title").order_by("position", "pk"))
        changes = suggested_changes(note, note.order, lines, order["at"])
        confirm_note(**order, outcome="已按买家留言处理", changes=changes)

    plan: tuple[tuple[BuyerNoteState, int, User, int, _Act], ...] = (
        (BuyerNoteState.RECOGNISED, 14, agent, 95, confirm),
        (BuyerNoteState.NEEDS_INFO, 4, agent, 70, lambda order: ask_buyer(
            **order, text="您好,留言里还差一点信息,方便补充一下吗?", channel=ContactChannel.CHAT,
        )),
        (BuyerNoteState.MANUAL, 2, agent, 55, lambda order: decline_note(
            **order, outcome="已和买家说明,做不到,买家同意按原单发",
        )),
        (BuyerNoteState.MANUAL, 2, staff["manager"], 50, lambda order: negotiate_note(
            **order, negotiation=Negotiation.TALKING, text="没有这个颜色,正在问买家换哪一款",
        )),
    )  # fmt: skip
    done = sum(
        _each(_notes(store, state), count, act, store=store, actor=person, at=at - timedelta(minutes=ago))
        for state, count, person, ago, act in plan
    )
    taken = take_next_notes(store=store, actor=agent, at=at - timedelta(minutes=10), count=6)
    return done + len(taken)


def _work_on_orders(store: Store, staff: dict[str, User], at: datetime) -> int:
    agent, manager, warehouse = staff["agent"], staff["manager"], staff["warehouse"]
    ready = _ready(store)
    day = business_day(at) + timedelta(days=3)
    tracking = (f"SF1{number:012}" for number in range(900_000_000_000, 900_000_001_000))
    plan: tuple[tuple[int, User, int, _Act], ...] = (
        (9, warehouse, 40, lambda order: ship_order(**order, courier="SF", tracking_number=next(tracking))),
        (3, agent, 65, lambda order: open_hold(**order, kind=HoldKind.OUT_OF_STOCK, reason="仓库缺货,后天到货")),
        (2, agent, 45, lambda order: open_hold(**order, kind=HoldKind.ADDRESS_PROBLEM, reason="地址不全,已问买家")),
        (2, manager, 30, lambda order: open_hold(**order, kind=HoldKind.MANUAL, reason="买家要求晚两天再发")),
        (2, agent, 35, lambda order: appoint_date(**order, day=day, slot="下午")),
        (1, manager, 25, lambda order: extend_promise(
            **order, until=at + timedelta(days=5), agreement="好的,晚几天没关系", image=None,
        )),
        (4, agent, 20, lambda order: set_flag(**order, flag=Flag.RED)),
        (3, agent, 18, lambda order: set_flag(**order, flag=Flag.YELLOW)),
        (3, agent, 15, lambda order: add_remark(**order, text="买家说今天一定要发,已答应")),
        (2, manager, 12, lambda order: set_tags(**order, tags=["直播间"])),
        (3, manager, 8, lambda order: unaccept_order(**order)),
        (4, agent, 0, lambda order: claim_order(**order)),
        (3, warehouse, 0, lambda order: claim_order(**order)),
    )  # fmt: skip
    return sum(
        _each(ready, count, act, actor=person, at=at - timedelta(minutes=ago), store=store)
        for count, person, ago, act in plan
    )


def _each(orders: Iterator[int], count: int, act: _Act, *, store: Store, actor: User, at: datetime) -> int:
    """Do something to the next so many orders, a minute apart; what is refused is left out."""
    done = 0
    for place, order_id in enumerate(islice(orders, count)):
        with suppress(OrderError):
            act({"store": store, "order_id": order_id, "actor": actor, "at": at + timedelta(minutes=place % 5)})
            done += 1
    return done


def _ready(store: Store) -> Iterator[int]:
    orders = Order.objects.for_store(store).pending_shipment().ready()
    return iter(list(orders.order_by("ship_by", "pk").values_list("pk", flat=True)[:100]))


def _notes(store: Store, state: BuyerNoteState) -> Iterator[int]:
    notes = BuyerNote.objects.for_store(store).filter(
        state=state, order__in=Order.objects.for_store(store).pending_shipment().note_unhandled()
    )
    return iter(list(notes.order_by("order__ship_by", "pk").values_list("order_id", flat=True)[:30]))
