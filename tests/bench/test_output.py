import json

import pytest

from bench import output
from bench.crowd import quantile
from bench.output import FAIL, NOTE, PASS, Row, at_most, save, table, within
from bench.sizes import Sizes


def test_at_most_compares_with_the_floor():
    row = at_most("queue page", 5, 18.0, floor=4.0)
    assert (row.ratio, row.mark, row.measured, row.floor) == (4.5, PASS, "18.00 ms", "hello_auth 4.00 ms")


def test_at_most_fails_above_the_limit():
    assert at_most("queue page", 5, 21.0, floor=4.0).mark == FAIL


@pytest.mark.parametrize(("measured", "mark"), [(120.0, PASS), (120.1, FAIL)])
def test_within_includes_the_limit(measured, mark):
    assert within("web worker's memory", 120, measured, unit="MB").mark == mark


def test_table_is_one_line_per_row():
    lines = table([Row("a", "≤ 1 ×", "2.00 ms", 2.0, "floor", False), Row("bb", "", "3")]).splitlines()
    assert [line.split("  ")[0].strip() for line in lines] == ["what", "-" * len(lines[1]), "a", "bb"]
    assert (FAIL in lines[2], lines[3].endswith(NOTE)) == (True, True)


def test_save_writes_rows_and_facts(tmp_path, monkeypatch):
    monkeypatch.setattr(output, "RESULTS", tmp_path / "results")
    content = json.loads(save("2026-06-01", {"sql": [within("x", 1, 2.0)]}, orders=10).read_text())
    assert (content["orders"], content["parts"]["sql"][0]["what"], content["parts"]["sql"][0]["mark"]) == (
        10,
        "x",
        FAIL,
    )


def test_save_keeps_the_parts_of_an_earlier_run(tmp_path, monkeypatch):
    monkeypatch.setattr(output, "RESULTS", tmp_path / "results")
    save("2026-06-01", {"sql": [within("x", 1, 2.0)], "sums": []}, orders=10)
    content = json.loads(save("2026-06-01", {"sql": [within("y", 1, 2.0)]}, orders=10).read_text())
    assert [(part, [row["what"] for row in rows]) for part, rows in content["parts"].items()] == [
        ("sql", ["y"]),
        ("sums", []),
    ]


def test_save_keeps_no_session_key(tmp_path, monkeypatch):
    monkeypatch.setattr(output, "RESULTS", tmp_path)
    sql = """SELECT 1 FROM s WHERE "s"."session_key" = '{}' LIMIT 21"""

    path = output.save("today", {"sql": [output.within("SQL", 1, 1, sql=[sql.format("k3y")])]})

    assert json.loads(path.read_text())["parts"]["sql"][0]["values"]["sql"] == [sql.format("…")]


def test_quantile_takes_the_value_at_the_share():
    assert quantile(list(range(100)), 0.95) == 95


def test_sizes_shrink_with_the_large_shop():
    assert [shop.orders for shop in Sizes(5_000).shops] == [5_000, 5_000, 5_000]
    assert [shop.orders for shop in Sizes().shops] == [20_000, 200_000, 1_000_000]
