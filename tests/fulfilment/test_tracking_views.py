from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from backoffice.common.models import Store, User
from orders.core.models import Order
from orders.fulfilment.models import Anomaly, Shipment
from orders.fulfilment.services.anomalies import find_anomalies
from orders.fulfilment.services.courier_days import recount_marked_days
from orders.notes.services import save_reply
from tests.factories import NOON, make_order
from tests.fulfilment.tracking_rows import HOUR, event, make_parcel, trace, watch_parcels

PARCELS, CASES, COMPARE = "/orders/shipping/parcels/", "/orders/shipping/anomalies/", "/orders/shipping/compare/"
HTMX: dict[str, Any] = {"headers": {"HX-Request": "true"}}


@pytest.fixture
def parcel(store: Store) -> Shipment:
    watch_parcels(store)
    return make_parcel(store=store, number="SF1000000000001")


@pytest.fixture
def case(store: Store, parcel: Shipment) -> Anomaly:
    find_anomalies(store=store, at=NOON + 24 * HOUR)
    return Anomaly.objects.get()


def test_parcel_list_shows_the_last_news(store: Store, parcel: Shipment, agent_client: Client) -> None:
    trace(store, event("SF1000000000001", 3, "快件已揽收 13812341234"))

    page = agent_client.get(PARCELS).content.decode()

    assert 'data-parcel="SF1000000000001"' in page
    assert "快件已揽收" in page
    assert "13812341234" not in page


def test_parcel_list_finds_a_number_whatever_its_tab(store: Store, parcel: Shipment, agent_client: Client) -> None:
    make_parcel(store=store, number="SF1000000000002", is_watched=False)

    page = agent_client.get(PARCELS, {"number": "sf1000000000002"}).content.decode()

    assert 'data-parcel="SF1000000000002"' in page
    assert 'data-parcel="SF1000000000001"' not in page


@pytest.mark.parametrize(
    ("query", "is_there"),
    [
        ("tab=all&courier=SF", True),
        ("tab=all&courier=YTO", False),
        ("tab=all&state=signed", False),
        ("tab=trouble&problem=not_picked_up", True),
        ("tab=trouble&problem=lost", False),
        ("tab=all&from=2026-06-01&to=2026-06-01", True),
        ("tab=all&from=2026-06-02", False),
        ("tab=all&from=nonsense", True),
        ("tab=all&after=nonsense", True),
        ("tab=all&after=99999999999999999_1", True),
        ("tab=nonsense", True),
    ],
)
def test_parcel_list_filters(case: Anomaly, agent_client: Client, query: str, *, is_there: bool) -> None:
    response = agent_client.get(f"{PARCELS}?{query}")

    assert response.status_code == 200
    assert ('data-parcel="SF1000000000001"' in response.content.decode()) is is_there


def test_parcel_list_pages_forth_and_back(store: Store, agent_client: Client) -> None:
    for serial in range(51):
        make_parcel(store=store, number=f"SF2{serial:012}", shipped_at=NOON + serial * HOUR)
    first = agent_client.get(PARCELS, **HTMX)
    second = agent_client.get(first.context["next_url"], **HTMX)
    back = agent_client.get(second.context["previous_url"], **HTMX)

    assert [len(page.context["rows"]) for page in (first, second, back)] == [50, 1, 50]
    assert second.context["next_url"] == ""
    assert [row.pk for row in back.context["rows"]] == [row.pk for row in first.context["rows"]]


@pytest.mark.parametrize("path", [PARCELS, CASES])
def test_lists_ask_the_same_for_one_and_three_rows(store: Store, agent_client: Client, path: str) -> None:
    watch_parcels(store)
    counts = []
    for number in ("SF1000000000001", "SF1000000000002", "SF1000000000003"):
        make_parcel(store=store, number=number)
        find_anomalies(store=store, at=NOON + 24 * HOUR)
        with CaptureQueriesContext(
            connection,
        ) as asked:
            agent_client.get(path, **HTMX)
        counts.append(len(asked))

    assert counts[1] == counts[2]


