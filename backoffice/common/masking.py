"""Masked forms of personal data: what may be shown, stored in clear and exported."""

import re

# A run of digits, possibly broken by spaces or dashes, that reads as a mobile (11 digits from 1), a landline with its
# area code, or an identity number (15 or 18). Order and tracking numbers are longer or stand in their own columns.
_DIGIT = r"[0-9０-９]"
_PHONE = re.compile(
    rf"(?<!{_DIGIT})(?:[+＋]?(?:86|８６)[- ]?)?"
    rf"(?:[1１](?:[- ]?{_DIGIT}){{10}}|[0０]{_DIGIT}{{2,3}}[- －—]?{_DIGIT}{{7,8}})(?!{_DIGIT})"
)
_IDENTITY = re.compile(r"(?<![0-9])[1-9][0-9]{5}(?:19|20)[0-9]{9}[0-9Xx](?![0-9Xx])")
_EMAIL = re.compile(r"([A-Za-z0-9._%+-])[A-Za-z0-9._%+-]*(@[A-Za-z0-9.-]+)")
_PHONE_PARTS = re.compile(r"[^0-9]")
_VISIBLE_HEAD, _VISIBLE_TAIL, _LONG = 3, 4, 7


def mask_name(name: str) -> str:
    """张三 → 张*; empty stays empty."""
    name = name.strip()
    return f"{name[0]}*" if name else ""


def mask_phone(phone: str) -> str:
    """13812345678 → 138****5678; a shorter number keeps its last two digits; one masked already stays as it is."""
    phone = phone.strip()
    if "*" in phone:
        return phone
    digits = _PHONE_PARTS.sub("", phone)
    if len(digits) > _LONG:
        return f"{digits[:_VISIBLE_HEAD]}****{digits[-_VISIBLE_TAIL:]}"
    return f"****{digits[-2:]}" if digits else ""


def mask_text(text: str) -> str:
    """Mask phone-like numbers, identity numbers and e-mail addresses inside free text."""
    if not text or text.isalpha():
        return text
    text = _IDENTITY.sub(lambda found: f"{found[0][:_VISIBLE_HEAD]}****{found[0][-2:]}", text)
    text = _PHONE.sub(lambda found: mask_phone(_ascii_digits(found[0])), text)
    return _EMAIL.sub(r"\1***\2", text) if "@" in text else text


def normalise_phone(phone: str) -> str:
    """Return the digits a blind index is made of: no country code, no extension (18877771111-123 → 18877771111)."""
    head = re.split(r"(?<=\d{11})[-转#,]", _ascii_digits(phone).strip().lstrip("'"), maxsplit=1)[0]
    digits = _PHONE_PARTS.sub("", head)
    return digits.removeprefix("0086").removeprefix("86") if len(digits) > 11 else digits  # noqa: PLR2004 -- mobile length


def normalise_name(name: str) -> str:
    return "".join(name.split()).casefold()


def _ascii_digits(text: str) -> str:
    return text.translate(_FULL_WIDTH)


_FULL_WIDTH = {ord("０") + digit: ord("0") + digit for digit in range(10)} | {ord("＋"): ord("+"), ord("－"): ord("-")}
