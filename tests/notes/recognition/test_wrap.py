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
