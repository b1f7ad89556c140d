import pytest

from tests.notes.recognition.reading import read


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
        ("多放两张贴纸吧", "贴纸"),
        ("贴纸多放两张", "贴纸"),
        ("小样多来几片", "小样"),
        ("页面上写的满200送保温杯 别漏发", "保温杯"),
        ("说好送的收纳包记得放进去", "收纳包"),
        ("可以给两片试戴片吗", "试戴片"),
        ("再给配根备用带子", "备用带子"),
        ("赠品记得给我发", "赠品"),
        ("没有赠品我可不依哦", "赠品"),
        ("送不送赠品呀", "赠品"),
        ("刚关注了店铺 有见面礼吗", "见面礼"),
        ("free samples pls", "free samples"),
        ("song ge xiao li wu", "小礼物"),
        ("唔該送多兩包紙巾啦老細", "紙巾"),
    ],
)
def test_gift(text, gift):
    found = read(text)

    assert (found.types, found.pairs) == (("gift",), {"gift": gift})


@pytest.mark.parametrize(
    "text",
    [
        "随机送点什么都行",
        "随机送就行 不挑",
        "老顾客了 送点啥呗",
        "买二送一的那个一别忘了",
        "赠品不要重复的",
        "赠品换别的行么",
        "给个优惠券或者小礼品都行",
    ],
)
def test_gift_that_is_not_named(text):
    found = read(text)

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
        "送人的礼物 质量要好点",
        "给我妈买的礼物",
        "赠品就别放了 浪费",
        "谢谢上次送的小礼物 很喜欢",
        "赠品坏了怎么换",
        "送两家 分开寄",
        "多放几个冰袋",
        "给个优惠",
        "再给个机会",
        "帮忙送上楼",
    ],
)
def test_no_gift(text):
    assert "gift" not in read(text).types
