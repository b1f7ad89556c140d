from datetime import timedelta

import pytest
from django.utils import translation

from backoffice.common.access import Right, Role
from backoffice.common.alert_texts import alert_line
from backoffice.common.jobs import create_job, run_pending_jobs
from backoffice.common.jobs.errors import JobRefused
from backoffice.common.jobs.runner import claim_next
from backoffice.common.models import Alert, AlertKind, Job, Membership
from backoffice.common.queries import alert_settings, alerts_for, unseen_alerts, unseen_count
from backoffice.common.services.alerts import (
    mark_alerts_seen,
    mark_at_work,
    purge_alerts,
    raise_alert,
    save_alert_settings,
)
from tests.factories import NOON, make_member, make_store, make_user

pytestmark = pytest.mark.django_db


def tell(store, kind=AlertKind.NEW_ORDERS, right=Right.VIEW_ORDERS, **values) -> Alert:
    return raise_alert(store=store, kind=kind, right=right, at=values.pop("at", NOON), **values)


@pytest.fixture
def member(agent) -> Membership:
    return agent.memberships.select_related("store", "user").get()


def test_alert_keeps_five_orders(store):
    alert = tell(store, count=7, subjects=[f"A{number}" for number in range(7)], data={"rule": "big"})

    alert.refresh_from_db()
    assert (alert.count, alert.subjects) == (7, ["A0", "A1", "A2", "A3", "A4"])
    assert (alert.data, alert.recipient, alert.at) == ({"rule": "big"}, None, NOON)


def test_alert_reaches_who_has_the_right_or_is_named(store, other_store, agent, member, warehouse):
    to_all, to_me = tell(store), tell(store, AlertKind.JOB_FAILED, Right.SEE_JOBS, recipient=agent)
    tell(store, AlertKind.HELD, Right.MANAGE_STORE)
    tell(store, recipient=warehouse)
    tell(other_store)

    assert alerts_for(member) == [to_me, to_all]
    assert alerts_for(member, limit=1) == [to_me]


def test_what_was_looked_at_is_no_longer_unseen(store, member):
    first, second = tell(store), tell(store)

    mark_alerts_seen(membership=member, newest=first.pk)
    mark_alerts_seen(membership=member, newest=first.pk - 1)

    assert unseen_alerts(member) == [second]
    assert Membership.objects.get(pk=member.pk).alerts_seen == first.pk


def test_muted_kind_is_listed_and_does_not_count(store, member):
    late, new = tell(store, AlertKind.OVERDUE), tell(store)

    member = save_alert_settings(membership=member, muted=["overdue", "nonsense"], sound=True)

    assert alert_settings(member) == (frozenset({"overdue"}), True)
    assert unseen_alerts(member) == [new]
    assert unseen_count(member) == 1
    assert alerts_for(member) == [new, late]


def test_settings_of_alerts_leave_other_preferences_alone(store, member):
    Membership.objects.update(preferences={"orders": {"columns": ["number"]}})

    save_alert_settings(membership=member, muted=[], sound=False)

    kept = Membership.objects.get(pk=member.pk).preferences
    assert kept == {"orders": {"columns": ["number"]}, "alerts": {"muted": [], "sound": False}}


def test_count_of_unseen_ends_above_its_cap(store, member):
    for _ in range(102):
        tell(store)

    assert unseen_count(member) == 100


def test_being_at_work_is_written_once_a_minute(member, django_assert_num_queries):
    mark_at_work(membership=member, at=NOON)
    with django_assert_num_queries(0):
        mark_at_work(membership=member, at=NOON + timedelta(minutes=1))
    mark_at_work(membership=member, at=NOON + timedelta(seconds=61))

    assert Membership.objects.get(pk=member.pk).seen_at == NOON + timedelta(seconds=61)


def test_purge_deletes_alerts_after_thirty_days(store):
    tell(store, at=NOON - timedelta(days=30, seconds=1))
    young = tell(store, at=NOON - timedelta(days=30))

    assert purge_alerts(NOON) == {"alerts": 1}
    assert Alert.objects.get() == young


