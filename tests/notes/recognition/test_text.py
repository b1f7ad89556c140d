import pytest

from orders.notes.recognition.aliases import simplify, spell_out
from orders.notes.recognition.text import clause_after, clause_before, fold, number_of, trim, without, without_pictures


@pytest.mark.parametrize(
    ("text", "number"),
    [("3", 3), ("31", 31), ("三", 3), ("十", 10), ("十二", 12), ("二十", 20), ("三十一", 31), ("两", 2)],
)
def test_number_of(text, number):
    assert number_of(text) == number


def test_fold_makes_full_width_signs_plain_sign_for_sign():
    assert fold("３号，Ｌ　码：！\r\n") == "3号,L 码:!\n\n"


@pytest.mark.parametrize(
    ("text", "simple"),
    [("發順豐", "发顺丰"), ("開發漂", "开发票"), ("唔該", "麻烦"), ("快啲", "快点"), ("顺风", "顺丰")],
)
def test_simplify(text, simple):
    assert simplify(text) == simple


@pytest.mark.parametrize(
    ("text", "spelt"),
    [
        ("zhoumo song huo", "周末送货"),
        ("bu yao fa huo le", "不要发货了"),
        ("dz错了", "地址错了"),
        ("song ma", "song ma"),
        ("I love you de", "I love you de"),
        ("刻字:LOVE", "刻字:LOVE"),
        ("加急", "加急"),
    ],
)
def test_spell_out(text, spelt):
    assert spell_out(text) == spelt


def test_clauses_end_at_stops():
    assert (clause_before("a,b c", 4), clause_after("a,b c\nd", 2), clause_after(",", 0)) == ("b ", "b c", "")


def test_used_up_parts_and_pictures_leave_places_as_they_are():
    assert (without("abcd", 1, 3), without_pictures("急🔥用"), without_pictures("abc")) == (
        "a\x1f\x1fd",
        "急\x1f用",
        "abc",
    )


def test_trim_takes_signs_off_both_ends():
    assert trim("：“好”，\x1f") == "好"
