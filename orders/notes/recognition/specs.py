"""The colour and size that a note names, against what was ordered and what the product comes in."""

import re
from collections.abc import Iterator, Sequence

from orders.notes.recognition.results import CONFLICT, DIFFERENCE, OrderedLine, Problem
from orders.notes.statuses import NoteType

KIND = NoteType.COLOUR_SIZE.value
_PART = re.compile(r"([^:;]+):([^;]+)")
_KEYS = (
    ("colour", re.compile(r"颜色|色号|花色|色系|色")),
    ("size", re.compile(r"尺码|尺寸|鞋码|码数|大小|规格|号型|尺|码|容量|长度")),
)
_ASIDE = re.compile(r"[(（【\[][^)）】\]]*[)）】\]]|\s")
_MANY = re.compile(r"^([2-6])X([LS])$")
_SCALE = ("XXS", "XS", "S", "M", "L", "XL", "XXL", "XXXL", "XXXXL", "XXXXXL")


def spec_values(spec: str) -> dict[str, str]:
    """Return colour and size of 颜色分类:黑色;尺码:L."""
    found: dict[str, str] = {}
    for name, value in _PART.findall(spec.replace("：", ":").replace("；", ";")):
        key = next((key for key, pattern in _KEYS if pattern.search(name)), "")
        if key:
            found.setdefault(key, value.strip())
    return found


def _every_spec(lines: Sequence[OrderedLine]) -> Iterator[dict[str, str]]:
    for line in lines:
        yield spec_values(line.spec)
        yield from map(spec_values, line.allowed)


def known_values(lines: Sequence[OrderedLine], key: str) -> list[str]:
    """Return every value of a key that the ordered products come in, once, the ordered ones first."""
    return list(dict.fromkeys(spec[key] for spec in _every_spec(lines) if key in spec))


def ordered_values(lines: Sequence[OrderedLine], key: str) -> list[str]:
    specs = [spec_values(line.spec) for line in lines]
    return list(dict.fromkeys(spec[key] for spec in specs if key in spec))


def same(wanted: str, value: str) -> bool:
    return bare(wanted) == bare(value)


def bare(value: str) -> str:
    """Return 黑 of 黑色【加绒】, XXL of 2xl码, 38 of 38码."""
    value = (_ASIDE.sub("", value) or value).upper()
    value = value.removesuffix("色").removesuffix("码").removesuffix("号") or value
    return _MANY.sub(lambda found: "X" * int(found[1]) + found[2], value)


def compare(wanted: dict[str, str], lines: Sequence[OrderedLine]) -> list[Problem]:
    """Return how the wanted values stand to the order; nothing for what was ordered or where nothing is known."""
    problems = [problem for key, value in wanted.items() if (problem := _compare_one(key, value, lines))]
    if len(wanted) > 1 and not any(problem.code == CONFLICT for problem in problems):
        together = _compare_together(wanted, lines)
        return [together] if together else problems
    return problems


def _compare_one(key: str, wanted: str, lines: Sequence[OrderedLine]) -> Problem | None:
    ordered, known = ordered_values(lines, key), known_values(lines, key)
    if not known or any(same(wanted, value) for value in ordered):
        return None
    is_listed = any(line.allowed for line in lines)
    is_known = not is_listed or any(same(wanted, value) for value in known)
    return Problem(DIFFERENCE if is_known else CONFLICT, KIND, key, wanted, "/".join(ordered), tuple(known))


def _compare_together(wanted: dict[str, str], lines: Sequence[OrderedLine]) -> Problem | None:
    """Return a conflict when both values exist, but no product in both."""
    specs = [spec for spec in _every_spec(lines) if wanted.keys() <= spec.keys()]
    if not any(line.allowed for line in lines) or not specs or any(_fits(wanted, spec) for spec in specs):
        return None
    ordered = "/".join(_joined(spec_values(line.spec), wanted) for line in lines)
    known = tuple(dict.fromkeys(_joined(spec, wanted) for spec in specs))
    return Problem(CONFLICT, KIND, "size", _joined(wanted, wanted), ordered, known)


def _fits(wanted: dict[str, str], spec: dict[str, str]) -> bool:
    return all(same(value, spec[key]) for key, value in wanted.items())


def _joined(spec: dict[str, str], keys: dict[str, str]) -> str:
    return " ".join(spec[key] for key in keys if key in spec)


def next_size(size: str, steps: float) -> str:
    """Return the size that many steps up, or down: M, 1 → L; 38, -1 → 37. Empty when the scale is not known."""
    size = bare(size)
    if size in _SCALE and steps == int(steps):
        at = _SCALE.index(size) + int(steps)
        return _SCALE[at] if 0 <= at < len(_SCALE) else ""
    return f"{float(size) + steps:g}" if re.fullmatch(r"\d\d(?:\.5)?", size) else ""
