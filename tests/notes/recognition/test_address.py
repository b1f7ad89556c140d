import pytest

from tests.notes.recognition.reading import problems, read


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("改地址：示例市样板区样板路12号3栋2单元", "示例市样板区样板路12号3栋2单元"),
        ("地址改成：浙江省杭州市西湖区文三路1号2幢301,收件人张三,发顺丰", "浙江省杭州市西湖区文三路1号2幢301"),
        ("帮我改个地址啦 上海市静安区南京西路100弄5号602", "上海市静安区南京西路100弄5号602"),
        ("地址改成成都市锦江区样板路1号", "成都市锦江区样板路1号"),
        ("麻烦寄到上海市浦东新区张江路100号", "上海市浦东新区张江路100号"),
        ("别往我填的地址发，发到 测试市演示区示例街2号 我妈那儿", "测试市演示区示例街2号"),
        ("地址错啦～应该是示例市演示区样板路5弄6号～", "示例市演示区样板路5弄6号"),
        ("地址写错门牌号了，是样板路21号不是12号", "样板路21号"),
        ("地址后面加上：3单元1502", "3单元1502"),
        ("不发家里了，改发学校：演示市示例区测试学院南门菜鸟站", "演示市示例区测试学院南门菜鸟站"),
        ("地址→示例市虚构区样板路100号西门快递柜", "示例市虚构区样板路100号西门快递柜"),
        ("地址改成测试市样板区示例街3号 颜色换黑色 别发邮政", "测试市样板区示例街3号"),
        ("地址：测试市示例区顺丰路10号", "测试市示例区顺丰路10号"),
        ("改地址 示例市样板区样板花园 8栋2单元 谢谢", "示例市样板区样板花园 8栋2单元"),
        ("老板地址我整差了，给改成示例市演示区样板路甲3号行不", "示例市演示区样板路甲3号"),
        ("gai dizhi 示例街5号后门", "示例街5号后门"),
    ],
)
def test_new_address(text, address):
    found = read(text)

    assert (found.types[0], found.pairs["address"], found.problems) == ("address_change", address, ())


@pytest.mark.parametrize(
    "text",
    ["改地址", "换个收货地址，旺旺上说", "地址填错了，麻烦联系我改", "dz错了 改一下", "别寄公司了，寄家里", "寄到公司"],
)
def test_change_without_an_address_is_missing(text):
    assert problems(read(text)) == [("missing", "address", "")]


@pytest.mark.parametrize("text", ["收件人改成李四", "电话换成138****1234"])
def test_change_of_the_person_needs_no_address(text):
    found = read(text)

    assert (found.types, found.problems) == (("address_change",), ())


@pytest.mark.parametrize(
    "text", ["地址不变", "不要改地址", "送到楼下就好", "退货地址发我", "发到手慢的话退货", "寄顺丰"]
)
def test_no_change(text):
    assert "address_change" not in read(text).types


def test_courier_in_an_address_is_no_wish():
    assert read("地址改为示例市样板区京东大厦5层").types == ("address_change",)
