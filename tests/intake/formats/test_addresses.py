import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.intake.formats import PROVINCES, Address, province_name, split_address
from tests.intake.formats.builders import relaxed


@pytest.mark.parametrize(
    ("text", "address"),
    [
        (
            "广东省 广州市 越秀区 某某街道某某园50号31楼3101(510180)",
            Address("广东", "广州市", "越秀区", "某某街道某某园50号31楼3101", "510180"),
        ),
        ("四川省 成都市 其它区 某某街333号(610041)", Address("四川", "成都市", "其它区", "某某街333号", "610041")),
        (
            "广西壮族自治区 南宁市 青秀区 某某会南宁市青秀区某某大道170#B2-2-102室(000000)",
            Address("广西", "南宁市", "青秀区", "某某会南宁市青秀区某某大道170#B2-2-102室", None),
        ),
        (
            "安徽省 马鞍山市 花山区 某某茗苑6栋304号（某某路某某花园附近）(243000)",
            Address("安徽", "马鞍山市", "花山区", "某某茗苑6栋304号（某某路某某花园附近）", "243000"),
        ),
        (
            "上海 上海市 浦东新区 张江镇 某路 1号(201203)",
            Address("上海", "上海市", "浦东新区", "张江镇 某路 1号", "201203"),
        ),
        ("上海市 浦东新区 某路 1号", Address("上海", "上海市", "浦东新区", "某路 1号")),
        ("北京 市辖区 朝阳区 某路1号", Address("北京", "北京市", "朝阳区", "某路1号")),
        ("重庆 重庆市 云阳县 某路1号", Address("重庆", "重庆市", "云阳县", "某路1号")),
        ("河南省 济源市 济源市 某路1号", Address("河南", "济源市", "济源市", "某路1号")),
        ("河南省  济源市 某路1号", Address("河南", "济源市", "济源市", "某路1号")),
        ("湖北省 省直辖县级行政区划 仙桃市 某路1号", Address("湖北", "仙桃市", "仙桃市", "某路1号")),
        ("海南省 万宁市 万城镇 某路1号", Address("海南", "万宁市", "万城镇", "某路1号")),
        ("广东省 东莞市 南城街道 某路1号", Address("广东", "东莞市", "南城街道", "某路1号")),
        ("湖北省 襄樊市 老城区 某路1号", Address("湖北", "襄樊市", "老城区", "某路1号")),
        ("香港特别行政区 九龙 油尖旺区 某道1号", Address("香港", "九龙", "油尖旺区", "某道1号")),
        ("海外 日本 东京 某町1", Address("海外", "日本", "东京", "某町1")),
        ("广东省广州市越秀区某路1号", Address("广东", "广州市", "越秀区", "某路1号")),
        ("广东 广州 越秀区 某路1号", Address("广东", "广州市", "越秀区", "某路1号")),
        ("广州市越秀区某路1号", Address("广东", "广州市", "越秀区", "某路1号")),
        ("吉林市昌邑区某路1号", Address("吉林", "吉林市", "昌邑区", "某路1号")),
        ("上海市浦东新区某路1号", Address("上海", "上海市", "浦东新区", "某路1号")),
        ("北京 北京市 朝阳区", Address("北京", "北京市", "朝阳区")),
        ("湖北省仙桃市某路1号", Address("湖北", "仙桃市", "仙桃市", "某路1号")),
        ("广东省 广州市", Address("广东", "广州市")),
        ("广东省　广州市　越秀区　某路1号", Address("广东", "广州市", "越秀区", "某路1号")),
        ("某路1号(510180)", Address(street="某路1号", zip_code="510180")),
        ("某路(二期)", Address(street="某路(二期)")),
        ("", Address()),
    ],
)
def test_split_address_reads_what_the_platform_writes(text, address):
    assert split_address(text) == address


@pytest.mark.parametrize(
    ("text", "province"),
    [("上海", "上海"), ("内蒙古自治区", "内蒙古"), ("湖南省", "湖南"), ("新疆维吾尔自治区", "新疆")],
)
def test_split_address_reads_a_province_alone(text, province):
    assert split_address(text) == Address(province)


def test_provinces_are_thirty_four_short_names():
    assert len(PROVINCES) == 34
    assert {"北京", "内蒙古", "黑龙江", "广西", "西藏", "宁夏", "新疆", "香港", "澳门", "台湾"} <= set(PROVINCES)


@pytest.mark.parametrize("name", ["广东", "广东省", " 广东省 "])
def test_province_name_is_canonical(name):
    assert province_name(name) == "广东"


def test_province_name_of_another_place_is_none():
    assert province_name("东京都") is None


@relaxed
@given(st.text())
def test_split_address_never_crashes(text):
    address = split_address(text)

    assert address.province is None or address.province in {*PROVINCES, "海外"}


@relaxed
@given(
    st.lists(
        st.sampled_from(
            ["广东省", "上海", "广州市", "市辖区", "越秀区", "其它区", "济源市", "河南省", "", "1号", "海外"]
        ),
        max_size=6,
    )
)
def test_split_address_never_crashes_on_real_tokens(tokens):
    split_address(" ".join(tokens))
    split_address("".join(tokens))
