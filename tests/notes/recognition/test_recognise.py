from datetime import UTC, datetime
from time import process_time

import pytest

from orders.notes.recognition import OrderedLine, recognise
from orders.notes.recognition.results import Problem, Recognition, state_of
from tests.notes.recognition.reading import DRESS, problems, read


@pytest.mark.parametrize(
    ("text", "types"),
    [
        ("要白色L码，刻字:小满，礼盒装，发顺丰，6月8号前到", "gift_wrap delivery_time colour_size engraving courier"),
        ("开发票，尽快发货", "invoice urge"),
        ("尽快 礼盒 谢", "gift_wrap urge"),
        ("1、礼盒装 2、别放小票 3、周五前到", "gift_wrap delivery_time packing"),
        ("1.白色 2.M码 3.刻字：安", "colour_size engraving"),
        ("①发顺丰②开个人发票", "invoice courier"),
        ("不用发票 不要礼盒 尽快发就行", "urge"),
        ("不用发票", ""),
        ("不要礼盒", ""),
        ("不要赠品", ""),
        ("赠品我不需要", ""),
        ("不用刻字了，直接发原版", ""),
        ("别忘了开发票", "invoice"),
        ("能不能开发票", "invoice"),
        ("要不送个小礼物", "gift"),
        ("不要发票和礼盒", ""),
        ("刻字:顺丰顺水", "engraving"),
        ("刻字：尽快暴富", "engraving"),
        ("我要的是《刻字入门》这本书", ""),
        ("跟另外一单一起发", ""),
        ("包邮吗", ""),
        ("谢谢老板", "other"),
        ("没有要求 谢谢", "other"),
        ("asdfghjkl", ""),
        ("", ""),
        ("唔该用个靓啲嘅盒", "gift_wrap"),
        ("請用禮盒包裝，謝謝", "gift_wrap"),
        ("bu yao fa yuan tong", "courier"),
    ],
)
def test_types(text, types):
    assert read(text).types == tuple(types.split())


@pytest.mark.parametrize(
    ("text", "lines", "state"),
    [
        ("发顺丰", (), "recognised"),
        ("要刻字", (), "needs_info"),
        ("要刻字，换绿色", (DRESS,), "needs_info"),
        ("换绿色", (DRESS,), "manual"),
        ("换白色", (DRESS,), "recognised"),
        ("尺码M 尺码S", (), "manual"),
        ("包邮吗", (), "manual"),
        ("谢谢", (), "recognised"),
    ],
)
def test_state(text, lines, state):
    assert read(text, *lines).state == state


def test_day_is_that_of_shanghai():
    late = datetime(2026, 6, 1, 17, tzinfo=UTC)

    assert recognise("明天送", at=late).pairs == {"delivery_date": "2026-06-03"}


def test_words_of_a_product_title_are_no_request():
    nuts = OrderedLine(1, "坚果礼盒 每日坚果 30包", "")

    assert (read("坚果礼盒要新鲜的", nuts).types, read("坚果要礼盒装", nuts).types) == ((), ("gift_wrap",))


def test_words_of_requests_in_a_title_hide_nothing():
    pen = OrderedLine(1, "钢笔 免费刻字 礼盒包装", "")

    found = read("免费刻字：小雨，礼盒包装", pen)

    assert (found.types, found.pairs) == (("gift_wrap", "engraving"), {"engraving": "小雨"})


def test_as_json_holds_plain_values():
    found = read("换绿色", DRESS)

    assert found.as_json() == {
        "types": ["colour_size"],
        "pairs": {"colour": "绿色"},
        "problems": [
            {
                "code": "conflict", "kind": "colour_size", "key": "colour", "wanted": "绿色", "ordered": "黑色",
                "allowed": ["黑色", "白色"],
            }
        ],
    }  # fmt: skip


def test_state_of_a_difference_is_recognised():
    problem = Problem("difference", "colour_size", "colour")

    assert state_of(("colour_size",), [problem]) == "recognised"


def test_same_note_gives_the_same_answer():
    first, second = read("周六送，发顺丰"), read("周六送，发顺丰")

    assert (first, problems(first)) == (second, [])
    assert isinstance(first, Recognition)


@pytest.mark.parametrize(
    "part",
    ["地址", "改成", "送到", "刻 ", "多放个", "礼物", "1号 ", "不要和", "中通和", "周六", "路街", "贺卡写", "谢"],
)
def test_a_note_that_repeats_itself_is_read_quickly(part):
    started = process_time()

    read((part * 500)[:500])

    assert process_time() - started < 0.1


def test_a_very_long_note_is_read_from_its_beginning():
    assert read("发顺丰，" + "啊" * 2_000 + "开发票").types == ("courier",)
