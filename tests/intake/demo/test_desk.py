"""What a stranger finds after `make demo`: a desk at work; and benchmarks: notes, claims and acts as in a real shop."""

import pytest

from backoffice.common.models import Store
from orders.core.models import Hold, Order, OrderEvent
from orders.core.statuses import OPEN_STATUSES, EventKind
from orders.intake.demo.catalogue import NOTES
from orders.notes.models import BuyerNote, NoteVersion, QuickReply
from orders.notes.recognition import recognise
from orders.notes.statuses import HANDLED
from orders.rules.models import AcceptanceRule
from tests.commands import run_command
from tests.factories import NOON

pytestmark = pytest.mark.django_db
FAST = ("--orders", "1500", "--seed", "3", "--days", "20", "--until", "2026-06-01T12:00", "--fast")


def test_demo_shop_opens_with_a_desk_at_work():
    run_command("load_demo", "--orders", "3000")

    store = Store.objects.get(code="demo")
    waiting = BuyerNote.objects.filter(store=store, order__status__in=OPEN_STATUSES)
    assert not waiting.filter(recognised_at__isnull=True).exists()
    assert waiting.unhandled().filter(types__len__gte=1).exists()
    assert waiting.filter(assignee__username="agent").exists()
    assert QuickReply.objects.filter(store=store, owner__isnull=True).count() == 6
    assert Hold.objects.filter(store=store, opened_by__isnull=False, released_at__isnull=True).exists()
    assert set(OrderEvent.objects.filter(store=store, actor__isnull=False).values_list("kind", flat=True)) >= {
        EventKind.NOTE_CONFIRMED, EventKind.NOTE_ASKED, EventKind.HELD, EventKind.SHIPPED, EventKind.CLAIMED,
    }  # fmt: skip


def test_demo_shop_accepts_on_payment_until_a_rule_is_switched_on():
    run_command("load_demo", "--orders", "60")

    store = Store.objects.get(code="demo")
    rules = AcceptanceRule.objects.filter(store=store).in_order().values_list("name", "is_active")
    assert (list(rules), store.accepts_now) == ([("大额订单", False), ("偏远地区", False)], True)


@pytest.mark.django_db(transaction=True)
def test_fast_notes_are_read_and_handled_where_the_order_has_left():
    run_command("seed_demo", *FAST)

    notes = BuyerNote.objects.filter(store__code="demo")
    assert not notes.filter(recognised_at__isnull=True).exists()
    assert not notes.filter(state__in=HANDLED, handled_at__isnull=True).exists()
    assert not notes.exclude(state__in=HANDLED).filter(handled_at__isnull=False).exists()
    assert set(notes.values_list("state", flat=True)) >= {
        "recognised", "needs_info", "manual", "confirmed", "fulfilled", "declined",
    }  # fmt: skip
    assert notes.filter(assignee__isnull=False).exists()
    assert NoteVersion.objects.filter(note__store__code="demo").count() == sum(
        notes.values_list("version_count", flat=True)
    )


@pytest.mark.django_db(transaction=True)
def test_fast_orders_are_held_by_rules_and_people_claimed_and_worked_on():
    run_command("seed_demo", *FAST)

    holds = Hold.objects.filter(store__code="demo", released_at__isnull=True)
    assert holds.filter(rule="大额订单", opened_by__isnull=True, reason__gt="").exists()
    assert holds.filter(rule="", opened_by__isnull=False).exists()
    assert Order.objects.filter(store__code="demo", claimed_by__isnull=False, claim_expires_at__gt=NOON).exists()
    events = OrderEvent.objects.filter(store__code="demo", actor__isnull=False)
    assert set(events.values_list("kind", flat=True)) >= {EventKind.ACCEPTED, EventKind.SHIPPED}
    assert not events.filter(at__gt=NOON).exists()


@pytest.mark.django_db(transaction=True)
def test_same_seed_gives_the_same_work():
    run_command("seed_demo", *FAST)
    first = work()
    Store.objects.filter(code="demo").update(code="before")

    run_command("seed_demo", *FAST)

    assert work() == first


def work():
    """Return who did what in the store `demo`."""
    notes = BuyerNote.objects.filter(store__code="demo").order_by("order__number")
    events = OrderEvent.objects.filter(store__code="demo").order_by("order__number", "at", "kind")
    return (
        list(notes.values_list("order__number", "state", "types", "handled_at", "assignee__username")),
        list(events.values_list("order__number", "kind", "actor__username", "at")),
        list(Order.objects.filter(store__code="demo").order_by("number").values_list("number", "hold_kinds")),
    )


def test_invented_notes_ask_for_many_things():
    found = [recognise(text, at=NOON) for text in NOTES]

    assert len({kind for one in found for kind in one.types}) == 11
    assert {one.state for one in found} == {"recognised", "needs_info", "manual"}
    assert sum(len(one.types) > 1 for one in found) >= 8
