import pytest

from tests.notes.recognition.reading import problems, read


@pytest.mark.parametrize(
    ("text", "wanted", "refused"),
    [
        ("发顺丰", "顺丰", None),
        ("发顺风快递", "顺丰", None),
        ("fa shunfeng", "顺丰", None),
        ("順豐到付", "顺丰", None),
        ("please use SF express", "顺丰", None),
        ("EMS谢谢", "邮政", None),
        ("走京东快递", "京东", None),
        ("不要发圆通", None, "圆通"),
        ("不要圆通要申通", "申通", "圆通"),
        ("别发圆通和中通，发申通", "申通", "圆通/中通"),
        ("千万别整极兔", None, "极兔"),
        ("除中通外都可以", None, "中通"),
        ("除了顺丰都不要", "顺丰", None),
        ("中通不到我们这，发邮政", "邮政", "中通"),
        ("don't use YTO", None, "圆通"),
        ("圆通申通都行", None, None),
        ("发顺丰，顺丰不行就京东", None, None),
        ("可以指定快递吗", None, None),
        ("上次给我发的中通，三天才到，换个快点的快递", None, None),
    ],
)
def test_courier(text, wanted, refused):
    found = read(text)

    assert ("courier" in found.types, found.pairs.get("courier"), found.pairs.get("courier_not")) == (
        True,
        wanted,
        refused,
    )


@pytest.mark.parametrize(
    "text", ["京东上面卖得更便宜", "祝顺丰顺水", "什么时候发快递", "放顺丰路的菜鸟", "看到京东也有"]
)
def test_no_courier(text):
    assert "courier" not in read(text).types


@pytest.mark.parametrize(("text", "wanted"), [("发顺丰，不要顺丰", "顺丰"), ("发顺丰，发中通", "顺丰/中通")])
def test_contradiction(text, wanted):
    assert problems(read(text)) == [("contradiction", "courier", wanted)]
