import pytest

from backoffice.common.masking import mask_name, mask_phone, mask_text, normalise_name, normalise_phone


def digits_of(text):
    return "".join(str(int(sign)) for sign in text if sign.isdecimal())


@pytest.mark.parametrize(
    ("name", "masked"), [("张三", "张*"), (" 欧阳娜娜 ", "欧*"), ("Li Lei", "L*"), ("", ""), (" ", "")]
)
def test_mask_name_keeps_the_first_sign(name, masked):
    assert mask_name(name) == masked


@pytest.mark.parametrize(
    ("phone", "masked"),
    [
        ("13812341234", "138****1234"),
        ("138 1234 1234", "138****1234"),
        ("+86-13812341234", "138****1234"),
        ("13812341234-8877", "138****1234"),
        ("0755-12345678", "075****5678"),
        ("12345", "****45"),
        ("138****1234", "138****1234"),
        ("", ""),
        ("-", ""),
    ],
)
def test_mask_phone_keeps_head_and_tail(phone, masked):
    assert mask_phone(phone) == masked


@pytest.mark.parametrize(
    "phone",
    [
        "13812341234",
        "138 1234 1234",
        "138-1234-1234",
        "１３８１２３４１２３４",
        "１３８　１２３４　１２３４",
        "138.1234.1234",
        "+8613812341234",
        "86 138 1234 1234",
        "+86 138-1234-1234",
        "(138)12341234",
        "0755-12345678",
        "075512345678",
        "010 12345678",
        "(0755)12345678",
        "０７５５－１２３４５６７８",
        "0755-12345678-123",
        "13812341234-8877",
        "138_1234_1234",
        "138—1234—1234",
        "1 3 8 1 2 3 4 1 2 3 4",
        "138/1234/1234",
        "138，1234，1234",
        "138~1234~1234",
        "138\u200b1234\u200b1234",
        "١٣٨١٢٣٤١٢٣٤",
        "𝟭𝟯𝟴𝟭𝟮𝟯𝟰𝟭𝟮𝟯𝟰",
    ],
)
@pytest.mark.parametrize("around", ["{}", "电话{}谢谢", "call {}, please", "微信同号：{}。", "a{}b"])
def test_mask_text_hides_phones_however_they_are_written(phone, around):
    masked = mask_text(around.format(phone))

    assert "****" in masked
    assert digits_of(phone)[:10] not in digits_of(masked)


@pytest.mark.parametrize("phone", ["一三八一二三四一二三四", "幺三八幺二三四幺二三四", "①③⑧①②③④①②③④"])
def test_mask_text_hides_phones_written_without_digits(phone):
    assert mask_text(phone) == "138****1234"
    assert mask_text(f"打{phone}，谢谢") == "打138****1234，谢谢"


@pytest.mark.parametrize(
    "identity",
    ["11010519491231002X", "110105194912310028", "110105 19491231 002X", "１１０１０５１９４９１２３１００２８"],
)
def test_mask_text_hides_identity_numbers(identity):
    masked = mask_text(f"身份证{identity}，谢谢")

    assert masked in ("身份证110****2X，谢谢", "身份证110****28，谢谢")


def test_mask_text_hides_email():
    assert mask_text("write to zhang.san@example.com") == "write to z***@example.com"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "请尽快发货",
        "2 pieces of 15 cm, 3 of 20 cm",
        "order 3552690012345678901",
        "ready on 2026-06-01 12:00",
        "2026-06-01 12:00:30 to 2026-06-02 12:00:30",
        "price 1234.50, 99 off",
        "SF1234567890123",
        "size 170/88A 2 件",
        "买一送三，第一百二十三号",
        "三件套一二三四五六七八",
        "2026/06/01, 2026/06/02",
    ],
)
def test_mask_text_leaves_the_rest_alone(text):
    assert mask_text(text) == text


@pytest.mark.parametrize("once", ["call 13812341234", "身份证110105194912310028", "a@b.cn", "tel 0755-12345678-9"])
def test_mask_text_twice_is_mask_text_once(once):
    assert mask_text(mask_text(once)) == mask_text(once)


@pytest.mark.parametrize(
    ("phone", "digits"),
    [
        ("13812341234", "13812341234"),
        ("'13812341234", "13812341234"),
        ("+86 138-1234-1234", "13812341234"),
        ("008613812341234", "13812341234"),
        ("１３８１２３４１２３４", "13812341234"),
        ("18877771111-123", "18877771111"),
        ("18877771111转123", "18877771111"),
        ("0755-12345678", "075512345678"),
        ("", ""),
    ],
)
def test_normalise_phone_is_what_indexes_are_made_of(phone, digits):
    assert normalise_phone(phone) == digits


def test_normalise_name_ignores_spaces_and_case():
    assert normalise_name(" Li  LEI ") == "lilei"