def test_parcel_trace_shows_every_event_and_case(store: Store, case: Anomaly, agent_client: Client) -> None:
    trace(store, event("SF1000000000001", 25, "已揽收", place="深圳"), event("SF1000000000001", 30, "离开深圳"))
    url = reverse("fulfilment:parcel-trace", args=[case.order.number])

    page, part = (agent_client.get(url, **kwargs).content.decode() for kwargs in ({}, HTMX))

    assert page.count("data-event-state") == part.count("data-event-state") == 2
    assert "<html" in page
    assert "<html" not in part
    assert "Not picked up" in part


def test_pages_of_another_store_are_not_there(case: Anomaly, outsider_client: Client) -> None:
    trace_url = reverse("fulfilment:parcel-trace", args=[case.order.number])

    assert outsider_client.get(trace_url).status_code == 404
    assert outsider_client.get(f"{CASES}{case.pk}/").status_code == 404
    assert outsider_client.post(f"{CASES}{case.pk}/take/").status_code == 404
    assert 'data-case="' not in outsider_client.get(CASES).content.decode()


def test_queue_counts_by_kind_and_owner(case: Anomaly, agent: User, agent_client: Client) -> None:
    page = agent_client.get(CASES).content.decode()
    assert 'data-kind="not_picked_up" data-count="1"' in page
    assert 'data-owner="none" data-count="1"' in page

    Anomaly.objects.update(owner=agent)
    assert 'data-owner="mine" data-count="1"' in agent_client.get(CASES).content.decode()
    assert f'data-case="{case.pk}"' not in agent_client.get(CASES, {"owner": "none"}).content.decode()


def test_case_acts_from_the_dialog(case: Anomaly, agent: User, agent_client: Client) -> None:
    url = f"{CASES}{case.pk}/"
    assert b"<dialog" in agent_client.get(url, **HTMX).content

    taken = agent_client.post(f"{url}take/", {"version": 1}, **HTMX)
    asked = agent_client.post(f"{url}courier/", {"version": 2, "text": "where is it"}, **HTMX)
    told = agent_client.post(f"{url}buyer/", {"version": 3, "channel": "chat", "text": "it is late"}, **HTMX)
    closed = agent_client.post(f"{url}settle/", {"version": 4, "outcome": "sent again"}, **HTMX)

    case.refresh_from_db()
    assert [answer.status_code for answer in (taken, asked, told, closed)] == [200] * 4
    assert closed.headers["HX-Trigger"].startswith(("list-changed", "{"))
    assert (case.owner, case.closed_by, case.outcome) == (agent, agent, "sent again")
    assert case.buyer_informed_at is not None


def test_case_act_without_a_text_keeps_the_form(case: Anomaly, agent_client: Client) -> None:
    response = agent_client.post(f"{CASES}{case.pk}/courier/", {"version": 1, "text": ""}, **HTMX)

    assert response.status_code == 422
    assert b"field-error" in response.content


def test_case_act_on_a_stale_version_is_a_conflict_that_keeps_the_text(case: Anomaly, agent_client: Client) -> None:
    agent_client.post(f"{CASES}{case.pk}/take/", {"version": 1})

    response = agent_client.post(f"{CASES}{case.pk}/settle/", {"version": 1, "outcome": "typed before"}, **HTMX)

    assert response.status_code == 409
    assert b"typed before" in response.content
    case.refresh_from_db()
    assert case.closed_at is None


def test_case_acts_work_without_script(case: Anomaly, agent_client: Client) -> None:
    response = agent_client.post(f"{CASES}{case.pk}/take/", {"version": 1})

    assert (response.status_code, response["Location"]) == (302, f"{CASES}{case.pk}/")
    assert b"<html" in agent_client.get(response["Location"]).content


def test_finance_reads_but_does_not_act(case: Anomaly, finance_client: Client) -> None:
    assert finance_client.get(CASES).status_code == 200
    assert finance_client.post(f"{CASES}{case.pk}/take/").status_code == 403


def test_warehouse_asks_couriers_but_does_not_write_to_buyers(case: Anomaly, warehouse_client: Client) -> None:
    asked = warehouse_client.post(f"{CASES}{case.pk}/courier/", {"text": "where is it"})
    told = warehouse_client.post(f"{CASES}{case.pk}/buyer/", {"channel": "chat", "text": "late"})

    assert (asked.status_code, told.status_code) == (302, 403)


