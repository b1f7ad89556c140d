"""Traces of parcels from spreadsheets, as a person uploads them."""

from io import BytesIO

import pytest
import time_machine

from backoffice.common.jobs import run_pending_jobs
from orders.fulfilment.models import TrackingEvent
from orders.intake.models import ImportFile
from tests.factories import NOON
from tests.fulfilment.tracking_rows import HOUR, make_parcel

TRACES = "/orders/imports/traces/"
HEAD = "快递公司,运单号,时间,状态,地点,轨迹内容,备忘"
ROWS = (
    "顺丰,SF1000000000001,2026-06-01 15:00:00,揽收,深圳市,已揽收 13812341234,x",
    "顺丰,SF1000000000001,2026/6/2 9:30,,广州市,快件到达广州,x",
    "顺丰,SF1000000000009,2026-06-02 09:30,运输中,,,x",
    "顺丰,SF1000000000001,next week,运输中,,,x",
)


@pytest.fixture(autouse=True)
def _later():
    with time_machine.travel(NOON + 100 * HOUR, tick=False):
        yield


@pytest.fixture
def parcel(store):
    return make_parcel(store=store, number="SF1000000000001")


def upload(client, *rows, head=HEAD, encoding="utf-8"):
    file = BytesIO("\n".join((head, *rows)).encode(encoding))
    file.name = "traces.csv"
    response = client.post(TRACES, {"files": [file]})
    assert response.status_code == 302
    return ImportFile.objects.latest("pk")


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_upload_shows_the_first_rows_and_problems_and_records_nothing(manager_client, parcel, encoding):
    file = upload(manager_client, *ROWS, encoding=encoding)

    page = manager_client.get(f"{TRACES}{file.pk}/").content.decode()

    assert (file.preview["checked"], file.preview["bad"], file.preview["unknown"]) == (4, 1, ["备忘"])
    assert "138****1234" in page
    assert "13812341234" not in page
    assert "next week" in page
    assert not TrackingEvent.objects.exists()


def test_started_file_is_recorded_with_a_result_per_row(manager_client, parcel):
    file = upload(manager_client, *ROWS)

    manager_client.post(f"{TRACES}{file.pk}/start/")
    run_pending_jobs()

    file.refresh_from_db()
    parcel.refresh_from_db()
    assert {name: file.counts[name] for name in ("rows", "new", "known", "unknown", "refused")} == {
        "rows": 4, "new": 2, "known": 0, "unknown": 1, "refused": 1,
    }  # fmt: skip
    assert [problem[0] for problem in file.counts["problems"]] == [5, 4]
    assert parcel.trace_state == "in_transit"
    assert set(TrackingEvent.objects.values_list("source", flat=True)) == {"file"}
    assert "SF1000000000009" in manager_client.get(f"{TRACES}{file.pk}/").content.decode()


def test_the_same_file_again_changes_nothing(manager_client, parcel):
    for _ in range(2):
        file = upload(manager_client, *ROWS[:2])
        manager_client.post(f"{TRACES}{file.pk}/start/")
        run_pending_jobs()

    file.refresh_from_db()
    assert (file.counts["new"], file.counts["known"], TrackingEvent.objects.count()) == (0, 2, 2)


def test_file_without_the_columns_is_refused_by_name(manager_client, store):
    file = upload(manager_client, "1,2", head="订单编号,买家")

    manager_client.post(f"{TRACES}{file.pk}/start/")

    file.refresh_from_db()
    assert "运单号" in file.error
    assert file.state == ImportFile.State.UPLOADED


def test_trace_files_are_not_among_order_files(manager_client, outsider_client, parcel):
    file = upload(manager_client, *ROWS)

    assert manager_client.get(f"/orders/imports/{file.pk}/").status_code == 404
    assert "traces.csv" not in manager_client.get("/orders/imports/").content.decode()
    assert "traces.csv" in manager_client.get(TRACES).content.decode()
    assert outsider_client.get(f"{TRACES}{file.pk}/").status_code == 404


def test_agent_may_not_upload(agent_client, store):
    assert agent_client.get(TRACES).status_code == 403
