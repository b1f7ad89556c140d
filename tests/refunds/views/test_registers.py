"""The registers of complaints and violations, and the page of what the shop holds to."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from aftersales.refunds.models import Complaint, RefundPolicy, Violation
from aftersales.refunds.queries import registers
from aftersales.refunds.services import RefundError
from aftersales.refunds.services.registers import (
    open_complaint,
    open_violation,
    own_complaint,
    settle_complaint,
    settle_violation,
)
from backoffice.common.models import AuditEntry
from orders.core.models import OrderEvent
from orders.core.services import OrderError
from orders.core.statuses import OrderStatus
from tests.factories import NOON, make_order
from tests.refunds.cases import make_case

COMPLAINTS, VIOLATIONS, SETTINGS = "/aftersales/complaints/", "/aftersales/violations/", "/settings/aftersales/"
pytestmark = pytest.mark.django_db


def complain(store, agent, **values):
    known = {"store": store, "kind": "service", "text": "态度差 13812345678", "actor": agent, "at": NOON}
    return open_complaint(**{**known, **values})


# Services


def test_a_complaint_about_a_case_is_about_its_order_and_has_a_deadline(store, agent):
    refund = make_case(order=make_order(store=store, status=OrderStatus.SHIPPED), number="R1")

    complaint = complain(store, agent, refund_id=refund.pk, owner=agent)

    assert (complaint.order, complaint.refund, complaint.text) == (refund.order, refund, "态度差 138****5678")
    assert complaint.deadline == NOON + timedelta(hours=48)
    event = OrderEvent.objects.get(kind="complained")
    assert event.after == {"refund": "R1", "complaint": "service", "text": "态度差 138****5678"}


def test_the_platforms_number_is_one_complaint(store, agent):
    first = complain(store, agent, number="T9")

    assert complain(store, agent, number="T9") == first
    assert complain(store, agent) != complain(store, agent)


@pytest.mark.parametrize(
    "values",
    [
        {"kind": "gift"},
        {"text": " "},
        {"text": "a" * 501},
        {"deadline": NOON},
        {"number": "9" * 65},
        {"text": "退到 6222021234567890128"},
    ],
)
def test_a_complaint_that_will_not_do_is_refused(store, agent, values):
    with pytest.raises(OrderError) as refused:
        complain(store, agent, **values)

    assert refused.value.code == "field"
    assert not Complaint.objects.exists()


def test_only_who_handles_after_sales_owns_a_complaint(store, agent, warehouse):
    complaint = complain(store, agent)
    call = {"store": store, "entry_id": complaint.pk, "deadline": None, "actor": agent, "at": NOON}

    with pytest.raises(RefundError, match="does not handle after-sales"):
        own_complaint(**call, owner=warehouse)
    own_complaint(**call, owner=agent)

    assert Complaint.objects.get().owner == agent


def test_a_deadline_in_the_past_is_kept_but_not_set(store, agent):
    complaint = complain(store, agent, deadline=NOON + timedelta(hours=1, seconds=20))
    later = NOON + timedelta(days=1)
    call = {"store": store, "entry_id": complaint.pk, "actor": agent, "at": later}

    with pytest.raises(RefundError, match="The deadline has passed already") as refused:
        own_complaint(**call, owner=agent, deadline=later)
    own_complaint(**call, owner=agent, deadline=NOON + timedelta(hours=1))

    assert refused.value.code == "field"
    assert Complaint.objects.get().owner == agent


def test_a_complaint_is_settled_once_with_its_outcome(store, agent, manager):
    complaint = complain(store, agent)
    call = {"store": store, "entry_id": complaint.pk, "actor": manager, "at": NOON}

    with pytest.raises(RefundError, match="Say what came of it"):
        settle_complaint(**call, state="open", outcome="赔 20 元")
    settle_complaint(**call, state="upheld", outcome="赔 20 元")
    with pytest.raises(RefundError, match="It is settled already: 赔 20 元"):
        settle_complaint(**call, state="lifted", outcome="再议")

    complaint.refresh_from_db()
    assert (complaint.state, complaint.outcome, complaint.closed_by) == ("upheld", "赔 20 元", manager)


def test_a_violation_has_points_and_money(store, agent):
    known = {"store": store, "kind": "late_shipping", "text": "延迟", "happened_on": NOON.date(), "actor": agent}

    with pytest.raises(RefundError):
        open_violation(**known, at=NOON, points=Decimal(-1))
    with pytest.raises(RefundError):
        open_violation(**known, at=NOON, penalty=Decimal("10000000000.00"))
    violation = open_violation(**known, at=NOON, points=Decimal(2), penalty=Decimal("30.50"))
    settle_violation(store=store, entry_id=violation.pk, state="lifted", outcome="申诉成功", actor=agent, at=NOON)

    violation.refresh_from_db()
    assert (violation.points, violation.penalty, violation.state) == (Decimal(2), Decimal("30.50"), "lifted")
    assert violation.deadline is None


# Pages


def test_a_complaint_is_recorded_owned_and_settled_on_its_pages(agent_client, agent, store):
    order = make_order(store=store, number="3552001", status=OrderStatus.SHIPPED)
    make_case(order=order, number="R1")

    asked = agent_client.get(f"{COMPLAINTS}new/", {"refund": "R1"}).content.decode()
    new = agent_client.post(f"{COMPLAINTS}new/", {"kind": "privacy", "text": "泄露", "refund": "R1"})
    page = new["Location"]
    owned = agent_client.post(page, {"act": "own", "version": "1", "owner": agent.pk, "deadline": "2026-06-05T12:00"})
    settled = agent_client.post(page, {"act": "settle", "version": "2", "state": "lifted", "outcome": "已澄清"})

    complaint = Complaint.objects.get()
    assert 'value="R1"' in asked
    assert (new.status_code, owned.status_code, settled.status_code) == (302, 302, 302)
    assert (complaint.order, complaint.owner, complaint.state) == (order, agent, "lifted")
    assert complaint.deadline == NOON.replace(day=5)
    assert "已澄清" in agent_client.get(page).content.decode()


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"order": "9"}, "There is no such order."),
        ({"refund": "9"}, "There is no such case."),
        ({"text": ""}, "This field is required."),
        ({"deadline": "2026-05-01T10:00"}, "The deadline has passed already."),
    ],
)
def test_an_entry_that_will_not_do_is_said_and_kept(agent_client, store, data, sentence):
    response = agent_client.post(f"{COMPLAINTS}new/", {"kind": "privacy", "text": "泄露", "number": "T9", **data})

    assert response.status_code == 422
    assert sentence in response.content.decode()
    assert 'value="T9"' in response.content.decode()


def test_a_stale_entry_shows_both_values(agent_client, agent, store):
    complaint = complain(store, agent)
    own_complaint(store=store, entry_id=complaint.pk, owner=agent, deadline=None, actor=agent, at=NOON)

    response = agent_client.post(f"{COMPLAINTS}{complaint.pk}/", {"act": "own", "version": "1", "owner": ""})

    html = response.content.decode()
    assert response.status_code == 409
    assert "<td>agent</td><td>nobody</td>" in html
    assert Complaint.objects.get().owner == agent


def test_a_settled_entry_is_not_settled_again(agent_client, agent, store):
    complaint = complain(store, agent)
    settle_complaint(store=store, entry_id=complaint.pk, state="upheld", outcome="赔付", actor=agent, at=NOON)

    response = agent_client.post(
        f"{COMPLAINTS}{complaint.pk}/", {"act": "settle", "state": "lifted", "outcome": "再议"}
    )

    assert response.status_code == 409
    assert Complaint.objects.get().state == "upheld"


def test_the_tabs_hold_the_entries_by_deadline(agent_client, agent, store):
    late = complain(store, agent, deadline=NOON + timedelta(minutes=1))
    own = complain(store, agent, owner=agent)
    closed = complain(store, agent)
    settle_complaint(store=store, entry_id=closed.pk, state="upheld", outcome="赔付", actor=agent, at=NOON)
    Complaint.objects.filter(pk=late.pk).update(deadline=NOON - timedelta(hours=1))

    pages = {
        tab: agent_client.get(COMPLAINTS, {"tab": tab}).content.decode()
        for tab in ("open", "overdue", "mine", "settled")
    }

    found = {tab: [int(pk) for pk in re.findall(r'data-entry="(\d+)"', html)] for tab, html in pages.items()}
    assert found == {"open": [late.pk, own.pk], "overdue": [late.pk], "mine": [own.pk], "settled": [closed.pk]}
    assert re.findall(r'data-queue="(\w+)" data-count="(\d+)"', pages["open"]) == [
        ("open", "2"), ("overdue", "1"), ("mine", "1"),
    ]  # fmt: skip


def test_more_entries_than_are_counted_are_said_to_be_more(agent_client, agent, store, monkeypatch):
    monkeypatch.setattr(registers, "COUNT_CAP", 2)
    for owner in (None, agent, agent):
        complain(store, agent, owner=owner)

    html = agent_client.get(COMPLAINTS).content.decode()

    assert re.findall(r'data-queue="\w+" data-count="(\d+)"', html) == ["2", "0", "2"]
    assert re.findall(r'<span class="tab-count">([^<]*)</span>', html) == ["2+", "0", "2"]


@pytest.mark.parametrize("tab", ["open", "settled"])
def test_a_register_is_paged_and_entries_without_a_deadline_come_last(agent_client, agent, store, monkeypatch, tab):
    monkeypatch.setattr(registers, "PAGE_SIZE", 2)
    made = [complain(store, agent, deadline=NOON + timedelta(hours=hours)).pk for hours in (5, 1, 3)]
    made += [complain(store, agent).pk for _ in range(2)]
    Complaint.objects.filter(pk__in=made[3:]).update(deadline=None)
    for at, pk in enumerate(made if tab == "settled" else []):
        known = {"state": "upheld", "outcome": "赔付", "actor": agent, "at": NOON + timedelta(minutes=at)}
        settle_complaint(store=store, entry_id=pk, **known)

    pages, url = [], f"{COMPLAINTS}?tab={tab}"
    while url:
        html = agent_client.get(url).content.decode()
        pages.append([made.index(int(pk)) for pk in re.findall(r'data-entry="(\d+)"', html)])
        following = re.search(r'rel="next" href="([^"]*)"', html)
        url = following[1].replace("&amp;", "&") if following else ""

    assert pages == {"open": [[1, 2], [0, 3], [4]], "settled": [[4, 3], [2, 1], [0]]}[tab]


@pytest.mark.parametrize(
    ("tab", "place"),
    [
        ("open", "2026-01-01T00:00:00+23:59~5"),  # an offset that the database does not know
        ("open", "0001-01-01T00:00:00+08:00~5"),
        ("open", "2026-01-01T00:00:00~5"),
        ("settled", "~123"),  # of an entry without a deadline
        ("settled", "~x"),
    ],
)
def test_a_place_that_a_register_cannot_read_is_the_start(agent_client, agent, store, tab, place):
    entry = complain(store, agent)
    if tab == "settled":
        settle_complaint(store=store, entry_id=entry.pk, state="upheld", outcome="赔付", actor=agent, at=NOON)

    page = agent_client.get(COMPLAINTS, {"tab": tab, "after": place})

    assert (page.status_code, f'data-entry="{entry.pk}"' in page.content.decode()) == (200, True)


def test_a_register_says_what_people_wrote_as_text(agent_client, agent, store):
    agent.display_name = "<b>Eve</b>"
    agent.save(update_fields=["display_name"])
    entry = complain(store, agent, text="<script>1</script>", number="<i>9</i>", owner=agent)
    settle_complaint(store=store, entry_id=entry.pk, state="upheld", outcome="<u>x</u>", actor=agent, at=NOON)

    html = agent_client.get(COMPLAINTS, {"tab": "settled"}).content.decode()

    for text in ("&lt;script&gt;1", "&lt;i&gt;9", "&lt;b&gt;Eve", "&lt;u&gt;x"):
        assert text in html
    assert not re.search(r"<script>1|<i>9|<b>Eve|<u>x", html)


def test_violations_show_points_and_money(agent_client, store):
    order = make_order(store=store, number="3552007")
    Violation.objects.create(
        store=store, kind="privacy", text="泄露", opened_at=NOON, happened_on=NOON.date(), points=Decimal("2.5"),
        penalty=Decimal("1030.50"), order=order,
    )  # fmt: skip

    html = agent_client.get(VIOLATIONS).content.decode()

    assert '<td class="num" data-label="Points">2.5</td><td class="num" data-label="Penalty">¥1,030.50</td>' in html
    assert '<a class="number" href="/orders/3552007/">3552007</a>' in html
    assert '<span class="muted">no deadline</span>' in html


def test_a_register_takes_the_same_few_statements_for_one_row_and_three(agent_client, agent, store):
    counts = []
    for _ in (1, 3):
        complain(store, agent, order_id=make_order(store=store).pk)
        agent_client.get(COMPLAINTS)
        with CaptureQueriesContext(connection) as queries:
            agent_client.get(COMPLAINTS)
        counts.append(len(queries))
        complain(store, agent, owner=agent)

    assert counts[0] == counts[1]
    assert counts[0] <= 8


def test_registers_are_read_by_the_shop_and_written_by_who_works_on_cases(
    warehouse_client, outsider_client, agent, store
):
    complaint = complain(store, agent)
    Violation.objects.create(store=store, kind="privacy", text="x", opened_at=NOON, happened_on=NOON.date())

    assert warehouse_client.get(COMPLAINTS).status_code == 200
    assert warehouse_client.get(VIOLATIONS).status_code == 200
    assert warehouse_client.get(f"{COMPLAINTS}new/").status_code == 403
    settled = warehouse_client.post(
        f"{COMPLAINTS}{complaint.pk}/", {"act": "settle", "state": "lifted", "outcome": "无"}
    )
    assert settled.status_code == 403
    assert outsider_client.get(f"{COMPLAINTS}{complaint.pk}/").status_code == 404
    assert outsider_client.get(f"{VIOLATIONS}{Violation.objects.get().pk}/").status_code == 404
    assert Complaint.objects.get().state == "open"


# What the shop holds to

POLICY = {
    "approval_above": "300", "decide_hours": "24", "decide_return_hours": "120", "refused_days": "7",
    "return_days": "7", "receive_days": "10", "send_hours": "72", "confirm_days": "10", "due_soon_hours": "12",
    "inspect_hours": "24", "no_reason_days": "7", "quality_days": "15", "special_words": "定制\n 内衣 \n定制",
    "acts_on_timeout": "on", "signal_days": "90", "signal_count": "3", "complaint_hours": "48",
}  # fmt: skip


def test_the_manager_saves_what_the_shop_holds_to(manager_client, store):
    response = manager_client.post(SETTINGS, {**POLICY, "version": "1"})

    policy = RefundPolicy.objects.get()
    assert (response.status_code, policy.version) == (302, 2)
    assert (policy.approval_above, policy.decide_hours, policy.special_words) == (Decimal(300), 24, ["定制", "内衣"])
    assert AuditEntry.objects.get(action="refund_policy_saved").data["decide_hours"] == "24"
    assert 'value="24"' in manager_client.get(SETTINGS).content.decode()


def test_a_stale_policy_shows_both_values(manager_client, store):
    RefundPolicy.objects.create(store=store, decide_hours=36, version=5)

    response = manager_client.post(SETTINGS, {**POLICY, "version": "4"})

    assert response.status_code == 409
    assert "<td>36</td><td>24</td>" in response.content.decode()
    assert RefundPolicy.objects.get().decide_hours == 36


@pytest.mark.parametrize("data", [{"decide_hours": "0"}, {"approval_above": "-1"}, {"special_words": "长" * 41}])
def test_a_policy_that_will_not_do_is_said_and_kept(manager_client, store, data):
    response = manager_client.post(SETTINGS, {**POLICY, **data})

    assert response.status_code == 422
    assert not RefundPolicy.objects.exists()


def test_only_a_manager_changes_the_policy(agent_client, store):
    assert agent_client.get(SETTINGS).status_code == 403
