import pytest

from tests.notes.recognition.reading import problems, read


@pytest.mark.parametrize(
    ("text", "engraving"),
    [
        ("刻字：爱你一万年", "爱你一万年"),
        ("刻字内容：LOVE 2026，发顺丰，谢谢", "LOVE 2026"),
        ("刻字。内容。前程似锦", "前程似锦"),
        ("刻字，内容是平安喜乐", "平安喜乐"),
        ("激光刻字 内容 Z&Y 礼盒", "Z&Y"),
        ("把“张三”刻在笔身上", "张三"),
        ("内圈刻L&Y", "L&Y"),
        ("背面刻上妈妈我爱你", "妈妈我爱你"),
        ("刻“吉祥如意”四个字", "吉祥如意"),
        ("刻个囍字", "囍"),
        ("名字刻王小明，楷体", "王小明"),
        ("刻字：白色恋歌 字小一点", "白色恋歌"),
        ("笔上刻：厚德载物 发顺丰", "厚德载物"),
        ("刻字，张测试 2026", "张测试 2026"),
        ("刻字（一路平安）", "一路平安"),
        ("刻字要求：字体用宋体，内容：诚信赢天下", "诚信赢天下"),
        ("能刻字吗？能的话刻 M.Y.", "M.Y."),
        ("刻字 小雨❤️阿哲", "小雨❤️阿哲"),
        ("請刻字：勿忘初心", "勿忘初心"),
        ("刻字：緣份", "緣份"),
        ("印字：二年级三班", "二年级三班"),
        ('engrave "Be Happy" on the back', "Be Happy"),
        ("kezi: wang wang", "wang wang"),
        ("麻烦刻上赠言：师恩难忘，谢谢", "师恩难忘"),
        ("刻字：礼盒", "礼盒"),
        ("刻字内容：6月1号在一起", "6月1号在一起"),
    ],
)
def test_text_to_engrave(text, engraving):
    found = read(text)

    assert (found.pairs["engraving"], found.problems) == (engraving, ())


@pytest.mark.parametrize(
    "text",
    ["要刻字", "帮我刻字", "刻字内容旺旺发你了", "刻字的话联系我", "请问可以免费刻字吗", "刻字，谢谢", "刻字 急"],
)
def test_engraving_without_a_text_is_missing(text):
    assert problems(read(text)) == [("missing", "engraving", "")]


@pytest.mark.parametrize("text", ["刻两行，第一行：示例，第二行：留念", "正面刻 赠恩师 背面刻 桃李满园"])
def test_two_texts_are_left_to_a_person_to_read(text):
    found = read(text)

    assert (found.types, found.pairs, found.problems) == (("engraving",), {}, ())


@pytest.mark.parametrize("text", ["立刻发货", "不刻字", "免刻字", "此刻很急"])
def test_no_engraving(text):
    assert "engraving" not in read(text).types


@pytest.mark.parametrize(
    ("text", "card"),
    [
        ("贺卡写：新年好", "新年好"),
        ("贺卡内容“新婚快乐”", "新婚快乐"),
        ("能不能写张卡片放里面？写“祝阿圆金榜题名”", "祝阿圆金榜题名"),
        ("生日贺卡写上：祝妈妈生日快乐，女儿小雨", "祝妈妈生日快乐，女儿小雨"),
        ("贺卡写：平安喜乐，发顺丰", "平安喜乐"),
        ("贺卡写：平安，“急”", "平安"),
        ("加贺卡 祝老师节日快乐", "祝老师节日快乐"),
    ],
)
def test_text_of_a_card(text, card):
    found = read(text)

    assert (found.types[0], found.pairs["card"]) == ("gift_wrap", card)


def test_card_to_be_written_without_a_text_is_missing():
    assert problems(read("帮忙写个贺卡")) == [("missing", "card", "")]


@pytest.mark.parametrize("text", ["放一张空白贺卡就行 我自己写", "加张贺卡"])
def test_card_without_a_text_is_complete_when_nobody_is_to_write_it(text):
    found = read(text)

    assert (found.types, found.problems) == (("gift_wrap",), ())


def test_card_of_an_insurance_is_none():
    assert read("运费险卡片别忘了").types == ()
