from contextlib import suppress
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.intake.formats import cells
from orders.intake.formats.errors import CellError
from tests.intake.formats.builders import relaxed

RAW = st.one_of(
    st.none(),
    st.text(),
    st.text(alphabet="0123456789.,-+eE¥￥元='\"\t/: 年月日Nonul", max_size=24),
    st.integers(),
    st.floats(),
    st.decimals(allow_nan=False),
    st.just(Decimal("NaN")),
    st.booleans(),
    st.datetimes(),
    st.datetimes(timezones=st.just(UTC)),
    st.dates(),
    st.times(),
)
CONVERTERS = [
    cells.text,
    cells.limited(10),
    cells.clipped(10),
    cells.identifier,
    cells.money,
    cells.extra_money,
    cells.moment,
    cells.count,
    cells.truth,
    cells.phone,
    cells.tracking_numbers,
]


@pytest.mark.parametrize("convert", CONVERTERS)
@relaxed
@given(cell=RAW)
def test_converters_return_or_refuse_but_never_crash(convert, cell):
    with suppress(CellError):
        convert(cell)


@relaxed
@given(cell=RAW)
def test_text_is_storable_and_stable(cell):
    value = cells.text(cell)

    if value is not None:
        assert "\x00" not in value
        assert value.encode()
        assert value.strip(" \t\r\n") == value


@relaxed
@given(st.decimals(min_value=0, max_value=10**9, places=2))
def test_money_reads_back_every_amount(amount):
    assert cells.money(str(amount)) == cells.money(float(amount)) == amount


@relaxed
@given(st.datetimes(min_value=datetime.fromisoformat("2000-01-02"), max_value=datetime.fromisoformat("2099-12-30")))
def test_moment_reads_back_every_second(at):
    at = at.replace(microsecond=0)

    assert cells.moment(at.isoformat(" ")) == cells.moment(at) == at.replace(tzinfo=cells.SHANGHAI)


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("雪平锅", "雪平锅"),
        ("  雪平锅\u3000", "雪平锅"),
        ("\t雪平锅", "雪平锅"),
        ("\xa0雪平锅\xa0", "雪平锅"),
        ('="雪平锅"', "雪平锅"),
        ("'=1+1", "=1+1"),
        ("=1+1", "=1+1"),
        ("'90s 款", "'90s 款"),
        ("第一行\r\n第二行", "第一行\n第二行"),
        ("a\x00b\ufeffc\ud800d", "abcd"),
        ("👨\u200d👩", "👨\u200d👩"),
        (7, "7"),
        (7.0, "7"),
        (7.5, "7.5"),
        (datetime.fromisoformat("2017-07-08 00:42:32"), "2017-07-08 00:42:32"),
        *[(empty, None) for empty in (None, "", " ", '""', '=""', "null", "NULL", "nan", "NaN", "\t", "#N/A")],
    ],
)
def test_text_cleans_what_exports_and_spreadsheets_leave(cell, value):
    assert cells.text(cell) == value


