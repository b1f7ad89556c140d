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
    ],
)
def test_courtesy(text):
    assert is_courtesy(text)


@pytest.mark.parametrize("text", ["", "？？？", "谢谢，包邮吗", "谢谢，放门口", "不好", "送到楼下就好", "谢谢" * 40])
def test_no_courtesy(text):
    assert not is_courtesy(text)
