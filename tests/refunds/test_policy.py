from datetime import timedelta
from decimal import Decimal

import pytest

from aftersales.refunds.models import RefundPolicy
from aftersales.refunds.queries import rule_for
from aftersales.refunds.statuses import ReasonKind
from orders.core.models import OrderLine
from orders.core.statuses import OrderStatus
from orders.fulfilment.models import Shipment, ShipmentLine
from tests.factories import NOON, make_line, make_order
from tests.refunds.cases import make_case

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def make_parcel(order, *, line=None, signed_at=None, number="SF1", **values):
    defaults = {"courier": "SF", "shipped_at": NOON - 20 * DAY, "source": "staff"}
    parcel = Shipment.objects.create(
        store=order.store, order=order, tracking_number=number, signed_at=signed_at, **(defaults | values)
    )
    if line is not None:
        ShipmentLine.objects.create(shipment=parcel, line=line, quantity=1)
    return parcel


def make_signed_case(reason_kind, days_ago, **values):
    """Make a case that is asked for so many days after its parcel was signed for."""
    order = make_order(status=OrderStatus.SHIPPED)
    make_parcel(order, signed_at=NOON - days_ago * DAY)
    return make_case(order=order, reason_kind=reason_kind, **values)


def rule(refund, now=NOON, **policy):
    return rule_for(refund, refund.order, RefundPolicy(**policy), now)


def test_nothing_has_shipped_and_the_buyer_has_the_money_back():
    finding = rule(make_case(order=make_order(), reason_kind="changed_mind"))

    assert (finding.code, finding.suggests, finding.freight_payer) == ("not_shipped", "agree", "")
    assert finding.facts == ["Asked for at 2026-06-01 12:00, before it was signed for."]


def test_a_line_that_waits_is_not_shipped_although_another_left():
    order = make_order(lines=2, status=OrderStatus.PARTIALLY_SHIPPED)
    left, waiting = order.lines.order_by("position")
    make_parcel(order, line=left)
    OrderLine.objects.filter(pk=left.pk).update(shipped_quantity=1)
    left.refresh_from_db()

    codes = [rule(make_case(order=order, line=line, amount=Decimal(10))).code for line in (left, waiting)]

    assert codes == ["quality", "not_shipped"]


@pytest.mark.parametrize(
    ("reason", "days", "code", "suggests", "payer"),
    [
        ("changed_mind", 0, "no_reason", "agree", "buyer"),
        ("seven_days", 7, "no_reason", "agree", "buyer"),
        ("seven_days", 8, "over_window", "refuse", "buyer"),
        ("size", 3, "no_reason", "agree", "buyer"),
        ("other", 8, "over_window", "refuse", "buyer"),
        ("quality", 8, "quality", "agree", "shop"),
        ("quality", 15, "quality", "agree", "shop"),
        ("quality", 16, "over_window", "refuse", "buyer"),
        ("not_as_described", 2, "quality", "agree", "shop"),
        ("wrong_item", 2, "quality", "agree", "shop"),
        ("missing", 2, "quality", "agree", "shop"),
        ("damaged", 2, "quality", "agree", "shop"),
        ("counterfeit", 2, "quality", "agree", "shop"),
        ("not_arrived", 2, "signed_not_received", "check", ""),
        ("freight", 2, "no_rule", "check", ""),
        ("invoice", 2, "no_rule", "check", ""),
    ],
)
def test_the_reason_and_the_days_after_signing_tell_the_rule(reason, days, code, suggests, payer):
    finding = rule(make_signed_case(reason, days))

    assert (finding.code, finding.suggests, finding.freight_payer) == (code, suggests, payer)
    assert f"{days} day" in finding.facts[1]
    assert finding.sentence


def test_every_reason_has_a_rule():
    codes = {kind: rule(make_signed_case(kind, 1)).code for kind in ReasonKind}

    assert all(codes.values())
    assert len(codes) == 14


