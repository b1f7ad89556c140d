"""What the staff of an invented shop did, by the shop's seed: claims, holds, and the acts of the last month.

Each order has dice of its own, so that the orders themselves are the same with staff or without.
"""

import random
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from backoffice.common.access import Right
from backoffice.common.models import Membership, Store
from orders.core.statuses import OPEN_STATUSES, SHIPPABLE_STATUSES, EventKind, HoldKind, RefundStatus
from orders.intake.demo.generator import DemoOrder

MONTH, BUSY = timedelta(days=30), timedelta(days=2)
MONTH_SHARE, BUSY_SHARE = 0.02, 0.2
CLAIM_SHARE, HOLD_SHARE, PRINT_SHARE = 0.03, 0.05, 0.1
NOTE_SETTLED, NOTE_GIVEN, NOTE_CHANGED = 0.15, 0.25, 0.28  # of the notes of open orders, one after the other
LEASE = timedelta(minutes=20)


class Person(NamedTuple):
    pk: int
    name: str


class DemoHold(NamedTuple):
    kind: str
    reason: str
    rule: str  # "": a person holds it


class Act(NamedTuple):
    kind: str
    person: Person
    at: datetime
    before: dict[str, str]
    after: dict[str, str]


class Work(NamedTuple):
    """What was done about one order."""

    hold: DemoHold | None = None
    holder: Person | None = None  # who has claimed it
    printed_at: datetime | None = None
    note: str = ""  # settled, given or changed
    person: Person | None = None  # who did or has what is written here
    acts: tuple[Act, ...] = ()


NOTHING = Work()
HOLDS = (
    DemoHold(HoldKind.RISK, "金额较大,先核对", "大额订单"),
    DemoHold(HoldKind.ADDRESS_PROBLEM, "偏远地区,先问能否送到", "偏远地区"),
    DemoHold(HoldKind.OUT_OF_STOCK, "仓库缺货", "缺货先留"),
    DemoHold(HoldKind.MANUAL, "买家想再考虑一下", ""),
    DemoHold(HoldKind.OUT_OF_STOCK, "这批颜色不对,等补货", ""),
)


def people_of(store: Store) -> list[Person]:
    """Return who works on the orders of a store."""
    members = Membership.objects.active().filter(store=store).select_related("user").order_by("user__username")
    return [Person(member.user_id, str(member.user)) for member in members if Right.WORK_ORDERS in member.rights]


class Staff:
    """Says what these people did about an order; nothing, when there is nobody."""

    def __init__(self, people: Sequence[Person], *, seed: int, until: datetime) -> None:
        self.people, self.seed, self.until = people, seed, until

    def work_on(self, order: DemoOrder) -> Work:
        is_open = order.status in SHIPPABLE_STATUSES
        if not self.people or not (is_open or order.placed_at > self.until - MONTH):
            return NOTHING
        dice = random.Random(f"{self.seed}/work/{order.number}")
        person = dice.choice(self.people)
        acts = tuple(act for act in self._acts(dice, order, person) if act.at <= self.until)
        return self._work_on_open(dice, order, person, acts) if is_open else Work(person=person, acts=acts)

    def _work_on_open(self, dice: random.Random, order: DemoOrder, person: Person, acts: tuple[Act, ...]) -> Work:
        is_paid = order.status in OPEN_STATUSES
        may_hold = is_paid and not order.note and order.refund_status == RefundStatus.NONE
        is_printed = is_paid and dice.random() < PRINT_SHARE
        return Work(
            hold=dice.choice(HOLDS) if may_hold and dice.random() < HOLD_SHARE else None,
            holder=person if is_paid and dice.random() < CLAIM_SHARE else None,
            printed_at=self._after(order, 60) if is_printed else None,
            note=_note(dice.random(), is_printed=is_printed) if order.note and is_paid else "",
            person=person,
            acts=acts,
        )

    def _acts(self, dice: random.Random, order: DemoOrder, person: Person) -> Iterator[Act]:
        share = BUSY_SHARE if order.placed_at > self.until - BUSY else MONTH_SHARE
        if order.paid_at is None or dice.random() >= share:
            return
        looked_at = self._after(order, dice.randint(1, 30))
        yield Act(EventKind.ACCEPTED, person, looked_at, {"acceptance": "unreviewed"}, {"acceptance": "accepted"})
        if order.remark:
            yield Act(EventKind.REMARKED, person, looked_at, {"remark": ""}, {"remark": order.remark})
        if order.shipped_at is not None:
            packer = dice.choice(self.people)
            if order.note:
                yield Act(
                    EventKind.NOTE_CONFIRMED, person, looked_at, {"note_state": "recognised"},
                    {"note_state": "confirmed", "outcome": "按留言处理"},
                )  # fmt: skip
            yield Act(
                EventKind.SHIPPED, packer, order.shipped_at, {"status": "pending_shipment"}, {"status": "shipped"}
            )

    def _after(self, order: DemoOrder, minutes: int) -> datetime:
        return min((order.paid_at or order.placed_at) + timedelta(minutes=minutes), self.until)


def _note(roll: float, *, is_printed: bool) -> str:
    if roll < NOTE_SETTLED:
        return "settled"
    if roll < NOTE_GIVEN:
        return "given"
    return "changed" if is_printed or roll < NOTE_CHANGED else ""
