import random
from datetime import timedelta
from decimal import Decimal

import pytest

from aftersales.refunds.models import Refund, RefundMessage, RefundStep
from aftersales.refunds.services import agree_case, apply_again, refuse_case, say, withdraw_case
from aftersales.refunds.statuses import ReasonKind, RefundKind, RefundState
from analytics.models import DirtyDay, ProductReturns, RefundAnswerTimes, RefundReasons, RefundStepTimes
from analytics.rollups import (
    ROLLUPS,
)
from analytics.rollups.recount import recount
from analytics.rollups.runs import roll_nightly
from analytics.rollups.verification import verify_rollups
from backoffice.common.access import Role
from orders.core.models import OrderEvent
from orders.core.statuses import OrderStatus
from tests.analytics.refund_counting import DAY, DAYS, HOUR, MIDNIGHT, NEXT_NIGHT, TABLES, make_step, roll, rows
from tests.factories import NOON, make_line, make_order, make_store, make_title, make_user
from tests.refunds.cases import make_case, make_picture, target

pytestmark = pytest.mark.django_db


# Stays in a state


def test_stays_are_kept_sorted_by_day_state_person_and_reason():
    case = make_case()
    wang = make_user("wang", store=case.store)
    for hours in (5, 1, 3):
        make_step(case, hours=hours, actor=wang)
    make_step(case, hours=2)
    make_step(case, status=RefundState.AWAITING_RECEIPT, hours=7, actor=wang, left_at=NOON + DAYS)

    roll(case.store)

    fields = ("day", "status", "actor_id", "reason_kind", "stay_count", "seconds")
    assert rows(RefundStepTimes, *fields) == [
        (DAY, "requested", 0, "quality", 1, [7200]),
        (DAY, "requested", wang.pk, "quality", 3, [3600, 10800, 18000]),
        (DAY + DAYS, "awaiting_receipt", wang.pk, "quality", 1, [25200]),
    ]


@pytest.mark.parametrize(
    ("left_at", "day"),
    [
        (MIDNIGHT - timedelta(microseconds=1), DAY - DAYS),
        (MIDNIGHT, DAY),
        (MIDNIGHT + timedelta(days=1, microseconds=-1), DAY),
        (MIDNIGHT + DAYS, DAY + DAYS),
    ],
)
def test_a_stay_counts_on_the_day_in_shanghai_that_it_ended(left_at, day):
    case = make_case()
    make_step(case, left_at=left_at)

    roll(case.store)

    assert rows(RefundStepTimes, "day") == [(day,)]


def test_seconds_are_whole():
    case = make_case()
    RefundStep.objects.create(
        refund=case, store=case.store, status="requested", to_status="closed", source="staff",
        entered_at=NOON - timedelta(seconds=3, microseconds=1), left_at=NOON - timedelta(microseconds=2),
    )  # fmt: skip

    roll(case.store)

    assert rows(RefundStepTimes, "seconds") == [([2],)]


def test_a_move_by_its_service_is_counted_once_it_is_made():
    case = make_case(requested_at=NOON - 4 * HOUR)
    wang = make_user("wang", store=case.store)

    agree_case(**target(case, actor=wang))
    roll(case.store)

    assert rows(RefundStepTimes, "status", "actor_id", "seconds") == [("requested", wang.pk, [14400])]


# First answers


def test_a_first_answer_belongs_to_who_decided_or_wrote_first():
    store = make_store()
    wang, li = make_user("wang", store=store), make_user("li", store=store)
    decided, written = (make_case(order=make_order(store=store, status=OrderStatus.SHIPPED)) for _ in range(2))

    agree_case(**target(decided, actor=wang, at=NOON + HOUR))
    say(**target(written, actor=li, at=NOON + 2 * HOUR), text="亲，已经收到")
    agree_case(**target(written, actor=wang, at=NOON + 9 * HOUR))
    roll(store)

    fields = ("day", "actor_id", "reason_kind", "answer_count", "seconds")
    assert rows(RefundAnswerTimes, *fields) == sorted(
        [(DAY, wang.pk, "quality", 1, [3600]), (DAY, li.pk, "quality", 1, [7200])]
    )