def test_bulk_takes_and_settles(store: Store, case: Anomaly, agent: User, agent_client: Client) -> None:
    make_parcel(store=store, number="SF1000000000002")
    find_anomalies(store=store, at=NOON + 24 * HOUR)
    keys = list(Anomaly.objects.values_list("pk", flat=True))

    agent_client.post(f"{CASES}bulk/", {"act": "take", "selected": keys}, **HTMX)
    assert set(Anomaly.objects.values_list("owner", flat=True)) == {agent.pk}

    agent_client.post(f"{CASES}bulk/", {"act": "settle", "_all": "1", "query": "", "outcome": "all found"}, **HTMX)
    assert set(Anomaly.objects.values_list("outcome", flat=True)) == {"all found"}


def test_bulk_without_a_selection_or_an_outcome_changes_nothing(case: Anomaly, agent_client: Client) -> None:
    agent_client.post(f"{CASES}bulk/", {"act": "settle", "selected": [case.pk], "outcome": ""})
    agent_client.post(f"{CASES}bulk/", {"act": "take"})
    agent_client.post(f"{CASES}bulk/", {"act": "nonsense", "selected": [case.pk]})

    case.refresh_from_db()
    assert (case.version, case.closed_at) == (1, None)


def test_compare_shows_couriers_and_drills(store: Store, agent_client: Client) -> None:
    for number, hours in (("SF1000000000001", 30), ("SF1000000000002", 40)):
        make_parcel(
            store=store, number=number, picked_up_at=NOON + HOUR, signed_at=NOON + hours * HOUR,
            order=make_order(store=store, status="shipped", shipped_at=NOON),
        )  # fmt: skip
    recount_marked_days()
    period = "from=2026-06-01&to=2026-06-30"

    page = agent_client.get(f"{COMPARE}?{period}").content.decode()
    by_province = agent_client.get(f"{COMPARE}?{period}&courier=SF").content.decode()

    assert 'data-metric="parcels" data-value="2"' in page
    assert "courier=SF" in page
    assert 'data-key="广东"' in by_province


@pytest.mark.parametrize("query", ["from=x&to=y", "from=2026-06-02&to=2026-06-01", "days=nonsense", "courier=%00"])
def test_compare_with_garbage_says_so_or_takes_the_usual(agent_client: Client, store: Store, query: str) -> None:
    assert agent_client.get(f"{COMPARE}?{query}").status_code == 200


def test_quick_reply_is_filled_in_before_it_is_written_down(
    store: Store, case: Anomaly, agent: User, agent_client: Client
) -> None:
    reply = save_reply(store=store, title="Late", text="Order {number} is late", actor=agent, at=NOON)

    page = agent_client.get(f"{CASES}{case.pk}/?reply={reply.pk}").content.decode()

    assert f"Order {case.order.number} is late" in page


def test_closed_cases_stand_in_a_tab_of_their_own(store: Store, case: Anomaly, agent_client: Client) -> None:
    trace(store, event("SF1000000000001", 25, "已揽收"))
    find_anomalies(store=store, at=NOON + 26 * HOUR)

    page = agent_client.get(CASES, {"tab": "settled"}).content.decode()

    assert "Ended by itself: Picked up" in page
    assert timedelta(0) <= case.opened_at - NOON


def test_parcels_of_a_province_follow_their_order(store: Store, parcel: Shipment, agent_client: Client) -> None:
    def found(province: str) -> bool:
        page = agent_client.get(PARCELS, {"tab": "all", "number": parcel.tracking_number, "province": province})
        return f'data-parcel="{parcel.tracking_number}"' in page.content.decode()

    parcel.order.province = "广东"
    parcel.order.save(update_fields=["province"])
    at_first = (found("广东"), found("西藏"))
    parcel.order.province = "西藏"
    parcel.order.save(update_fields=["province"])

    assert at_first == (True, False)
    assert (found("广东"), found("西藏")) == (False, True)
    assert make_parcel(store=store, number="SF1000000000003", order=parcel.order).tracking_number
    assert set(Shipment.objects.filter(order=parcel.order).values_list("province", flat=True)) == {"西藏"}


def test_parcels_from_before_get_the_province_of_their_order(parcel: Shipment) -> None:
    migration = import_module("orders.fulfilment.migrations.0021_fill_parcel_province")
    Order.objects.filter(pk=parcel.order_id).update(province="广东")
    Shipment.objects.filter(pk=parcel.pk).update(province="")

    migration.fill(apps, None)

    parcel.refresh_from_db()
    assert parcel.province == "广东"
