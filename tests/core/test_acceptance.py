import pytest

from orders.core.models import Hold, Order, OrderEvent
from orders.core.services import OrderError, VersionConflict, accept_order, open_hold
from orders.core.statuses import Acceptance, HoldKind, OrderStatus
from tests.factories import NOON, make_order, make_store, make_user
from tests.parallel import in_parallel

pytestmark = pytest.mark.django_db


def accept(order, **values):
    return accept_order(**({"store": order.store, "order_id": order.pk, "actor": None, "at": NOON} | values))


def hold(order, kind, **values):
    source = "rule" if kind == HoldKind.NOTE_UNHANDLED else "staff"
    open_hold(
        store=order.store, order_id=order.pk, kind=kind, reason="strange", actor=None, at=NOON, source=source, **values
    )


def held_order(*kinds):
    order = make_order(acceptance=Acceptance.UNREVIEWED)
    for kind in kinds:
        hold(order, kind)
    return order


def test_accepting_with_a_reason_releases_holds_that_people_may_release():
    order, person = held_order("risk", "manual", "note_unhandled"), make_user("li")
    hold(order, "manual", line_id=order.lines.get().pk)
    version = Order.objects.get().version

    accept(order, actor=person, release_reason=" called the buyer ")

    order.refresh_from_db()
    events = [(event.kind, event.before, event.actor) for event in order.events.order_by("pk")][-3:]
    assert (order.acceptance, order.acceptance_rule, order.hold_kinds) == ("accepted", "li", ["note_unhandled"])
    assert order.version == version + 1
    assert events == [
        ("hold_released", {"hold": "manual", "line": None}, person),
        ("hold_released", {"hold": "risk", "line": None}, person),
        ("accepted", {"acceptance": "unreviewed"}, person),
    ]
    released = Hold.objects.exclude(released_at=None)
    assert set(released.values_list("kind", "release_reason", "released_by")) == {
        ("manual", "called the buyer", person.pk),
        ("risk", "called the buyer", person.pk),
    }


def test_accepting_without_a_reason_leaves_the_holds():
    order = held_order("risk")

    accept(order)

    order.refresh_from_db()
    assert (order.acceptance, order.hold_kinds) == ("accepted", ["risk"])


def test_a_reason_without_holds_writes_one_event():
    order = held_order()

    accept(order, release_reason="called the buyer")

    assert OrderEvent.objects.get().kind == "accepted"


@pytest.mark.parametrize("reason", [" ", "x", "x" * 301])
def test_a_bad_reason_changes_nothing(reason):
    order = held_order("risk")

    with pytest.raises(OrderError, match="Give a reason") as refusal:
        accept(order, release_reason=reason)

    order.refresh_from_db()
    assert (refusal.value.code, order.acceptance, order.hold_kinds) == ("field", "unreviewed", ["risk"])


def test_a_number_in_the_reason_is_masked():
    order = held_order("risk")

    accept(order, release_reason="called 13812341234")

    assert "13812341234" not in Hold.objects.get().release_reason + str(list(OrderEvent.objects.values("after")))


@pytest.mark.parametrize("values", [{"acceptance": "accepted"}, {"status": OrderStatus.SHIPPED}])
def test_a_refused_acceptance_releases_nothing(values):
    order = held_order("risk")
    Order.objects.update(**values)

    with pytest.raises(OrderError):
        accept(order, release_reason="called the buyer")

    assert Hold.objects.get().released_at is None


def test_another_store_and_a_stale_version_release_nothing():
    order = held_order("risk")

    with pytest.raises(Order.DoesNotExist):
        accept(order, store=make_store(), release_reason="called the buyer")
    with pytest.raises(VersionConflict):
        accept(order, version=1, release_reason="called the buyer")

    assert Hold.objects.get().released_at is None


@pytest.mark.django_db(transaction=True)
def test_of_two_people_who_accept_at_once_one_is_told():
    order = held_order("risk")
    people = [make_user("li"), make_user("wang")]

    results = in_parallel(
        *(lambda person=person: accept(order, actor=person, release_reason="called the buyer") for person in people)
    )

    assert [type(result) for result in results if isinstance(result, Exception)] == [OrderError]
    assert sorted(OrderEvent.objects.values_list("kind", flat=True)) == ["accepted", "held", "hold_released"]


def test_history_names_the_rule_that_accepted():
    order = make_order(acceptance=Acceptance.UNREVIEWED)

    accept(order, rule="Small amounts", source="rule")

    assert order.events.order_by("-pk")[0].after == {"acceptance": "accepted", "rule": "Small amounts"}