def test_a_proposal_to_the_second_person_is_an_answer_of_who_made_it():
    case = make_case(
        order=make_order(status=OrderStatus.SHIPPED, paid=Decimal(900)), amount=Decimal(800), refunded=Decimal(0)
    )
    wang = make_user("wang", store=case.store)

    agree_case(**target(case, actor=wang, at=NOON + HOUR))
    roll(case.store)

    assert rows(RefundAnswerTimes, "actor_id", "seconds") == [(wang.pk, [3600])]


def test_a_refusal_is_an_answer_of_who_refused():
    case = make_case()
    wang = make_user("wang", store=case.store)

    refuse_case(
        **target(case, actor=wang, at=NOON + HOUR), reason="x1", text="商品没有问题", proof=make_picture(case.store)
    )
    roll(case.store)

    assert rows(RefundAnswerTimes, "actor_id", "seconds") == [(wang.pk, [3600])]


def test_an_answer_of_nobody_known_and_one_dated_before_the_case():
    case = make_case(answered_at=NOON - HOUR)

    roll(case.store)

    assert rows(RefundAnswerTimes, "actor_id", "seconds") == [(0, [0])]


def test_a_case_without_an_answer_is_not_there():
    case = make_case()

    roll(case.store)

    assert rows(RefundAnswerTimes, "pk") == []
    assert rows(RefundReasons, "case_count") == [(1,)]


# Reasons


def test_reasons_hold_what_became_of_the_cases_asked_for_that_day():
    store = make_store()
    order = make_order(store=store, status=OrderStatus.SHIPPED, lines=0)
    line = make_line(order=order)
    for hours, values in (
        (2, {"status": "closed", "amount": Decimal(50)}),
        (5, {"status": "succeeded", "amount": Decimal(30), "refunded": Decimal("20.50")}),
    ):
        make_case(order=order, line=line, title=line.title, finished_at=NOON + hours * HOUR, **values)
    make_case(order=order, line=line, title=line.title, amount=Decimal(10))
    make_case(order=order, kind=RefundKind.EXCHANGE, reason_kind="size")

    roll(store)

    fields = ("title_id", "reason_kind", "kind", "case_count", "succeeded_count", "closed_count", "asked", "refunded")
    assert rows(RefundReasons, *fields, "seconds") == [
        (0, "size", "exchange", 1, 0, 0, Decimal(0), Decimal(0), []),
        (line.title_id, "quality", "refund_only", 3, 1, 1, Decimal(90), Decimal("20.50"), [7200, 18000]),
    ]


# Return rates


def returns():
    return rows(ProductReturns, "day", "title_id", "case_count", "order_count", "return_count", "succeeded_count")


def test_returns_stand_on_the_day_of_payment_and_count_an_order_once_per_product():
    store = make_store()
    order = make_order(store=store, status=OrderStatus.SHIPPED, lines=0, paid_at=NOON - 20 * DAYS)
    lines = [make_line(order=order, position=position, title=title) for position, title in enumerate("AAB", 1)]
    for line in lines[:2]:
        make_case(order=order, line=line, title=line.title, kind=RefundKind.RETURN_REFUND, amount=Decimal(10))
    make_case(order=order, line=lines[2], title=lines[2].title, status="succeeded", amount=Decimal(10))

    roll(store)

    day = DAY - 20 * DAYS
    assert returns() == [(day, lines[0].title_id, 2, 1, 1, 0), (day, lines[2].title_id, 1, 1, 0, 1)]


def test_a_case_on_a_whole_order_counts_for_each_product_that_was_sold():
    store = make_store()
    order = make_order(store=store, status=OrderStatus.SHIPPED, lines=0, paid_at=NOON)
    first, second = (make_line(order=order, position=position, title=title) for position, title in ((1, "A"), (2, "B")))
    make_line(order=order, position=3, title="赠品", is_gift=True, key="gift:1")
    make_case(order=order)

    roll(store)

    assert returns() == [(DAY, first.title_id, 1, 1, 0, 0), (DAY, second.title_id, 1, 1, 0, 0)]


# All four


