"""Traces, parcels and their troubles over the API."""

import pytest
import time_machine

from backoffice.common.access import Role
from orders.fulfilment.models import Anomaly, Shipment, TrackingEvent
from orders.fulfilment.services.anomalies import find_anomalies
from tests.api.client import error, make_api
from tests.factories import NOON, make_user
from tests.fulfilment.tracking_rows import HOUR, make_parcel, watch_parcels


@pytest.fixture(autouse=True)
def _later():
    with time_machine.travel(NOON + 30 * HOUR, tick=False):
        yield


@pytest.fixture
def api(store):
    return make_api(store, Role.AGENT)


@pytest.fixture
def parcel(store):
    watch_parcels(store)
    return make_parcel(store=store, number="SF1000000000001")


@pytest.fixture
def case(store, parcel):
    find_anomalies(store=store, at=NOON + 24 * HOUR)
    Shipment.objects.exclude(pk=parcel.pk).delete()  # of which the courier's traces are known
    return Anomaly.objects.get()


def told(number="SF1000000000001", **values):
    return {"number": number, "at": "2026-06-01T15:00:00", "text": "已揽收 13812341234", **values}


def test_tracking_events_are_kept_and_answered_one_by_one(api, parcel):
    events = [told(), told("YT1000000000001"), told("x"), told()]

    answer = api.post("tracking-events/", {"events": events}).json()

    assert (answer["new"], answer["known"], answer["unknown_numbers"]) == (1, 1, ["YT1000000000001"])
    assert [one["result"] for one in answer["outcomes"]] == ["new", "unknown", "refused", "known"]
    assert TrackingEvent.objects.get().at.isoformat() == "2026-06-01T07:00:00+00:00"


@pytest.mark.parametrize("body", [{}, {"events": []}, {"events": [{}]}, {"events": [told()] * 501}])
def test_tracking_events_that_cannot_be_read_are_refused_whole(api, parcel, body):
    assert api.post("tracking-events/", body).status_code in {400, 422}
    assert not TrackingEvent.objects.exists()


def test_tracking_events_of_another_store_are_unknown(api, other_store):
    make_parcel(store=other_store, number="SF1000000000001")

    assert api.post("tracking-events/", {"events": [told()]}).json()["unknown_numbers"] == ["SF1000000000001"]


def test_parcel_has_its_trace_masked(api, parcel):
    api.post("tracking-events/", {"events": [told()]})

    (row,) = api.get("parcels/", {"number": "sf1000000000001"}).json()["results"]
    detail = api.get(f"parcels/{row['id']}/").json()

    assert (row["state"], row["order"], row["is_watched"]) == ("picked_up", parcel.order.number, True)
    assert [event["text"] for event in detail["events"]] == ["已揽收 138****1234"]


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({}, 1), ({"list": "trouble"}, 1), ({"list": "signed"}, 0), ({"courier": "顺丰"}, 1), ({"state": "signed"}, 0),
        ({"problem": "not_picked_up"}, 1), ({"problem": "lost"}, 0),
    ],
)  # fmt: skip
def test_parcels_are_narrowed(api, case, query, count):
    assert len(api.get("parcels/", query).json()["results"]) == count


@pytest.mark.parametrize("query", [{"list": "x"}, {"shape": "x"}, {"number": "!"}, {"after": "x"}, {"state": "x"}])
def test_parcels_refuse_what_they_do_not_know(api, parcel, query):
    assert api.get("parcels/", query).status_code in {400, 422}


def test_case_is_worked_on_over_the_api(api, case):
    own = api.post(f"anomalies/{case.pk}/own/", {"version": 1}).json()
    asked = api.post(f"anomalies/{case.pk}/contact-courier/", {"text": "where is it"}).json()
    informed = api.post(f"anomalies/{case.pk}/inform-buyer/", {"channel": "chat", "text": "late"}).json()
    settled = api.post(f"anomalies/{case.pk}/settle/", {"outcome": "sent again"}).json()
    reopened = api.post(f"anomalies/{case.pk}/reopen/").json()

    assert own["owner"] == api.owner.username
    assert asked["courier_asked_at"] is not None
    assert informed["buyer_informed_at"] is not None
    assert (settled["outcome"], reopened["closed_at"]) == ("sent again", None)


def test_case_on_a_stale_version_is_a_conflict(api, case):
    api.post(f"anomalies/{case.pk}/own/")

    response = api.post(f"anomalies/{case.pk}/settle/", {"version": 1, "outcome": "late"})

    assert error(response) == (409, "version")


def test_case_is_given_only_by_a_manager(store, api, case):
    make_user("colleague", store=store)

    refused = api.post(f"anomalies/{case.pk}/own/", {"owner": "colleague"})
    given = make_api(store, Role.MANAGER).post(f"anomalies/{case.pk}/own/", {"owner": "colleague"})
    back = make_api(store, Role.MANAGER).post(f"anomalies/{case.pk}/own/", {"owner": None})

    assert refused.status_code == 422
    assert (given.json()["owner"], back.json()["owner"]) == ("colleague", None)


def test_cases_are_narrowed(api, case):
    assert len(api.get("anomalies/", {"kind": "not_picked_up", "owner": "none"}).json()["results"]) == 1
    assert api.get("anomalies/", {"closed": "true"}).json()["results"] == []


def test_case_of_another_store_is_not_found(other_store, case):
    stranger = make_api(other_store, Role.ADMIN)

    for act, body in (("own", {}), ("settle", {"outcome": "theft"}), ("reopen", {})):
        assert stranger.post(f"anomalies/{case.pk}/{act}/", body).status_code == 404
    assert stranger.get(f"parcels/{case.shipment_id}/").status_code == 404
