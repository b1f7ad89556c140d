from datetime import datetime

import pytest

from orders.intake.formats import snapshot_from_name
from orders.intake.formats.cells import SHANGHAI


@pytest.mark.parametrize(
    "name",
    [
        "ExportOrderList201707080900.csv",
        "ExportOrderDetailList201707080900.xlsx",
        "ExportOrderList201707080900 (1).csv",
        "20170708090000_orders.csv",
        "/tmp/209913010000/ExportOrderList201707080900.csv",
    ],
)
def test_snapshot_is_read_from_the_name(name):
    assert snapshot_from_name(name) == datetime(2017, 7, 8, 9, 0, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    "name", ["orders.csv", "ExportOrderList20170708.csv", "ExportOrderList201713080900.csv", "2017070809001.csv", ""]
)
def test_snapshot_of_another_name_is_none(name):
    assert snapshot_from_name(name) is None
