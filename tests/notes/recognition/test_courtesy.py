import pytest

from orders.notes.recognition.courtesy import is_courtesy


@pytest.mark.parametrize(
    "text",
    [
        "谢谢老板",
        "无",
        "没有",
        "没啥要说的",
        "么么哒😘",
        "３Ｑ",
        "多謝晒",
        "感恩，爱你们",
        "第三次买了，东西真不错",
        "祝生意兴隆，财源广进🧧",
        "老板好",
        "OK",
        "🙏🙏🙏",
        "麻烦了",
        "暂时没有",
        "没要求，你们看着办",
        "按正常发就可以",
        "期待收货",
        "希望不要让我失望",
        "物美价廉",
        "朋友推荐来的",
        "包装一直很用心 赞",
        "又来啦",
        "666",
        "替我谢谢发货的师傅",
        "马到成功",
        "没有备注内容",
    ],
)
def test_courtesy(text):
    assert is_courtesy(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "？？？",
        "谢谢，包邮吗",
        "谢谢，放门口",
        "不好",
        "送到楼下就好",
        "谢谢 到了打我电话",
        "希望质量好点",
        "祝好 顺便问下保修多久",
        "太贵了",
        "谢谢" * 40,
    ],
)
def test_no_courtesy(text):
    assert not is_courtesy(text)
