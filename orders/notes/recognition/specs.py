"""The colour and size that a note names, against what was ordered and what the product comes in."""

import re
from collections.abc import Iterable, Sequence

from orders.notes.recognition.results import CONFLICT, DIFFERENCE, OrderedLine, Problem
from orders.notes.statuses import NoteType

_PART = re.compile(r"([^:;]+):([^;]+)")
_KEYS = (("colour", re.compile(r"颜色|色号|花色|色系|颜|色")), ("size", re.compile(r"尺码|尺寸|鞋码|码数|大小|规格|号型|尺|码|容量|长度")))
_CASE = re.compile(r"[\s()（）【】\[\]]")


def spec_values(spec: str, key: str) -> list[str]:
    """Return the values of one key of 颜色分类:黑色;尺码:L."""
    return [value.strip() for name, value in _PART.findall(spec.replace("：", ":").replace("；", ";")) if _key(name) == key]


def _key(name: str) -> str:
    return next((key for key, pattern in _KEYS if pattern.search(name)), "")


def known_values(lines: Sequence[OrderedLine], key: str) -> list[str]:
    """Return every value of a key that the ordered products come in, once, the ordered ones first."""
    specs = [line.spec for line in lines] + [spec for line in lines for spec in line.allowed]
    return list(dict.fromkeys(value for spec in specs for value in spec_values(spec, key)))


def same(wanted: str, value: str) -> bool:
    return _bare(wanted) == _bare(value)


def _bare(value: str) -> str:
    """Return 黑 of 黑色, XL of xl码, 38 of 38码."""
    return _CASE.sub("", value).upper().removesuffix("色").removesuffix("码").removesuffix("号")


def compare(key: str, wanted: str, lines: Sequence[OrderedLine]) -> Problem | None:
    """Return how the wanted value stands to the order: None when it is what was ordered, or nothing is known."""
    ordered = [value for line in lines for value in spec_values(line.spec, key)]
    known = known_values(lines, key)
    if not known or any(same(wanted, value) for value in ordered):
        return None
    code = DIFFERENCE if _is_among(wanted, known) else CONFLICT
    return Problem(code, NoteType.COLOUR_SIZE.value, key, wanted, "/".join(dict.fromkeys(ordered)), tuple(known))


def _is_among(wanted: str, values: Iterable[str]) -> bool:
    return any(same(wanted, value) for value in values)
