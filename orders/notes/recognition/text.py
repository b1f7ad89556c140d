"""The text of a note in one form: widths, traditional characters, numerals, clauses."""

import re
from collections.abc import Iterator

GONE = "\x1f"  # stands for a sign that is used up; nothing matches it
STOP = rf",，;；。!！?？~\n{GONE}"  # between two clauses, as the inside of a character class

_TRADITIONAL = dict(
    zip(
        "順豐發貨開給請顏換紅藍綠號寫碼禮間幫圓韻達極電郵東賀裝後點銀黃紗雙與時週兩個無須別蓋刻寄單條這裡裏們樣帶買賣贈種內層膠紙紮貴實質處區縣鄉鎮樓門衛務專稅納識類濟勞煩謝師遞",
        "顺丰发货开给请颜换红蓝绿号写码礼间帮圆韵达极电邮东贺装后点银黄纱双与时周两个无须别盖刻寄单条这里里们样带买卖赠种内层胶纸扎贵实质处区县乡镇楼门卫务专税纳识类济劳烦谢师递",
        strict=True,
    )
)
_FULL_WIDTH = {chr(sign + 0xFEE0): chr(sign) for sign in range(0x21, 0x7F)}
_OTHER = {"\u3000": " ", "\xa0": " ", "\r": "\n", "\t": " ", "∶": ":", "﹕": ":", "｡": "。"}
_WIDTHS = str.maketrans({**_FULL_WIDTH, **_OTHER})
_PLAIN = str.maketrans({**_TRADITIONAL})

_DIGITS = {"零": 0, "〇": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
NUMBER = r"(?:\d{1,2}|[一二两三四五六七八九]?十[一二三四五六七八九]?|[一二两三四五六七八九])"
_CLAUSE = re.compile(rf"[^{STOP}]+")
_EDGES = " \t\n,，;；。.、!！~～:：=＝-—“”\"'‘’「」『』【】[]()（）《》<>" + GONE


def fold(text: str) -> str:
    """Return the text with ASCII widths, sign for sign: a place in the one is the same place in the other."""
    return text.translate(_WIDTHS)


def simplify(text: str) -> str:
    """Return the text with the traditional characters that requests are made of simplified, sign for sign."""
    return text.translate(_PLAIN)


def number_of(text: str) -> int:
    """Return 31 of 31, 三十一; up to ninety-nine, as dates and counts of a note are."""
    if text.isdigit():
        return int(text)
    tens, ten, ones = text.rpartition("十")
    return (_DIGITS[tens] if tens else 1 if ten else 0) * 10 + (_DIGITS[ones] if ones else 0)


def without(text: str, start: int, end: int) -> str:
    """Return the text with one part used up; places stay what they were."""
    return text[:start] + GONE * (end - start) + text[end:]


def clauses(text: str) -> Iterator[str]:
    return (found[0] for found in _CLAUSE.finditer(text))


def clause_before(text: str, at: int) -> str:
    """Return what the same clause says before a place."""
    start = at
    while start and text[start - 1] not in STOP:
        start -= 1
    return text[start:at]


def clause_after(text: str, at: int) -> str:
    """Return what the same clause says after a place."""
    found = _CLAUSE.match(text, at)
    return found[0] if found else ""


def trim(text: str) -> str:
    return text.replace(GONE, "").strip(_EDGES)