def test_days_are_those_of_the_calendar_and_the_last_one_counts_whole():
    """Signed for on 25 May at 23:30: the seven days are 26 May to 1 June."""
    order = make_order(status=OrderStatus.SHIPPED)
    make_parcel(order, signed_at=NOON - 6.5 * DAY - timedelta(minutes=30))
    midnight = NOON + timedelta(hours=12)

    last = make_case(
        order=order, reason_kind="seven_days", requested_at=midnight - timedelta(seconds=1), status="closed"
    )
    late = make_case(order=order, reason_kind="seven_days", requested_at=midnight)

    findings = [rule(case, midnight + DAY) for case in (last, late)]
    assert [finding.code for finding in findings] == ["no_reason", "over_window"]
    assert findings[0].facts[-1] == "The days end with 2026-06-01."


def test_the_shop_sets_its_own_days():
    assert rule(make_signed_case("seven_days", 20), no_reason_days=30).sentence.startswith("Within 30 days")
    assert rule(make_signed_case("quality", 2), quality_days=1).code == "over_window"


def test_before_signing_the_days_have_not_begun():
    order = make_order(status=OrderStatus.SHIPPED)
    make_parcel(order, last_event_at=NOON - DAY, last_event="到达杭州")

    finding = rule(make_case(order=order, reason_kind="seven_days"))

    assert finding.code == "no_reason"
    assert finding.facts == [
        "Parcel SF1 left at 2026-05-12 12:00; last seen at 2026-05-31 12:00: 到达杭州",
        "Asked for at 2026-06-01 12:00, before it was signed for.",
    ]


def test_without_a_trace_completion_counts_as_signing():
    order = make_order(status=OrderStatus.COMPLETED, completed_at=NOON - 8 * DAY)

    assert rule(make_case(order=order, reason_kind="seven_days")).code == "over_window"


def test_the_last_parcel_begins_the_days_and_one_on_its_way_stops_them():
    order = make_order(status=OrderStatus.SHIPPED)
    make_parcel(order, signed_at=NOON - 20 * DAY)
    make_parcel(order, number="SF2", signed_at=NOON - 2 * DAY)
    second = rule(make_case(order=order, reason_kind="seven_days", status="closed"))
    make_parcel(order, number="SF3")

    third = rule(make_case(order=order, reason_kind="seven_days"))

    assert (second.code, second.facts[-1]) == ("no_reason", "The days end with 2026-06-06.")
    assert third.facts[2] == "Parcel SF3 left at 2026-05-12 12:00; there is no trace of it."


def test_what_never_arrived_is_the_shops_concern_until_it_is_signed_for():
    order = make_order(status=OrderStatus.SHIPPED)
    make_parcel(order)

    for values in ({"reason_kind": "not_arrived"}, {"reason_kind": "changed_mind", "goods": "not_received"}):
        finding = rule(make_case(order=order, status="closed", **values))
        assert (finding.code, finding.suggests, finding.freight_payer) == ("not_arrived", "agree", "shop")


@pytest.mark.parametrize(
    ("words", "reason", "code"),
    [
        (["连衣裙"], "changed_mind", "special_goods"),
        (["刻字"], "seven_days", "special_goods"),
        (["连衣裙"], "quality", "quality"),
        (["内衣"], "changed_mind", "no_reason"),
        ([" "], "changed_mind", "no_reason"),
    ],
)
def test_special_goods_go_back_for_a_fault_only(words, reason, code):
    order = make_order(lines=0, status=OrderStatus.SHIPPED)
    line = make_line(order=order, spec="颜色:红;刻字:李", paid=Decimal(100))
    make_parcel(order, line=line, signed_at=NOON - DAY)
    refund = make_case(order=order, line=line, title=line.title, reason_kind=reason)

    assert rule(refund, special_words=words).code == code


def test_a_late_parcel_is_judged_by_the_promise():
    late = make_order(status=OrderStatus.SHIPPED, shipped_at=NOON + DAY, ship_by=NOON)
    kept = make_order(status=OrderStatus.SHIPPED, shipped_at=NOON, ship_by=NOON)

    findings = [rule(make_case(order=order, reason_kind="late")) for order in (late, kept)]

    assert [(one.code, one.suggests) for one in findings] == [("promise_broken", "agree"), ("promise_kept", "refuse")]


def test_freight_insurance_is_told():
    order = make_order(status=OrderStatus.SHIPPED, services=["退货运费险"])

    assert "freight insurance" in rule(make_case(order=order)).facts[-1]
