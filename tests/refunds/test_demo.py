"""The demo shop's cases: of every kind and state, by the platform's list and the services, the same each time."""

import pytest
from django.core.files.storage import FileSystemStorage, default_storage

from aftersales.refunds.demo import furnish
from aftersales.refunds.demo_plan import PLAN, share_of
from aftersales.refunds.models import Complaint, Inspection, Refund, RefundMessage, RefundStep, Violation
from aftersales.refunds.statuses import Intervention, RefundKind, RefundState
from orders.intake.models import ImportFile, QuarantinedRow
from tests.demo_shop import furnished_twice, open_shop
from tests.factories import NOON

pytestmark = pytest.mark.django_db(transaction=True)


def facts():
    """Return what the cases and their ways come to, without keys."""
    cases = Refund.objects.order_by("number")
    steps = RefundStep.objects.order_by("refund__number", "left_at", "pk")
    messages = RefundMessage.objects.order_by("refund__number", "at", "pk")
    return (
        list(cases.values_list("number", "kind", "status", "amount", "refunded", "deadline", "reason", "text")),
        list(steps.values_list("refund__number", "act", "entered_at", "left_at", "actor__username")),
        list(messages.values_list("refund__number", "role", "text", "at")),
        list(Inspection.objects.order_by("refund__number", "pk").values_list("refund__number", "outcome", "note")),
    )


def test_same_dice_make_the_same_cases_of_every_kind_and_state(tmp_path, monkeypatch):
    monkeypatch.setattr(default_storage, "_wrapped", FileSystemStorage(location=tmp_path))
    store = open_shop()

    first, second = furnished_twice(furnish, facts, store=store)

    assert first == second
    cases = Refund.objects.all()
    assert len(second[0]) == cases.count() >= 30
    assert set(cases.values_list("kind", flat=True)) == set(RefundKind.values)
    assert set(cases.values_list("status", flat=True)) == set(RefundState.values)
    assert cases.filter(proposed__isnull=False).exists()
    assert cases.filter(return_signed_at__isnull=False, inspected_at__isnull=True).exists()
    assert cases.filter(intervention=Intervention.IN).exists()
    assert set(RefundMessage.objects.values_list("role", flat=True)) >= {"buyer", "shop", "platform"}
    assert (Complaint.objects.count(), Violation.objects.count()) == (5, 4)


def test_nothing_is_quarantined_or_to_come_and_all_deadlines_are_ahead(tmp_path, monkeypatch):
    monkeypatch.setattr(default_storage, "_wrapped", FileSystemStorage(location=tmp_path))
    store = open_shop()

    furnished_twice(furnish, lambda: None, store=store)

    assert not QuarantinedRow.objects.exists()
    assert {file.state for file in ImportFile.objects.filter(format="refunds")} == {ImportFile.State.DONE}
    assert not RefundStep.objects.filter(left_at__gt=NOON).exists()
    assert not Refund.objects.open().filter(deadline__lte=NOON).exists()


def test_the_plan_is_of_a_hundred_and_sixty_cases_and_less_in_a_small_shop():
    assert sum(wish.count for wish in PLAN) == 160
    assert [share_of(6, lines) for lines in (0, 60, 8_000, 50_000)] == [0, 1, 6, 6]
