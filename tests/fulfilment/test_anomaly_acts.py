import pytest

from backoffice.common.models import Store, User
from orders.core.models import ContactLog, OrderEvent
from orders.core.services import OrderError
from orders.core.statuses import EventKind
from orders.fulfilment.models import Anomaly, CourierContact, Shipment
from orders.fulfilment.services.anomalies import find_anomalies
from orders.fulfilment.services.anomaly_acts import (
    AnomalyConflict,
    AnomalyError,
    contact_courier,
    inform_buyer,
    own_anomaly,
    reopen_anomaly,
    settle_anomaly,
)
from tests.factories import NOON, make_user
from tests.fulfilment.tracking_rows import HOUR, event, make_parcel, trace, watch_parcels

LATER = NOON + 30 * HOUR


@pytest.fixture
def parcel(store: Store) -> Shipment:
    watch_parcels(store)
    return make_parcel(store=store, number="SF1000000000001")


@pytest.fixture
def case(store: Store, parcel: Shipment) -> Anomaly:
    find_anomalies(store=store, at=NOON + 24 * HOUR)
    return Anomaly.objects.get()


def test_own_anomaly_takes_and_gives_back(store: Store, case: Anomaly, agent: User) -> None:
    taken = own_anomaly(store=store, anomaly_id=case.pk, owner=agent, actor=agent, at=LATER)
    assert (taken.owner, taken.version) == (agent, 2)

    given_back = own_anomaly(store=store, anomaly_id=case.pk, owner=None, actor=agent, at=LATER)
    assert given_back.owner is None


def test_own_anomaly_of_a_colleague_is_refused_by_name(store: Store, case: Anomaly, agent: User) -> None:
    colleague = make_user("colleague", store=store)
    own_anomaly(store=store, anomaly_id=case.pk, owner=colleague, actor=colleague, at=LATER)

    with pytest.raises(AnomalyError, match="colleague has this case"):
        own_anomaly(store=store, anomaly_id=case.pk, owner=agent, actor=agent, at=LATER)


def test_own_anomaly_gives_to_a_colleague_only_as_manager(
    store: Store, case: Anomaly, agent: User, manager: User, outsider: User
) -> None:
    with pytest.raises(AnomalyError, match="manager"):
        own_anomaly(store=store, anomaly_id=case.pk, owner=manager, actor=agent, at=LATER)
    with pytest.raises(AnomalyError, match="does not work in this store"):
        own_anomaly(store=store, anomaly_id=case.pk, owner=outsider, actor=manager, at=LATER, may_give=True)

    given = own_anomaly(store=store, anomaly_id=case.pk, owner=agent, actor=manager, at=LATER, may_give=True)

    assert given.owner == agent


def test_contact_courier_keeps_the_text_masked(store: Store, case: Anomaly, agent: User) -> None:
    contact_courier(store=store, anomaly_id=case.pk, text="called 13812341234", actor=agent, at=LATER)

    case.refresh_from_db()
    assert CourierContact.objects.get().text == "called 138****1234"
    assert (case.courier_asked_at, case.owner) == (LATER, agent)


def test_contact_courier_needs_a_text(store: Store, case: Anomaly, agent: User) -> None:
    with pytest.raises(AnomalyError) as refused:
        contact_courier(store=store, anomaly_id=case.pk, text=" ", actor=agent, at=LATER)

    assert refused.value.code == "field"


def test_inform_buyer_is_a_contact_of_the_order(store: Store, case: Anomaly, agent: User) -> None:
    inform_buyer(store=store, anomaly_id=case.pk, channel="chat", text="it is late", actor=agent, at=LATER)

    case.refresh_from_db()
    assert case.buyer_informed_at == LATER
    assert ContactLog.objects.get(order=case.order).text == "it is late"


def test_settle_anomaly_writes_the_outcome_into_the_history(store: Store, case: Anomaly, agent: User) -> None:
    settled = settle_anomaly(store=store, anomaly_id=case.pk, outcome="sent again", actor=agent, at=LATER)

    written = OrderEvent.objects.get(kind=EventKind.ANOMALY_SETTLED)
    case.shipment.refresh_from_db()
    assert (settled.closed_at, settled.closed_by) == (LATER, agent)
    assert written.after["outcome"] == "sent again"
    assert case.shipment.anomaly_kinds == []


def test_settle_anomaly_twice_is_refused_by_name(store: Store, case: Anomaly, agent: User) -> None:
    settle_anomaly(store=store, anomaly_id=case.pk, outcome="sent again", actor=agent, at=LATER)

    with pytest.raises(AnomalyError, match="closed by agent"):
        settle_anomaly(store=store, anomaly_id=case.pk, outcome="again", actor=agent, at=LATER)


def test_stale_version_changes_nothing(store: Store, case: Anomaly, agent: User) -> None:
    own_anomaly(store=store, anomaly_id=case.pk, owner=agent, actor=agent, at=LATER)

    with pytest.raises(AnomalyConflict):
        settle_anomaly(store=store, anomaly_id=case.pk, outcome="late", actor=agent, at=LATER, version=1)

    case.refresh_from_db()
    assert case.closed_at is None


def test_reopen_anomaly_takes_a_settlement_back(store: Store, case: Anomaly, agent: User) -> None:
    settle_anomaly(store=store, anomaly_id=case.pk, outcome="sent again", actor=agent, at=LATER)

    reopened = reopen_anomaly(store=store, anomaly_id=case.pk, actor=agent, at=LATER)

    case.shipment.refresh_from_db()
    assert (reopened.closed_at, reopened.owner, reopened.outcome) == (None, agent, "")
    assert case.shipment.anomaly_kinds == ["not_picked_up"]


def test_reopen_anomaly_that_the_parcel_resolved_is_refused(store: Store, case: Anomaly, agent: User) -> None:
    trace(store, event("SF1000000000001", 25, "已揽收"))
    find_anomalies(store=store, at=LATER)

    with pytest.raises(AnomalyError, match="moved on by itself"):
        reopen_anomaly(store=store, anomaly_id=case.pk, actor=agent, at=LATER)


def test_acts_of_another_store_find_nothing(other_store: Store, case: Anomaly, outsider: User) -> None:
    values = {"store": other_store, "anomaly_id": case.pk, "actor": outsider, "at": LATER}

    with pytest.raises(Anomaly.DoesNotExist):
        settle_anomaly(**values, outcome="theft")
    with pytest.raises(Anomaly.DoesNotExist):
        inform_buyer(**values, channel="chat", text="hello")
    with pytest.raises(Anomaly.DoesNotExist):
        own_anomaly(**values, owner=outsider)


def test_inform_buyer_refuses_an_unknown_channel(store: Store, case: Anomaly, agent: User) -> None:
    with pytest.raises(OrderError):
        inform_buyer(store=store, anomaly_id=case.pk, channel="pigeon", text="late", actor=agent, at=LATER)

    case.refresh_from_db()
    assert case.buyer_informed_at is None
