"""Every act on every kind of case in every state: done as the table below says, or refused with nothing changed."""

from decimal import Decimal

import pytest
from django.db import transaction

from aftersales.refunds import services
from aftersales.refunds.models import RefundStep
from aftersales.refunds.services import RefundError, go, lock_case
from aftersales.refunds.statuses import MOVES, Act, RefundKind, RefundState
from orders.core.models import OrderEvent
from tests.factories import NOON
from tests.refunds.cases import make_case, make_picture, record_of, step, target

pytestmark = pytest.mark.django_db

# written out by hand: act, state, state after it; for all kinds, then for each
EVERY = """
refuse requested refused
apply_again refused requested
withdraw requested closed
withdraw refused closed
"""
WITH_RETURN = """
agree requested awaiting_return
agree refused awaiting_return
send_back awaiting_return awaiting_receipt
refuse awaiting_receipt refused
withdraw awaiting_return closed
withdraw awaiting_receipt closed
"""
SENT_OUT = """
send_out awaiting_outbound awaiting_buyer
confirm awaiting_buyer succeeded
withdraw awaiting_outbound closed
withdraw awaiting_buyer closed
"""
TURNS_WITH_RETURN = """
turn_to_refund requested requested
turn_to_refund refused requested
turn_to_refund awaiting_return awaiting_return
turn_to_refund awaiting_receipt awaiting_receipt
turn_to_refund awaiting_outbound awaiting_receipt
"""
TABLE = {
    "refund_only": f"{EVERY} agree requested succeeded \n agree refused succeeded",
    "return_refund": f"{EVERY} {WITH_RETURN} receive awaiting_receipt succeeded",
    "exchange": f"{EVERY} {WITH_RETURN} receive awaiting_receipt awaiting_outbound {SENT_OUT} {TURNS_WITH_RETURN}",
    "repair": f"{EVERY} {WITH_RETURN} receive awaiting_receipt awaiting_outbound {SENT_OUT} {TURNS_WITH_RETURN}",
    "reship": f"""{EVERY} agree requested awaiting_outbound
        agree refused awaiting_outbound {SENT_OUT}
        turn_to_refund requested requested
        turn_to_refund refused requested
        turn_to_refund awaiting_outbound requested""",
}
TURNED = {"exchange": "return_refund", "repair": "return_refund", "reship": "refund_only"}


def expected(kind):
    words = TABLE[kind].split()
    return {(act, state): after for act, state, after in zip(words[::3], words[1::3], words[2::3], strict=True)}


LEGAL = {kind: expected(kind) for kind in TABLE}


def do(act, refund):
    """Call the service of the act; the parcels' own are tested with them."""
    proof = make_picture(refund.store)
    calls = {
        "agree": (services.agree_case, {}),
        "refuse": (services.refuse_case, {"reason": "worn", "text": "The goods were worn.", "proof": proof}),
        "apply_again": (services.apply_again, {}),
        "confirm": (services.confirm_case, {}),
        "withdraw": (services.withdraw_case, {"reason": "the buyer keeps it"}),
        "turn_to_refund": (services.turn_to_refund, {}),
    }
    service, values = calls.get(act, (step, {"act": act}))
    return service(**target(refund, **values))


@pytest.mark.parametrize("state", RefundState.values)
@pytest.mark.parametrize("kind", RefundKind.values)
@pytest.mark.parametrize("act", Act.values)
def test_an_act_is_done_or_refused_as_the_table_says(act, kind, state):
    refund = make_case(kind=kind, status=state)
    before = record_of(refund)

    if (act, state) not in LEGAL[kind]:
        with pytest.raises(RefundError, match="is not possible now") as refusal:
            do(act, refund)
        assert (refusal.value.code, record_of(refund)) == ("state", before)
        return
    refund = do(act, refund)

    refund.refresh_from_db()
    after = LEGAL[kind][act, state]
    assert refund.status == after
    assert refund.kind == (TURNED[kind] if act == "turn_to_refund" else kind)
    assert (refund.version, refund.finished_at) == (2, None if refund.is_open else NOON)
    steps = list(RefundStep.objects.values_list("status", "to_status", "act", "entered_at", "left_at"))
    assert steps == ([(state, after, act, NOON, NOON)] if state != after else [])
    moved = OrderEvent.objects.get(kind="case_moved")
    assert moved.before == {"case_status": state, "kind": kind}
    assert moved.after.items() >= {
        "refund": refund.number, "act": act, "version": 2, "case_status": after, "kind": refund.kind,
    }.items()  # fmt: skip


def test_the_tables_of_code_and_test_hold_the_same_moves():
    coded = {
        kind: {(str(act), str(state)): str(move.status) for (act, state), move in moves.items()}
        for kind, moves in MOVES.items()
    }

    assert coded == LEGAL
    assert sum(map(len, LEGAL.values())) == 70


def test_a_deadline_follows_each_state_and_ends_with_the_case():
    refund = make_case(kind="exchange")
    hours = []

    for act in ("agree", "send_back", "receive", "send_out", "confirm"):
        refund = do(act, refund)
        hours.append(refund.deadline and (refund.deadline - refund.status_since).total_seconds() / 3600)

    assert hours == [7 * 24, 10 * 24, 72, 10 * 24, None]
    assert (refund.status, refund.finished_at, refund.deadline) == ("succeeded", NOON, None)


@pytest.mark.parametrize("after", RefundState.values)
@pytest.mark.parametrize("before", RefundState.values)
def test_the_platform_sets_any_state_after_any_other(before, after):
    refund = make_case(kind="exchange", status=before, source="platform")

    with transaction.atomic():
        case = lock_case(store=refund.store, refund_id=refund.pk)
        go(case, "", status=after, kind="refund_only", actor=None, at=NOON, source="platform", amount=Decimal(60),
           refunded=Decimal(60), platform_status="新")  # fmt: skip

    refund.refresh_from_db()
    assert (refund.status, refund.kind, refund.platform_status) == (after, "refund_only", "新")
    assert refund.is_open == (refund.finished_at is None)
    assert refund.order.has_open_refund == refund.is_open
    assert refund.order.refunded == (60 if after == "succeeded" else 0)
    assert refund.steps.count() == (before != after)


def test_what_the_platform_takes_back_is_not_refunded_any_more():
    refund = make_case(status="succeeded", source="platform")
    make_case(order=refund.order, status="succeeded", source="platform", amount=Decimal(10))

    with transaction.atomic():
        case = lock_case(store=refund.store, refund_id=refund.pk)
        go(case, "", status="closed", actor=None, at=NOON, source="platform", refunded=Decimal(0))

    refund.order.refresh_from_db()
    assert (refund.order.refunded, refund.order.refund_status) == (Decimal(10), "succeeded")