def test_second_run_writes_nothing():
    case = make_case(answered_at=NOON)
    make_step(case)
    roll(case.store)

    assert roll(case.store).rows_written == 0
    assert [rollup.rows().count() for rollup in TABLES] == [1, 1, 1, 1]


def test_a_change_is_rolled_and_vanished_keys_go():
    case = make_case(answered_at=NOON)
    make_step(case)
    roll(case.store)
    Refund.objects.filter(pk=case.pk).update(reason_kind="size", kind="exchange", amount=0)

    roll(case.store)

    for rollup in TABLES[:3]:
        assert [row.reason_kind for row in rollup.rows()] == ["size"]
    assert rows(ProductReturns, "return_count") == [(1,)]
    assert verify_rollups(stores=[case.store], first=DAY - DAYS, last=DAY + DAYS).mismatches == []


def test_a_deleted_case_leaves_no_row():
    case = make_case(answered_at=NOON)
    make_step(case)
    roll(case.store)
    case.delete()

    roll(case.store)

    assert [rollup.rows().count() for rollup in TABLES] == [0, 0, 0, 0]


def test_a_late_change_of_an_old_case_is_rolled_in_the_next_night():
    order = make_order(status=OrderStatus.SHIPPED, placed_at=NOON - 40 * DAYS, paid_at=NOON - 40 * DAYS)
    case = make_case(order=order, requested_at=NOON - 20 * DAYS)
    make_step(case, left_at=NOON - 15 * DAYS)
    roll_nightly(stores=[case.store], at=NEXT_NIGHT)
    assert not DirtyDay.objects.exists()

    Refund.objects.filter(pk=case.pk).update(status="closed", finished_at=NOON, reason_kind="size")
    count = roll_nightly(stores=[case.store], at=NEXT_NIGHT)

    assert count.days == 4  # of payment, of asking, of the step, and yesterday
    assert rows(RefundReasons, "day", "reason_kind", "closed_count") == [(DAY - 20 * DAYS, "size", 1)]
    assert rows(RefundStepTimes, "day", "reason_kind") == [(DAY - 15 * DAYS, "size")]
    assert verify_rollups(stores=[case.store], first=DAY - 41 * DAYS, last=DAY).mismatches == []


@pytest.mark.parametrize("seed", range(3))
def test_rollups_equal_a_naive_count_of_random_cases(seed):
    chance = random.Random(seed)
    store = make_store()
    people = [make_user(store=store) for _ in range(3)]
    for _ in range(40):
        make_random_case(store, chance, people)
    first, last = DAY - 5 * DAYS, DAY + 5 * DAYS

    roll(store, first, last)

    counted = recount([store.pk], first, last)
    for rollup in TABLES:
        names = ("store_id", "day", *rollup.keys)
        held = {tuple(getattr(row, name) for name in names): row for row in rollup.rows()}
        assert len(held) > 5
        assert {key: {name: getattr(row, name) for name in rollup.values} for key, row in held.items()} == (
            counted.tables[rollup.model]
        )
    assert not verify_rollups(stores=[store], first=first, last=last).mismatches


def moment(chance):
    return MIDNIGHT + timedelta(seconds=chance.randint(-3 * 86400, 3 * 86400))


def make_random_case(store, chance, people):
    order = make_order(store=store, lines=0, status=OrderStatus.SHIPPED, paid_at=moment(chance), ship_by=None)
    lines = [
        make_line(order=order, position=position, title=chance.choice("ABC"), is_gift=is_gift, **key)
        for position in range(1, chance.randint(1, 3) + 1)
        for is_gift, key in [chance.choice([(False, {})] * 4 + [(True, {"key": f"gift:{position}"})])]
    ]
    for line in chance.sample([*lines, None], k=chance.randint(1, len(lines))):
        asked_at, kind = moment(chance), chance.choice(list(RefundKind))
        status = chance.choice(["requested", "awaiting_receipt", "succeeded", "closed"])
        amount = Decimal(chance.randint(1, 3000)) / 100 if kind in {"refund_only", "return_refund"} else Decimal(0)
        case = make_case(
            order=order, line=line, title=line.title if line else None, kind=kind, status=status, amount=amount,
            reason_kind=chance.choice(list(ReasonKind)[:4]), requested_at=asked_at,
            finished_at=moment(chance) if status in {"succeeded", "closed"} else None,
            answered_at=chance.choice([None, moment(chance)]),
        )  # fmt: skip
        _answer_randomly(case, chance, people)
        for _ in range(chance.randint(0, 3)):
            make_step(case, hours=chance.random() * 60, left_at=moment(chance), actor=chance.choice([None, *people]))