@pytest.mark.parametrize(
    ("kind", "count", "data", "text", "url"),
    [
        ("new_orders", 1, {}, "1 new order", "/orders/A1/"),
        ("new_orders", 1200, {}, "1,200 new orders", "/orders/?queue=pending_shipment&sort=-paid_at"),
        ("due_soon", 2, {}, "2 orders are due soon", "/orders/?queue=pending_shipment&sub=due_soon"),
        ("overdue", 1, {}, "1 order became overdue", "/orders/A1/"),
        ("held", 2, {"rule": "贵"}, "“贵” held 2 orders", "/orders/?queue=pending_shipment&sub=held"),
        ("held", 2, {}, "Rules held 2 orders", "/orders/?queue=pending_shipment&sub=held"),
        ("note_changed", 1, {}, "The buyer changed the note of 1 order that is printed already", "/orders/A1/"),
        ("job_failed", 1, {"kind": "order_import", "error": "No."}, "“Import orders” failed", "/orders/imports/"),
        ("job_failed", 1, {"kind": "rollup"}, "“Sales rollup” failed", ""),
    ],
)
def test_alert_says_what_happened_and_leads_there(store, kind, count, data, text, url):
    subjects = [] if kind == "job_failed" else ["A1", "A2"][:count]
    alert = tell(store, kind, count=count, subjects=subjects, data=data)

    line = alert_line(alert)

    assert (line.text, line.url, line.detail) == (text, url, data.get("error", ""))
    assert [number for number, _url in line.orders] == subjects
    assert line.has_more is (count > 2)


def test_alert_is_said_in_the_readers_language(store):
    alert = tell(store, AlertKind.JOB_FAILED, data={"kind": "order_import"})

    with translation.override("zh-hans"):
        text = alert_line(alert).text

    assert "导入" in text


def test_list_names_whether_it_is_new(store):
    alert = tell(store)

    assert alert_line(alert, seen=alert.pk - 1).is_new is True
    assert alert_line(alert, seen=alert.pk).is_new is False


# Jobs


def refuse(_run):
    raise JobRefused("The phone 13812341234 is missing.")


@pytest.fixture
def refusing(settings):
    settings.JOB_HANDLERS = {"rollup": "tests.common.test_alerts.refuse"}


def test_failed_job_is_told_to_who_asked(store, agent, refusing):
    job = create_job(store=store, kind="rollup", params={}, actor=agent, at=NOON)

    run_pending_jobs()

    alert = Alert.objects.get()
    assert (alert.store, alert.kind, alert.recipient) == (store, "job_failed", agent)
    assert alert.data == {"job": job.pk, "kind": "rollup", "error": "The phone 138****1234 is missing."}


def test_failed_job_that_nobody_asked_for_is_told_to_operations_of_every_store(store, other_store, agent, refusing):
    make_store(is_active=False)
    both = make_user("both", store=store, roles=(Role.OPS,))
    make_member(both, other_store, Role.OPS)
    create_job(store=None, kind="rollup", params={}, actor=None, at=NOON)

    run_pending_jobs()

    told = [len(alerts_for(membership)) for membership in both.memberships.select_related("store")]
    assert told == [1, 1]
    assert Alert.objects.count() == 2
    assert alerts_for(agent.memberships.get()) == []


def test_job_that_was_interrupted_too_often_is_told(store, agent, settings):
    job = create_job(store=store, kind="rollup", params={}, actor=agent, at=NOON)
    Job.objects.filter(pk=job.pk).update(attempts=settings.JOB_MAX_ATTEMPTS)

    assert claim_next(now=NOON) is None

    assert Alert.objects.get().recipient == agent


def test_job_that_will_be_tried_again_is_not_told(store, agent, settings):
    settings.JOB_HANDLERS = {"rollup": "tests.common.test_alerts.nowhere"}
    create_job(store=store, kind="rollup", params={}, actor=agent, at=NOON)

    run_pending_jobs(limit=1)

    assert not Alert.objects.exists()
