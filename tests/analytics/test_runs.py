"""Rollups beside other writers: real transactions, several connections."""

import threading
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection, connections, transaction

from aftersales.refunds.models import Refund, RefundStep
from analytics.models import DailySales, DirtyDay, RollupState
from analytics.rollups import PRODUCT_RETURNS, REFUND_ANSWERS, REFUND_REASONS, REFUND_STEPS, frame, runs
from analytics.rollups.runs import Span, roll_range, roll_span
from analytics.rollups.verification import verify_rollups
from orders.core.models import Order
from tests.factories import NOON, make_order, make_store
from tests.refunds.cases import make_case

DAY = date(2026, 6, 1)

pytestmark = pytest.mark.django_db(transaction=True)


def in_thread(function):
    """Run the function on its own connection; return the thread, started."""

    def run():
        try:
            function()
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def test_two_rollups_at_once_give_one_row_per_key():
    store = make_store()
    for _ in range(20):
        make_order(store=store)
    errors = []

    def roll():
        try:
            roll_range(stores=[store], first=DAY - timedelta(days=3), last=DAY, at=NOON)
        except Exception as error:  # noqa: BLE001 -- any error fails the test
            errors.append(error)

    threads = [in_thread(roll) for _ in range(4)]
    for thread in threads:
        thread.join()

    assert errors == []
    assert DailySales.objects.count() == 4
    assert DailySales.objects.get(day=DAY).order_count == 20
    assert not verify_rollups(stores=[store], first=DAY - timedelta(days=3), last=DAY).mismatches


def test_a_killed_rollup_leaves_the_marks_and_no_rows(monkeypatch):
    store = make_store()
    make_order(store=store)
    marks = DirtyDay.objects.count()

    def die(*_arguments, **_values):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(runs, "_save_state", die)
        with pytest.raises(KeyboardInterrupt):
            roll_span(Span([store.pk], DAY, DAY), at=NOON)

    assert not DailySales.objects.exists()
    assert DirtyDay.objects.count() == marks
    roll_span(Span([store.pk], DAY, DAY), at=NOON)
    assert DailySales.objects.get().order_count == 1
    assert not DirtyDay.objects.exists()


def test_a_change_made_while_a_rollup_runs_stays_marked(monkeypatch):
    store = make_store()
    order = make_order(store=store)
    refresh = runs.refresh_all
    changed = []

    def refresh_then_change(*arguments):
        result = refresh(*arguments)
        if not changed:
            changed.append(True)
            in_thread(lambda: Order.objects.filter(pk=order.pk).update(refunded=Decimal(9))).join()
        return result

    with monkeypatch.context() as patch:
        patch.setattr(runs, "refresh_all", refresh_then_change)
        roll_span(Span([store.pk], DAY, DAY), at=NOON)

    assert [row.refunded for row in DailySales.objects.all()] == [Decimal(0)]
    assert [mark.day for mark in DirtyDay.objects.all()] == [DAY]
    roll_span(Span([store.pk], DAY, DAY), at=NOON)
    assert [row.refunded for row in DailySales.objects.all()] == [Decimal(9)]
    assert not DirtyDay.objects.exists()


def test_a_rolled_back_change_leaves_no_mark():
    store = make_store()
    order = make_order(store=store)
    DirtyDay.objects.all().delete()

    with transaction.atomic():
        Order.objects.filter(pk=order.pk).update(refunded=Decimal(9))
        assert DirtyDay.objects.count() == 1
        transaction.set_rollback(True)

    assert not DirtyDay.objects.exists()


def test_every_write_of_a_rollup_fits_the_application_role():
    store = make_store()
    make_order(store=store)

    with connection.cursor() as cursor:
        cursor.execute("SET ROLE backoffice_app")
        try:
            roll_range(stores=[store], first=DAY, last=DAY, at=NOON)
        finally:
            cursor.execute("RESET ROLE")

    assert RollupState.objects.get().rolled_through == DAY


# After-sales cases


def make_moved_case():
    case = make_case(answered_at=NOON)
    RefundStep.objects.create(
        refund=case, store=case.store, status="requested", to_status="succeeded", source="staff",
        entered_at=NOON - timedelta(hours=2), left_at=NOON,
    )  # fmt: skip
    return case


def refund_rows():
    return [rollup.rows().count() for rollup in (REFUND_STEPS, REFUND_ANSWERS, REFUND_REASONS, PRODUCT_RETURNS)]


def test_two_rollups_of_cases_at_once_give_one_row_per_key():
    case = make_moved_case()
    errors = []

    def roll():
        try:
            roll_range(stores=[case.store], first=DAY - timedelta(days=1), last=DAY, at=NOON)
        except Exception as error:  # noqa: BLE001 -- any error fails the test
            errors.append(error)

    threads = [in_thread(roll) for _ in range(3)]
    for thread in threads:
        thread.join()

    assert errors == []
    assert refund_rows() == [1, 1, 1, 1]
    assert not verify_rollups(stores=[case.store], first=DAY - timedelta(days=1), last=DAY).mismatches


def test_a_rollup_killed_between_its_tables_leaves_no_row_of_cases_and_the_marks(monkeypatch):
    case = make_moved_case()
    marks = DirtyDay.objects.count()
    refresh = frame.Rollup.refresh

    def die_at_last(self, *arguments):
        if self is PRODUCT_RETURNS:
            raise KeyboardInterrupt
        return refresh(self, *arguments)

    with monkeypatch.context() as patch:
        patch.setattr(frame.Rollup, "refresh", die_at_last)
        with pytest.raises(KeyboardInterrupt):
            roll_span(Span([case.store_id], DAY, DAY), at=NOON)

    assert refund_rows() == [0, 0, 0, 0]
    assert DirtyDay.objects.count() == marks
    roll_span(Span([case.store_id], DAY, DAY), at=NOON)
    assert refund_rows() == [1, 1, 1, 1]
    assert not DirtyDay.objects.exists()


def test_a_case_that_moves_while_a_rollup_runs_stays_marked(monkeypatch):
    case = make_moved_case()
    refresh = frame.Rollup.refresh

    def refresh_then_move(self, *arguments):
        result = refresh(self, *arguments)
        if self is REFUND_REASONS:
            in_thread(lambda: Refund.objects.filter(pk=case.pk).update(reason_kind="size")).join()
        return result

    with monkeypatch.context() as patch:
        patch.setattr(frame.Rollup, "refresh", refresh_then_move)
        roll_span(Span([case.store_id], DAY, DAY), at=NOON)

    assert [row.reason_kind for row in REFUND_REASONS.rows()] == ["quality"]
    assert {mark.day for mark in DirtyDay.objects.all()} == {DAY}
    roll_span(Span([case.store_id], DAY, DAY), at=NOON)
    assert [row.reason_kind for row in REFUND_REASONS.rows()] == ["size"]
    assert [row.reason_kind for row in REFUND_STEPS.rows()] == ["size"]
