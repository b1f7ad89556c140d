"""Masked forms of personal data: what may be shown, stored in clear and exported."""

import re
from collections.abc import Callable

# Matched on the text with full-width digits folded. A mobile is 11 digits from 1, however it is broken up; a landline
# has its area code; an identity number is 18 signs around a date. Order numbers are longer, tracking numbers differ.
# Rather one number masked too many than one too few: what was written stays sealed beside the text.
_GAP = r"[ \t_.·()（）\-—–,，、/~～*\u00a0\u2000-\u200f\u2060\ufeff]{0,2}"
_PHONE = re.compile(
    rf"(?<!\d)(?:\+?86{_GAP})?(?:1{_GAP}[3-9](?:{_GAP}\d){{9}}|0\d{{2,3}}{_GAP}\d{{3,4}}[ \-]?\d{{4}})(?!\d)", re.ASCII
)
_IDENTITY = re.compile(
    r"(?<!\d)[1-9]\d{5}[ \-]?(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])[ \-]?\d{3}[\dXx](?![\dXx])", re.ASCII
)
_IN_WORDS = re.compile(r"[〇零一二三四五六七八九幺]{7}")  # a number written in characters, which are letters
_EMAIL = re.compile(r"([A-Za-z0-9._%+-])[A-Za-z0-9._%+-]*(@[A-Za-z0-9.-]+)")
_PHONE_PARTS = re.compile(r"[^0-9]")
_EXTENSION = re.compile(r"(?<=\d{11})[-转#,]")
_VISIBLE_HEAD, _VISIBLE_TAIL, _LONG, _MOBILE = 3, 4, 7, 11


def mask_name(name: str) -> str:
    """张三 → 张*; empty stays empty."""
    name = name.strip()
    return f"{name[0]}*" if name else ""


def mask_phone(phone: str) -> str:
    """13812345678 → 138****5678; a shorter number keeps its last two digits; one masked already stays as it is."""
    phone = phone.strip()
    if "*" in phone:
        return phone
    digits = normalise_phone(phone)
    if len(digits) > _LONG:
        return f"{digits[:_VISIBLE_HEAD]}****{digits[-_VISIBLE_TAIL:]}"
    return f"****{digits[-2:]}" if digits else ""


def mask_text(text: str) -> str:
    """Mask phone-like numbers, identity numbers and e-mail addresses inside free text."""
    if not text or (text.isalpha() and not _IN_WORDS.search(text)):
        return text
    text = _replace(_IDENTITY, text, lambda found: f"{found[:_VISIBLE_HEAD]}****{found[-2:]}")
    text = _replace(_PHONE, text, mask_phone)
    return _EMAIL.sub(r"\1***\2", text) if "@" in text else text


def _replace(pattern: re.Pattern[str], text: str, mask: Callable[[str], str]) -> str:
    """Replace what matches when full-width signs count as their ASCII twins; the rest of the text stays as it is."""
    parts, end = [], 0
    for found in pattern.finditer(fold_digits(text)):
        parts += [text[end : found.start()], mask(found[0])]
        end = found.end()
    return "".join((*parts, text[end:])) if parts else text


def normalise_phone(phone: str) -> str:
    """Return the digits a blind index is made of: no country code, no extension (18877771111-123 → 18877771111)."""
    if len(phone) <= _MOBILE and phone.isascii() and phone.isdigit():
        return phone  # the plain case, millions of times
    head = _EXTENSION.split(fold_digits(phone).strip().lstrip("'"), maxsplit=1)[0]
    digits = _PHONE_PARTS.sub("", head)
    return digits.removeprefix("0086").removeprefix("86") if len(digits) > _MOBILE else digits


def normalise_name(name: str) -> str:
    return "".join(name.split()).casefold()


def fold_digits(text: str) -> str:
    """Return the text with digits of every script, and signs that stand for one, as ASCII digits, sign for sign."""
    return text if text.isascii() else text.translate(_FULL_WIDTH)


_ZEROS = "０٠०𝟎𝟘𝟢𝟬𝟶"  # each followed by its one to nine
_ONES = "①⓵⑴❶➀➊㊀㈠"
_WORDS = {"零": 0, "〇": 0, "⓪": 0, "幺": 1} | {sign: at for at, sign in enumerate("一二三四五六七八九", start=1)}
_FULL_WIDTH = {ord(sign): ord("0") + digit for sign, digit in _WORDS.items()}
_FULL_WIDTH |= {ord(zero) + digit: ord("0") + digit for zero in _ZEROS for digit in range(10)}
_FULL_WIDTH |= {ord(one) + digit: ord("1") + digit for one in _ONES for digit in range(9)}
_FULL_WIDTH |= {
    ord("＋"): ord("+"), ord("－"): ord("-"), ord("\u3000"): ord(" "), ord("Ｘ"): ord("X"), ord("．"): ord("."),
}  # fmt: skip