def test_limited_refuses_what_the_database_could_not_hold():
    with pytest.raises(CellError) as refused:
        cells.limited(3)("abcd")

    assert (refused.value.code, refused.value.value) == ("text_too_long", "4 > 3")


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ('="35526018159083016"', "35526018159083016"),
        ("35526018159083016", "35526018159083016"),
        ("'35526018159083016", "35526018159083016"),
        ("\t35526018159083016", "35526018159083016"),
        (" 35526018159083016\xa0", "35526018159083016"),
        ("３５５２６０１８", "35526018"),
        ("260517-607198974342268", "260517-607198974342268"),
        ("DEMO_2024-1", "DEMO_2024-1"),
        ("1.0", "1"),
        (1, "1"),
        (28010.0, "28010"),
        (999_999_999_999_999, "999999999999999"),
        ("9" * 64, "9" * 64),
        ('=""', None),
        ("null", None),
        (None, None),
    ],
)
def test_identifier_reads_ids_as_exports_write_them(cell, value):
    assert cells.identifier(cell) == value


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("3.5E+16", "id_damaged"),
        ("3.55260181590830E+16", "id_damaged"),
        ('="3.5E+16"', "id_damaged"),
        ("3e+16", "id_damaged"),
        ("35526018159083016.0", "id_damaged"),
        (35526018159083016, "id_damaged"),
        (3.5526018159083016e16, "id_damaged"),
        ("合计", "id_illegal"),
        ("abc", "id_illegal"),
        ("12 34", "id_illegal"),
        ("12/34", "id_illegal"),
        ("9" * 65, "id_illegal"),
        (1.5, "id_illegal"),
        (-1, "id_illegal"),
        (True, "id_illegal"),
        (float("nan"), "id_illegal"),
        (float("inf"), "id_illegal"),
    ],
)
def test_identifier_refuses_damaged_and_illegal_ids(cell, code):
    with pytest.raises(CellError) as refused:
        cells.identifier(cell)

    assert refused.value.code == code


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("201.12", "201.12"),
        ('"201.12"', "201.12"),
        ('="201.12"', "201.12"),
        ("0元", "0.00"),
        ("12.5元", "12.50"),
        ("¥1,234.50", "1234.50"),
        ("￥1,234,567", "1234567.00"),
        ("１２．５", "12.50"),
        ("1,234元", "1234.00"),
        (".5", "0.50"),
        ("178.79999999999998", "178.80"),
        ("12.3400", "12.34"),
        ("1.1368683772161603e-13", "0.00"),
        (178.79999999999998, "178.80"),
        (21, "21.00"),
        (Decimal("21.5"), "21.50"),
        ("-0.00", "0.00"),
        ("9999999999.99", "9999999999.99"),
    ],
)
def test_money_reads_amounts_in_every_dress(cell, value):
    assert str(cells.money(cell)) == value


@pytest.mark.parametrize("cell", [None, "", " ", "null", '""', "元"])
def test_money_of_an_empty_cell_is_none(cell):
    assert cells.money(cell) is None


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("-1.00", "money_negative"),
        (-0.01, "money_negative"),
        ("nan", "money_not_finite"),
        ("NaN", "money_not_finite"),
        ("inf", "money_not_finite"),
        ("-Infinity", "money_not_finite"),
        (float("nan"), "money_not_finite"),
        (float("inf"), "money_not_finite"),
        (Decimal("NaN"), "money_not_finite"),
        ("1.234", "money_precision"),
        (1.005, "money_precision"),
        ("10000000000.00", "money_too_large"),
        ("十元", "money_illegal"),
        ("1,2", "money_illegal"),
        ("1.2.3", "money_illegal"),
        (True, "money_illegal"),
        (date(2020, 1, 1), "money_illegal"),
    ],
)
def test_money_refuses_what_is_no_amount(cell, code):
    with pytest.raises(CellError) as refused:
        cells.money(cell)

    assert refused.value.code == code


@pytest.mark.parametrize(("cell", "value"), [("店铺红包", None), ("nan", None), ("5.00", Decimal("5.00"))])
def test_extra_money_takes_words_for_nothing(cell, value):
    assert cells.extra_money(cell) == value


def test_extra_money_refuses_a_negative_amount():
    with pytest.raises(CellError):
        cells.extra_money("-5")


AT = datetime(2020, 2, 21, 0, 0, 0, tzinfo=cells.SHANGHAI)


@pytest.mark.parametrize(
    "cell",
    [
        "2020-02-21 00:00:00",
        '="2020-02-21 00:00:00"',
        "\t2020-02-21 00:00:00",
        "2020/2/21 0:00",
        "2020-2-21 0:00:00",
        "2020-02-21",
        "2020.2.21",
        "2020年2月21日",
        "2020年2月21日 0时0分0秒",
        "20200221",
        "202002210000",
        "20200221000000",
        "2020-02-21T00:00:00+08:00",
        "2020-02-20T16:00:00Z",
        "2020-02-21 00:00:00.0",
        datetime.fromisoformat("2020-02-21"),
        datetime(2020, 2, 20, 16, tzinfo=UTC),
        date(2020, 2, 21),
        43882,
        43882.0,
        "43882",
        "43882.0",
    ],
)
def test_moment_reads_times_in_every_dress(cell):
    assert cells.moment(cell) == AT


