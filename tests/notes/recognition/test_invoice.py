import pytest

from tests.notes.recognition.reading import problems, read


@pytest.mark.parametrize(
    ("text", "title", "number"),
    [
        ("开发票 个人", "个人", None),
        ("发票抬头：个人", "个人", None),
        ("开发漂 个人抬头 谢", "个人", None),
        ("發個票票 个人滴", "个人", None),
        ("要发票 抬头个人 快点发货", "个人", None),
        ("要普票 个人：王测试", "王测试", None),
        ("发票抬头：张三", "张三", None),
        ("invoice needed, personal", "个人", None),
        ("地址改成：测试市测试区示例街1号；开个人发票", "个人", None),
        ("抬头：样板咖啡馆\n税号：92000000TEST00010J\n谢谢", "样板咖啡馆", "92000000TEST00010J"),
        ("开票 示例农业合作社 93000000TEST00008G", "示例农业合作社", "93000000TEST00008G"),
        ("发票抬头＝测试汽修厂，税号＝９2000000test00009h", "测试汽修厂", "92000000TEST00009H"),
        ("开票：示例科技（上海）有限公司，91310115TEST00002B", "示例科技（上海）有限公司", "91310115TEST00002B"),
        (
            "开增值税专用发票，公司：上海示例贸易有限公司，税号 91310000TEST00001A",
            "上海示例贸易有限公司",
            "91310000TEST00001A",
        ),
        ("发票开给示例科技有限公司 税号9131 0115 TEST 0000 2B", "示例科技有限公司", "91310115TEST00002B"),
        ("发票抬头是深圳市礼品有限公司 税号91440300TEST00006F", "深圳市礼品有限公司", "91440300TEST00006F"),
    ],
)
def test_title_and_number(text, title, number):
    found = read(text)

    assert (found.pairs.get("invoice_title"), found.pairs.get("tax_number"), problems(found)) == (title, number, [])


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("开发票", "invoice_title"),
        ("记得开票啊！", "invoice_title"),
        ("需要发票报销用", "invoice_title"),
        ("需要开票，抬头发旺旺了", "invoice_title"),
        ("发票开公司的", "invoice_title"),
        ("发票抬头 北京大有贸易有限公司", "tax_number"),
        ("抬头：样板咖啡馆", "tax_number"),
        ("要開發票，抬頭 示例貿易行，統編晚點給", "tax_number"),
    ],
)
def test_what_is_missing(text, key):
    assert problems(read(text)) == [("missing", key, "")]


@pytest.mark.parametrize("text", ["不开票", "发票不用了", "no invoice needed", "不需要发票，谢谢"])
def test_no_invoice(text):
    assert "invoice" not in read(text).types


def test_courier_in_a_title_is_no_wish():
    assert read("发票抬头：顺丰速运有限公司 税号91440300TEST00006F").types == ("invoice",)
