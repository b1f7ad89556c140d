import pytest

from tests.notes.recognition.reading import read


@pytest.mark.parametrize(
    "text",
    [
        "麻烦用礼盒包装，送女朋友的",
        "包个漂亮点的盒子",
        "包装得好看一点",
        "加个蝴蝶结呗",
        "有礼袋吗",
        "可不可以包成礼物的样子",
        "gift wrap pls",
        "lihe包装 xiexie",
        "两个都要礼盒",
        "需要礼盒和手提袋各两个",
    ],
)
def test_gift_wrap_alone(text):
    assert read(text).types == ("gift_wrap",)


@pytest.mark.parametrize("text", ["不用包装成礼物，自己用的", "礼盒就不要了", "送老师的", "不需要礼盒，简单点就行"])
def test_no_gift_wrap(text):
    assert "gift_wrap" not in read(text).types


@pytest.mark.parametrize(
    ("text", "gift"),
    [
        ("送个小礼物", "小礼物"),
        ("多送点小样", "小样"),
        ("老板给点赠品", "赠品"),
        ("有赠品吗", "赠品"),
        ("赠品要粉色的杯子", "粉色的杯子"),
        ("赠品换成湿巾", "湿巾"),
        ("直播间说好的赠品化妆包，漏了我可要找你", "化妆包"),
        ("上次客服说复购送袜子的 别忘了", "袜子"),
        ("老板送根备用绳吧", "备用绳"),
        ("再送一包茶叶尝尝", "茶叶"),
        ("多送个袋子", "袋子"),
        ("礼物多送一点", "礼物"),
        ("赠品不要重复的", "赠品"),
        ("song ge xiao li wu", "小礼物"),
        ("唔該送多兩包紙巾啦老細", "紙巾"),
    ],
)
def test_gift(text, gift):
    found = read(text)

    assert (found.types, found.pairs) == (("gift",), {"gift": gift})


def test_gift_that_is_not_named():
    found = read("随机送点什么都行")

    assert (found.types, found.pairs) == (("gift",), {})


@pytest.mark.parametrize(
    "text",
    [
        "送货上门",
        "送个货",
        "赠品不用给了",
        "感谢老板送的赠品",
        "生日礼物",
        "买给女朋友当礼物",
        "周六送一下",
        "送到家门口",
    ],
)
def test_no_gift(text):
    assert "gift" not in read(text).types


@pytest.mark.parametrize(
    ("text", "packing"),
    [
        ("包装严实一点,易碎", "包装严实一点"),
        ("请包严实", "包严实"),
        ("不要放小票和价格单", "不要放小票和价格单"),
        ("尽快发货 包装好点别碎", "包装好点别碎"),
        ("木架打包，走德邦", "木架打包"),
        ("环保少用胶带", "环保少用胶带"),
        ("外包装别写商品名，谢谢", "外包装别写商品名"),
        ("要求隐私包装", "隐私包装"),
        ("不要鞋盒", None),
        ("不要外包装盒", "不要外包装盒"),
        ("包裝厚啲，易爛", "包裝厚啲"),
        ("please pack carefully, fragile!!", "pack carefully"),
        ("bao zhuang jie shi dian", "包装结实点"),
    ],
)
def test_packing(text, packing):
    found = read(text)

    assert ("packing" in found.types, found.pairs.get("packing")) == (packing is not None, packing)


@pytest.mark.parametrize("text", ["上次包装的问题没人管", "不用加固", "价格能便宜点吗"])
def test_no_packing(text):
    assert "packing" not in read(text).types