def _answer_randomly(case, chance, people):
    if case.answered_at and chance.random() < 0.6:
        for at in (case.answered_at, case.answered_at + HOUR):
            RefundMessage.objects.create(
                refund=case, store=case.store, role=chance.choice(["shop", "buyer"]), at=at, text="x",
                author=chance.choice([None, *people]),
            )  # fmt: skip
    if case.answered_at and chance.random() < 0.6:
        OrderEvent.objects.create(
            store=case.store, order=case.order, kind=chance.choice(["case_moved", "case_changed", "remarked"]),
            actor=chance.choice([None, *people]), at=case.answered_at, source="staff",
            after={"refund": chance.choice([case.number, "other"])},
        )  # fmt: skip


def test_another_stores_cases_are_not_counted():
    case, other = make_case(answered_at=NOON), make_case(answered_at=NOON)
    make_step(other)

    roll(case.store)

    for rollup in TABLES:
        assert {row.store_id for row in rollup.rows()} <= {case.store_id}


@pytest.mark.parametrize("rollup", TABLES, ids=lambda rollup: rollup.table)
def test_verification_finds_a_changed_row_and_a_missing_row(rollup):
    case = make_case(answered_at=NOON + HOUR)
    make_step(case, actor=make_user("wang", store=case.store))
    roll(case.store)
    name = next(name for name in rollup.values if name.endswith("_count"))
    rollup.rows().update(**{name: 7})

    (found,) = verify_rollups(stores=[case.store], first=DAY - DAYS, last=DAY).mismatches
    assert (found["table"], found["rollup"], found["orders"]) == (rollup.table, {name: 7}, {name: 1})

    rollup.rows().delete()
    (found,) = verify_rollups(stores=[case.store], first=DAY - DAYS, last=DAY).mismatches
    assert list(found) == ["table", "store", "day", "key", "rollup", "orders"]
    assert found["rollup"][name] == 0


def test_verification_names_people_and_products():
    store = make_store()
    order = make_order(store=store, status=OrderStatus.SHIPPED)
    case = make_case(order=order, title=make_title(store=store, text="真丝连衣裙"))
    make_step(case, actor=make_user("wang", store=store))

    found = verify_rollups(stores=[store], first=DAY, last=DAY).mismatches

    keys = {one["table"]: one["key"] for one in found}
    assert keys["analytics_refundsteptimes"] == "requested wang quality"
    assert keys["analytics_refundreasons"] == "真丝连衣裙 quality refund_only"
    assert keys["analytics_productreturns"] == "真丝连衣裙"


# All together


def test_every_act_leaves_rollups_that_prove_themselves():
    case = make_case(requested_at=NOON - 3 * DAYS)
    manager = make_user("chen", store=case.store, roles=(Role.MANAGER,))
    roll(case.store)
    acts = [
        lambda at: refuse_case(
            **target(case, actor=manager, at=at), reason="x1", text="商品没有问题", proof=make_picture(case.store)
        ),
        lambda at: apply_again(**target(case, at=at)),
        lambda at: withdraw_case(**target(case, actor=manager, at=at), reason="不想退了"),
    ]

    for number, act in enumerate(acts):
        act(NOON - 2 * DAYS + number * HOUR)
        roll_nightly(stores=[case.store], at=NEXT_NIGHT)

        assert not verify_rollups(stores=[case.store], first=DAY - 9 * DAYS, last=DAY).mismatches
    assert sum(row.stay_count for row in RefundStepTimes.objects.all()) == 3


def test_all_refund_tables_are_rolled():
    assert set(TABLES) <= set(ROLLUPS)
