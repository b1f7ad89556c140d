import pytest

from orders.notes.recognition import OrderedLine
from tests.notes.recognition.reading import DRESS, problems, read


def shoes(spec, *allowed):
    return OrderedLine(1, "鞋", spec, allowed)


@pytest.mark.parametrize(
    ("text", "colour", "size"),
    [
        ("颜色：白色　尺码：Ｍ", "白色", "M"),
        ("【颜色】咖啡色【尺码】40", "咖啡色", "40"),
        ("颜色，白色，尺码，L，谢谢", "白色", "L"),
        ("颜色:星空", "星空", None),
        ("尺码S，颜色黄", "黄色", "S"),
        ("不要白色要黑色", "黑色", None),
        ("黑色换成雾霾蓝", "雾霾蓝", None),
        ("要白的！白的！别又发黑的😤", "白色", None),
        ("要浅灰，别发深灰", "浅灰", None),
        ("给我整个大红的，喜庆", "大红", None),
        ("要白色的 拍错了", "白色", None),
        ("發黑的", "黑色", None),
        ("发XL 不要L L紧", None, "XL"),
        ("要个xxxl的", None, "XXXL"),
        ("换成L码谢谢", None, "L"),
        ("尺码M改为L", None, "L"),
        ("38码换39", None, "39"),
        ("鞋子换成43码", None, "43"),
        ("鞋要三十五码半的", None, "35.5"),
        ("要42码的，之前拍成41了", None, "42"),
        ("要39号的", None, "39"),
        ("白色41", "白色", "41"),
        ("均码的黑色", "黑色", "均码"),
        ("加大码", None, "加大码"),
        ("尺寸错了应该是90×200的床", None, "90×200"),
        ("床笠1.5m改1.8m", None, "1.8m"),
        ("衣服要170/92A", None, "170/92A"),
        ("yao baise de, L ma", "白色", "L"),
        ("color: black, size: XL pls", "黑色", "XL"),
        ("change size to L please", None, "L"),
        ("我平时穿M，那就给我发L吧，颜色还是拍的那个黑的，直接给我换了个荧光绿", "黑色", "L"),
        ("M码和L码各一件", None, None),
        ("黄色或者绿色都行", None, None),
        ("颜色随机", None, None),
    ],
)
def test_colour_and_size(text, colour, size):
    found = read(text)

    assert ("colour_size" in found.types, found.pairs.get("colour"), found.pairs.get("size"), found.problems) == (
        True, colour, size, (),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("换颜色", "colour"),
        ("颜色拍错换一个", "colour"),
        ("尺码拍错了，麻烦改一下", "size"),
        ("换大一码", "size"),
        ("身高170体重130斤，看着发合适的码", "size"),
    ],
)
def test_value_is_missing(text, key):
    assert problems(read(text)) == [("missing", key, "")]


@pytest.mark.parametrize(
    "text",
    ["家里装修全是灰", "用红布包着", "要红色的礼盒", "不要用黑色袋子", "不要红色", "12号鞋垫", "I'm fine", "质量好"],
)
def test_no_colour_or_size(text):
    assert "colour_size" not in read(text).types


@pytest.mark.parametrize(
    ("text", "spec", "size"),
    [
        ("换大一码", "尺码:L", "XL"),
        ("尺码发小一号，我拍的L", "尺码:L", "M"),
        ("要大两码", "尺码:L", "XXL"),
        ("大半码", "鞋码:38", "38.5"),
        ("换大码", "鞋码:38", "39"),
    ],
)
def test_next_size_is_counted_from_the_ordered_one(text, spec, size):
    assert read(text, shoes(spec)).pairs["size"] == size


@pytest.mark.parametrize("spec", ["尺码:均码", "尺码:XXXXXL", "颜色:红色"])
def test_next_size_of_an_unknown_scale_is_missing(spec):
    assert problems(read("换大一码", shoes(spec))) == [("missing", "size", "")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("黑色 L", []),
        ("要黑的", []),
        ("要白色 M", [("difference", "colour", "白色"), ("difference", "size", "M")]),
        ("换白色", [("difference", "colour", "白色")]),
        ("换绿色", [("conflict", "colour", "绿色")]),
        ("换绿色S码", [("conflict", "colour", "绿色"), ("conflict", "size", "S")]),
        ("换白色XL", [("conflict", "size", "白色 XL")]),
        ("要黑色，要白色", [("contradiction", "colour", "黑色/白色")]),
    ],
)
def test_against_the_order(text, expected):
    assert problems(read(text, DRESS)) == expected


def test_both_values_in_no_product_name_what_there_is():
    problem = read("换白色XL", DRESS).problems[0]

    assert (problem.ordered, problem.allowed) == ("黑色 L", ("黑色 L", "黑色 XL", "白色 M"))


def test_without_allowed_specs_another_value_is_only_a_difference():
    assert problems(read("换绿色M码", shoes("颜色:黑色;尺码:L"))) == [
        ("difference", "colour", "绿色"), ("difference", "size", "M"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "colour"), [("换雾霾蓝", "雾霾蓝"), ("换星空灰色的", "星空灰色"), ("换奶黄包", "奶黄包")]
)
def test_values_of_the_product_are_known_words(text, colour):
    known = shoes("颜色:黑色", "颜色:雾霾蓝", "颜色:星空灰色", "颜色：奶黄包（新）")

    assert read(text, known).pairs["colour"] == colour


def test_brackets_of_a_value_do_not_matter():
    coat = shoes("颜色分类:白色【加绒】;尺码:L", "颜色分类:黑色【加绒】;尺码:L")

    found = read("黑色加绒的那款", coat)

    assert (found.pairs, problems(found)) == ({"colour": "黑色"}, [("difference", "colour", "黑色")])


def test_sizes_in_both_ways_of_writing_are_one():
    assert problems(read("要2XL", shoes("尺码:XXL", "尺码:XL"))) == []


@pytest.mark.parametrize(("text", "quantity"), [("数量：三件", "3"), ("一共要12双", "12"), ("礼盒各两个", None)])
def test_quantity(text, quantity):
    assert read(text).pairs.get("quantity") == quantity
