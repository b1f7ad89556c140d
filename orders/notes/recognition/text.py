"""The text of a note in one form: widths, numerals, clauses."""

import re

GONE = "\x1f"  # stands for a sign that is used up; nothing matches it
STOP = f",;。!?~\n{GONE}"  # between two clauses, as the inside of a character class

_FULL_WIDTH = {chr(sign + 0xFEE0): chr(sign) for sign in range(0x21, 0x7F)}
_OTHER = {"\u3000": " ", "\xa0": " ", "\r": "\n", "\t": " ", "∶": ":", "﹕": ":", "｡": "。", "〜": "~"}
_WIDTHS = str.maketrans({**_FULL_WIDTH, **_OTHER})

_DIGITS = {
    "零": 0,
    "〇": 0,
    "一": 1,
    "二": 2,
    "两": 2,
    "俩": 2,
    "三": 3,
    "四": 4,
    "五": 5,
    "六": 6,
    "七": 7,
    "八": 8,
    "九": 9,
}
NUMBER = r"(?:\d{1,2}|[一二两三四五六七八九]?十[一二三四五六七八九]?|[一二两俩三四五六七八九])"
_FAR = 100  # signs; a clause is hardly ever that long
_CLAUSE = re.compile(rf"[^{STOP}]+")
_PICTURE = re.compile(r"[\u2190-\u21ff\u2600-\u27bf\u2b00-\u2bff\ufe0f\u200d\U0001f000-\U0001faff]")
_MARK = re.compile(r"(?:^|(?<=[\s,;。]))[1-9][.、)](?=\s*[^\d\s])|[①-⑨]")
_EDGES = " \t\n\r\u3000，；！～：＝,;。.、!~:=-—“”\"'‘’「」『』【】[]()《》<>" + GONE


def fold(text: str) -> str:
    """Return the text with ASCII widths, sign for sign: a place in the one is the same place in the other."""
    return text.translate(_WIDTHS)


def number_of(text: str) -> int:
    """Return 31 of 31, 三十一; up to ninety-nine, as dates and counts of a note are."""
    if text.isdigit():
        return int(text)
    tens, ten, ones = text.rpartition("十")
    return (_DIGITS[tens] if tens else 1 if ten else 0) * 10 + (_DIGITS[ones] if ones else 0)


def without(text: str, start: int, end: int) -> str:
    """Return the text with one part used up; places stay what they were."""
    return text[:start] + GONE * (end - start) + text[end:]


def without_marks(text: str) -> str:
    """Return the text with the numbers of a list, 1. 2、③, as ends of clauses."""
    return _MARK.sub(lambda found: ";" * len(found[0]), text)


def without_pictures(text: str) -> str:
    """Return the text with emoji as ends of clauses."""
    return text if text.isascii() else _PICTURE.sub(GONE, text)


def clause_before(text: str, at: int) -> str:
    """Return what the same clause says before a place, not farther back than matters."""
    start, farthest = at, max(0, at - _FAR)
    while start > farthest and text[start - 1] not in STOP:
        start -= 1
    return text[start:at]


def clause_after(text: str, at: int) -> str:
    """Return what the same clause says after a place."""
    found = _CLAUSE.match(text, at)
    return found[0] if found else ""


def trim(text: str) -> str:
    return text.replace(GONE, "").strip(_EDGES)
