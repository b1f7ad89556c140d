import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orders.fulfilment.couriers import (
    COURIERS,
    TrackingError,
    check_tracking,
    find_courier,
    guess_courier,
    normalise_tracking,
)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("SF", "SF"),
        ("sf", "SF"),
        ("顺丰速运", "SF"),
        ("顺丰", "SF"),
        ("顺丰速运有限公司", "SF"),
        ("圆通", "YTO"),
        ("圆通快递", "YTO"),
        ("yuantong", "YTO"),
        ("YD", "YUNDA"),
        ("HHTT", "TTKDEX"),
        ("YZPY", "POST"),
        ("京东物流", "JD"),
        ("jtexpress", "JT"),
        ("极兔", "JT"),
        ("debangkuaidi", "DBKD"),
        ("DBL", "DBL"),
        ("huitongkuaidi", "HTKY"),
        ("youzhengguonei", "POSTB"),
        ("中通快运", "DISTRIBUTOR_13222803"),
        ("ＥＭＳ", "EMS"),
        ("其它", "OTHER"),
    ],
)
def test_find_courier_reads_codes_and_names_of_every_vocabulary(text, code):
    assert find_courier(text).code == code


@pytest.mark.parametrize("text", ["", "不知道", "快递"])
def test_find_courier_of_another_text_is_none(text):
    assert find_courier(text) is None


def test_codes_are_unique_and_every_courier_finds_itself():
    assert len({courier.code for courier in COURIERS}) == len(COURIERS)
    assert all(find_courier(courier.code) == courier == find_courier(courier.name) for courier in COURIERS)


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("YT6900634716900", "YTO"),
        ("78636098066239", "ZTO"),
        ("773194917396313", "STO"),
        ("5301156237108", "YUNDA"),
        ("9889510569807", "EMS"),
        ("JT0006968326954", "JT"),
        ("DPK364112047425", "DBKD"),
        ("SF1234567890123", "SF"),
        ("JDVA12345678901", "JD"),
        ("621123456789012", "CN"),
    ],
)
def test_todays_numbers_name_their_courier(number, code):
    courier = find_courier(code)

    assert guess_courier(number) == courier
    assert check_tracking(courier, number) is None


def test_an_ambiguous_number_names_nobody():
    assert guess_courier("435551234567890") is None


def test_a_number_of_another_courier_is_warned_about():
    warning = check_tracking(find_courier("SF"), "YT6900634716900")

    assert warning == "YT6900634716900 does not look like a number of 顺丰速运, but of 圆通速递."


def test_a_number_of_no_courier_is_warned_about():
    assert check_tracking(find_courier("SF"), "12345") == "12345 does not look like a number of 顺丰速运."


@pytest.mark.parametrize("code", ["OTHER", "FAST"])
def test_couriers_without_a_known_format_never_warn(code):
    assert check_tracking(find_courier(code), "12345") is None


@pytest.mark.parametrize(
    ("number", "plain"),
    [
        (" yt6900634716900 ", "YT6900634716900"),
        ("No:YT6900634716900", "YT6900634716900"),
        ("ＹＴ６９００６３４７１６９００", "YT6900634716900"),
        ('="773194917396313"', "773194917396313"),
        ("LBX0123-2-1", "LBX0123-2-1"),
        ("7731 9491 7396 313", "773194917396313"),
    ],
)
def test_normalise_tracking_writes_numbers_as_printed(number, plain):
    assert normalise_tracking(number) == plain


@pytest.mark.parametrize("number", ["", "  ", "No:"])
def test_normalise_tracking_refuses_an_empty_number(number):
    with pytest.raises(TrackingError, match="empty"):
        normalise_tracking(number)


@pytest.mark.parametrize("number", ["无需物流", "SF;DROP", "SF123<b>", "abc", "ABCDEF", "1" * 61, "3.5E+14"])
def test_normalise_tracking_refuses_illegal_signs(number):
    with pytest.raises(TrackingError, match="is not made of"):
        normalise_tracking(number)


@settings(deadline=None)
@given(st.text())
def test_normalise_tracking_returns_or_refuses(number):
    try:
        plain = normalise_tracking(number)
    except TrackingError:
        return
    assert normalise_tracking(plain) == plain