def test_moment_rounds_day_fractions_of_workbooks_to_the_second():
    assert cells.moment(42924.02953703704) == datetime(2017, 7, 8, 0, 42, 32, tzinfo=cells.SHANGHAI)
    assert cells.moment(datetime.fromisoformat("2017-07-08 00:42:31.999998")) == datetime(
        2017, 7, 8, 0, 42, 32, tzinfo=cells.SHANGHAI
    )


@pytest.mark.parametrize("cell", [None, "", "null", "0000-00-00 00:00:00"])
def test_moment_of_an_empty_cell_is_none(cell):
    assert cells.moment(cell) is None


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("1970-01-01 08:00:00", "time_absurd"),
        ("9999-12-31 00:00:00", "time_absurd"),
        (datetime.fromisoformat("1899-12-31"), "time_absurd"),
        (1, "time_absurd"),
        ("2020-02-30 00:00:00", "time_illegal"),
        ("2020/13/1", "time_illegal"),
        ("昨天", "time_illegal"),
        (1_582_214_400, "time_illegal"),
        (float("nan"), "time_illegal"),
        (False, "time_illegal"),
    ],
)
def test_moment_refuses_absurd_times(cell, code):
    with pytest.raises(CellError) as refused:
        cells.moment(cell)

    assert refused.value.code == code


@pytest.mark.parametrize(
    ("cell", "value"), [("3", 3), ("3.0", 3), (3.0, 3), ("1,200", 1200), ("２", 2), ("2件", 2), ("", None)]
)
def test_count_reads_whole_numbers(cell, value):
    assert cells.count(cell) == value


@pytest.mark.parametrize("cell", ["1.5", "-1", "两", "99999999999", "inf"])
def test_count_refuses_other_numbers(cell):
    with pytest.raises(CellError):
        cells.count(cell)


@pytest.mark.parametrize(
    ("cell", "value"), [("手机订单", True), ("是", True), ("否", False), ("", False), ("null", False), (None, False)]
)
def test_truth_reads_yes_no_and_words(cell, value):
    assert cells.truth(cell) is value


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("'13900000001", "13900000001"),
        ('="13900000001"', "13900000001"),
        ("\t13900000001", "13900000001"),
        (13900000001, "13900000001"),
        (13900000001.0, "13900000001"),
        ("18877771111-123", "18877771111-123"),
        ("138****1234", "138****1234"),
        ("138＊＊＊＊1234", "138****1234"),
        ("029-0000000", "029-0000000"),
        ("null", None),
        ("'", None),
    ],
)
def test_phone_keeps_masks_and_extensions(cell, value):
    assert cells.phone(cell) == value


def test_phone_refuses_a_damaged_number():
    with pytest.raises(CellError) as refused:
        cells.phone("1.39E+10")

    assert refused.value.code == "id_damaged"


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("No:YT6900634716900", ("YT6900634716900",)),
        ("NO：yt6900634716900", ("YT6900634716900",)),
        ("YT6900634716900", ("YT6900634716900",)),
        ("No:SF1234567890123,No:SF1234567890124；SF1234567890123", ("SF1234567890123", "SF1234567890124")),
        ("'773194917396313", ("773194917396313",)),
        (773194917396313, ("773194917396313",)),
        ("LBX012345678901234-2-1", ("LBX012345678901234-2-1",)),
        ("无需物流", ()),
        ("null", ()),
        ("", ()),
        (None, ()),
    ],
)
def test_tracking_numbers_drop_prefixes_and_words(cell, value):
    assert cells.tracking_numbers(cell) == value


@pytest.mark.parametrize("cell", ["7.73E+14", 7731949173963131])
def test_tracking_numbers_refuse_damaged_numbers(cell):
    with pytest.raises(CellError) as refused:
        cells.tracking_numbers(cell)

    assert refused.value.code == "id_damaged"


@pytest.mark.parametrize(("row", "is_blank"), [([], True), (["", None, " \t"], True), (["", 0], False), (["a"], False)])
def test_is_blank_tells_empty_lines(row, is_blank):
    assert cells.is_blank(row) is is_blank


@pytest.mark.parametrize(
    ("cell", "amount"), [("无退款申请", None), (" 无 ", None), ("12.50", Decimal("12.50")), (None, None)]
)
def test_refund_money_reads_the_words_for_no_refund_as_no_amount(cell, amount):
    assert cells.refund_money(cell) == amount
