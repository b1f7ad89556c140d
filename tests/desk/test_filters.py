"""Every parameter of the queue's address."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.http import QueryDict

from backoffice.common.models import Store
from orders.core.models import Hold
from orders.core.statuses import Acceptance, HoldKind, NoteState
from orders.desk.chips import chips
from orders.desk.filters import PARAMETERS, OrderFilter, order_filter
from orders.desk.models import SavedView
from orders.desk.queues import QUEUES, SUB_QUEUE_BY_KEY, SUB_QUEUES
from tests.desk.helpers import broken, numbers
from tests.factories import NOON, make_line, make_order, make_store, make_user

MIDNIGHT = datetime(2026, 6, 1, 16, 0, tzinfo=UTC)  # of the second of June in Asia/Shanghai


@pytest.mark.parametrize(
    ("queue", "found"),
    [
        ("pending_payment", ["pending_payment"]),
        ("pending_shipment", ["partially_shipped", "pending_shipment"]),
        ("shipped", ["shipped"]),
        ("completed", ["completed"]),
        ("closed", ["closed"]),
        ("all", ["closed", "completed", "partially_shipped", "pending_payment", "pending_shipment", "shipped"]),
        ("aftersales", ["shipped"]),
    ],
)
def test_queue(store, queue, found):
    for status in ("pending_payment", "pending_shipment", "partially_shipped", "shipped", "completed", "closed"):
        make_order(store=store, number=f"{status}1", status=status, has_open_refund=status == "shipped")

    assert numbers(store, f"queue={queue}") == [f"{status}1" for status in found]


def test_queue_repeated_means_or(store):
    make_order(store=store, number="1", status="shipped")
    make_order(store=store, number="2", status="closed")
    make_order(store=store, number="3", status="completed")

    assert numbers(store, "queue=shipped&queue=closed") == ["1", "2"]


def test_due_soon_is_named_by_the_stores_hours():
    due_soon = SUB_QUEUE_BY_KEY["due_soon"]

    assert due_soon.title(Store(due_soon_hours=6)) == "Within 6 h"


def test_hold_finds_kinds_and_reasons(store):
    for number, kind, reason in (("1", "manual", "等颜色"), ("2", "manual", ""), ("3", "risk", "等颜色")):
        order = make_order(store=store, number=number, hold_kinds=[kind])
        Hold.objects.create(store=store, order=order, kind=kind, reason=reason, opened_at=NOON)
    released = make_order(store=store, number="4")
    Hold.objects.create(store=store, order=released, kind="manual", reason="等颜色", opened_at=NOON, released_at=NOON)

    assert numbers(store, "hold=manual") == ["1", "2"]
    assert numbers(store, "hold=manual&hold=risk") == ["1", "2", "3"]
    assert numbers(store, "hold=manual&hold_reason=等颜色") == ["1"]
    assert numbers(store, "hold=manual&hold_reason=none") == ["2"]
    assert numbers(store, "hold_reason=等颜色") == ["1", "3"]
    assert "hold" in broken(store, "hold=nonsense").form.errors


def test_hold_filter_is_a_chip(store):
    found = order_filter(store, QueryDict("queue=all&hold=manual&hold_reason=none"), user=None, now=NOON)
    assert found.qs.count() == 0

    labels = [chip.label for chip in chips(found, found.data, "/orders/")]

    assert labels == ["Held for: Held by hand", "Reason of the hold: none"]


def test_sub_queues(store, agent):
    make_order(store=store, number="ready1", ship_by=NOON + timedelta(hours=5))
    make_order(store=store, number="unreviewed1", acceptance=Acceptance.UNREVIEWED, ship_by=NOON + timedelta(hours=5))
    make_order(store=store, number="note1", hold_kinds=[HoldKind.NOTE_UNHANDLED], note_state=NoteState.UNHANDLED)
    make_order(store=store, number="stock1", hold_kinds=[HoldKind.OUT_OF_STOCK])
    make_order(store=store, number="late1", ship_by=NOON - timedelta(seconds=1), hold_kinds=[HoldKind.RISK])
    make_order(store=store, number="soon1", ship_by=NOON + timedelta(hours=4), hold_kinds=[HoldKind.RISK])
    mine = {"claimed_by": agent, "hold_kinds": [HoldKind.RISK]}
    make_order(store=store, number="mine1", claim_expires_at=NOON + timedelta(minutes=1), **mine)
    make_order(store=store, number="lapsed1", claim_expires_at=NOON, **mine)
    make_order(store=store, number="gone1", status="shipped", ship_by=NOON - timedelta(days=1))
    risk = {"hold_kinds": [HoldKind.RISK]}
    make_order(store=store, number="tonight1", ship_by=MIDNIGHT - timedelta(microseconds=1), **risk)
    make_order(store=store, number="tomorrow1", ship_by=MIDNIGHT, **risk)
    make_order(store=store, number="tomorrow2", ship_by=MIDNIGHT + timedelta(hours=24, microseconds=-1), **risk)
    make_order(store=store, number="after1", ship_by=MIDNIGHT + timedelta(hours=24), **risk)

    found = {sub.key: numbers(store, f"sub={sub.key}", user=agent) for sub in SUB_QUEUES}

    assert found == {
        "ready": ["ready1"],
        "unreviewed": ["unreviewed1"],
        "held": [
            "after1",
            "lapsed1",
            "late1",
            "mine1",
            "note1",
            "soon1",
            "stock1",
            "tomorrow1",
            "tomorrow2",
            "tonight1",
        ],
        "overdue": ["late1"],
        "due_soon": ["soon1"],
        "today": ["ready1", "soon1", "tonight1", "unreviewed1"],
        "tomorrow": ["tomorrow1", "tomorrow2"],
        "note": ["note1"],
        "out_of_stock": ["stock1"],
        "mine": ["mine1"],
    }


@pytest.mark.parametrize(("name", "column"), [("paid", "paid_at"), ("placed", "placed_at"), ("ship_by", "ship_by")])
def test_days_are_whole_business_days(store, name, column):
    first = datetime(2026, 5, 31, 16, 0, tzinfo=UTC)  # midnight in Asia/Shanghai
    make_order(store=store, number="before1", **{column: first - timedelta(microseconds=1)})
    make_order(store=store, number="first1", **{column: first})
    make_order(store=store, number="last1", **{column: first + timedelta(days=1, microseconds=-1)})
    make_order(store=store, number="after1", **{column: first + timedelta(days=1)})

    assert numbers(store, f"{name}_from=2026-06-01&{name}_to=2026-06-01") == ["first1", "last1"]
    assert numbers(store, f"{name}_from=2026-06-01") == ["after1", "first1", "last1"]
    assert numbers(store, f"{name}_to=2026-06-01") == ["before1", "first1", "last1"]


def test_amounts_are_inclusive(store):
    for number, amount in enumerate(["99.99", "100.00", "200.00", "200.01"], start=1):
        make_order(store=store, number=str(number), paid=Decimal(amount))

    assert numbers(store, "amount_min=100&amount_max=200") == ["2", "3"]


def test_product_finds_by_code_whole_title_and_part_of_it(store):
    first = make_order(store=store, number="1", lines=0)
    make_line(order=first, title="真丝连衣裙", sku_code="A-1")
    second = make_order(store=store, number="2", lines=0, status="completed")
    make_line(order=second, title="真丝连衣裙 长款", sku_code="B-1", product_id="778899")

    assert numbers(store, "product=A-1") == ["1"]
    assert numbers(store, "product=778899") == ["2"]
    assert numbers(store, "product=真丝连衣裙") == ["1"]
    assert numbers(store, "product=连衣") == ["1", "2"]
    assert numbers(store, "product=连衣&queue=pending_shipment") == ["1"]
    assert numbers(store, "product=A-1&product=B-1") == ["1", "2"]
    assert numbers(store, "product=羊毛") == []


def test_province_takes_any_usual_form_and_none(store):
    make_order(store=store, number="1", province="广东")
    make_order(store=store, number="2", province="内蒙古")
    make_order(store=store, number="3", province="")

    assert numbers(store, "province=广东省") == ["1"]
    assert numbers(store, "province=广东&province=内蒙古自治区") == ["1", "2"]
    assert numbers(store, "province=none") == ["3"]


def test_flag(store):
    for flag in range(6):
        make_order(store=store, number=str(flag), flag=flag)

    assert numbers(store, "flag=0") == ["0"]
    assert numbers(store, "flag=1&flag=5") == ["1", "5"]


def test_note(store):
    make_order(store=store, number="1")
    make_order(store=store, number="2", note_state=NoteState.UNHANDLED)
    make_order(store=store, number="3", note_state=NoteState.HANDLED)

    assert numbers(store, "note=any") == ["2", "3"]
    assert numbers(store, "note=unhandled") == ["2"]
    assert numbers(store, "note=none") == ["1"]
    assert numbers(store, "note=none&note=unhandled") == ["1", "2"]


def test_payment(store):
    make_order(store=store, number="1", payment_method="alipay")
    make_order(store=store, number="2", payment_method="wechat")
    make_order(store=store, number="3")

    assert numbers(store, "payment=alipay&payment=wechat") == ["1", "2"]
    assert numbers(store, "payment=none") == ["3"]


def test_claimed_by(store, agent):
    colleague = make_user("wang", store=store)
    make_order(store=store, number="1", claimed_by=agent, claim_expires_at=NOON + timedelta(minutes=1))
    make_order(store=store, number="2", claimed_by=colleague, claim_expires_at=NOON + timedelta(minutes=1))
    make_order(store=store, number="3", claimed_by=colleague, claim_expires_at=NOON - timedelta(minutes=1))
    make_order(store=store, number="4")

    assert numbers(store, "claimed_by=me", user=agent) == ["1"]
    assert numbers(store, "claimed_by=wang", user=agent) == ["2"]
    assert numbers(store, "claimed_by=none", user=agent) == ["3", "4"]
    assert numbers(store, "claimed_by=me&claimed_by=none", user=agent) == ["1", "3", "4"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("paid_from=yesterday", "paid_from"),
        ("paid_to=2026-02-30", "paid_to"),
        ("placed_from=0001-01-01", "placed_from"),
        ("ship_by_to=9999-12-31", "ship_by_to"),
        ("paid_from=2026-06-02&paid_to=2026-06-01", "paid_to"),
        ("amount_min=abc", "amount_min"),
        ("amount_min=NaN", "amount_min"),
        ("amount_max=-1", "amount_max"),
        ("amount_max=1e999", "amount_max"),
        ("amount_min=3&amount_max=2", "amount_max"),
        ("flag=6", "flag"),
        ("flag=red", "flag"),
        ("note=maybe", "note"),
        ("province=Atlantis", "province"),
        ("queue=nowhere", "queue"),
        ("sub=nowhere", "sub"),
        ("payment=a%00b", "payment"),
        ("q=a%00b", "q"),
        ("q=~broken", "q"),
        ("q=" + "x" * 101, "q"),
    ],
)
def test_a_bad_value_matches_nothing_and_is_named(store, query, field):
    make_order(store=store)

    assert list(broken(store, query).form.errors) == [field]


def test_other_stores_never_match(store):
    make_order(store=make_store(code="else"), number="1")

    assert numbers(store, "queue=all&q=真丝") == []
    assert numbers(store, "queue=all&product=真丝") == []


def test_view_gives_its_parameters_and_the_address_overrides(store, agent):
    make_order(store=store, number="1", flag=1)
    make_order(store=store, number="2", flag=2)
    view = SavedView.objects.create(store=store, owner=agent, name="Red", query="queue=all&flag=1", created_at=NOON)

    assert numbers(store, f"view={view.pk}", user=agent) == ["1"]
    assert numbers(store, "view=Red", user=agent) == ["1"]
    assert numbers(store, f"view={view.pk}&flag=2", user=agent) == ["2"]
    assert numbers(store, f"view={view.pk}", user=make_user(store=store)) == ["1", "2"]


def test_default_order_is_by_deadline_only_in_the_open_queue(store):
    def sort(query):
        return str(order_filter(store, QueryDict(query), user=None, now=NOON).sort)

    assert [sort("queue=pending_shipment"), sort("sub=held"), sort("queue=all"), sort("sort=-paid")] == [
        "ship_by",
        "ship_by",
        "-placed_at",
        "-paid",
    ]


def test_every_parameter_has_a_filter():
    assert set(PARAMETERS) == set(OrderFilter.base_filters)
    assert len({queue.key for queue in QUEUES}) == 7
