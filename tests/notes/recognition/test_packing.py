import pytest

from tests.notes.recognition.reading import read


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
        ("不要鞋盒", "不要鞋盒"),
        ("不用加固", None),
        ("不要外包装盒", "不要外包装盒"),
        ("包裝厚啲，易爛", "包裝厚啲"),
        ("please pack carefully, fragile!!", "pack carefully"),
        ("鸡蛋易碎 多塞点谷糠", "多塞点谷糠"),
        ("外面不要写品名", "外面不要写品名"),
        ("面单品名写日用品", "面单品名写日用品"),
        ("别让人看出里面是什么", "别让人看出里面是什么"),
        ("原盒发 别拆封", "原盒发 别拆封"),
        ("请抽真空 路上要好几天", "抽真空"),
        ("箱子扎几个孔", "箱子扎几个孔"),
        ("吊牌剪掉", "吊牌剪掉"),
        ("说明书不用放", "说明书不用放"),
        ("不要用报纸包", "不要用报纸包"),
        ("能加固吗", "能加固吗"),
        ("立着放 不能倒", "立着放 不能倒"),
        ("盒子不要压坏，收藏用的，外面套个大箱子", "盒子不要压坏，收藏用的，外面套个大箱子"),
        ("别放小票，发顺丰，外面套箱子", "别放小票"),
        ("double box please", "double box please"),
        ("bao zhuang jie shi dian", "包装结实点"),
    ],
)
def test_packing(text, packing):
    found = read(text)

    assert ("packing" in found.types, found.pairs.get("packing")) == (packing is not None, packing)


@pytest.mark.parametrize(
    "text",
    [
        "上次包装的问题没人管",
        "不用加固",
        "价格能便宜点吗",
        "能不能打折",
        "优惠不能叠加吗",
        "是原包装吗",
        "上回箱子是瘪的",
        "这个是纸箱装还是袋装",
        "防水吗这个表",
        "吊牌还在可以退吧",
        "泡沫地垫一片多大",
        "包退吗",
        "包邮不",
        "包裹放门口",
        "包装一直很用心 赞",
        "辛苦打包的小姐姐",
    ],
)
def test_no_packing(text):
    assert "packing" not in read(text).types
