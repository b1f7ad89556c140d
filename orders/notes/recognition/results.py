"""What the recogniser is given and what it returns."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from orders.notes.statuses import BuyerNoteState

MISSING, CONFLICT, DIFFERENCE, CONTRADICTION = "missing", "conflict", "difference", "contradiction"


@dataclass(frozen=True, slots=True)
class OrderedLine:
    """What was ordered, as far as recognition needs it."""

    line_id: int
    title: str
    spec: str  # 颜色分类:黑色;尺码:L
    allowed: tuple[str, ...] = ()  # the specs this product was ever sold in, in the same form


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that a person has to settle with the buyer, or to look at."""

    code: str  # missing, conflict (no such value), difference (not what was ordered) or contradiction (two values)
    kind: str  # the NoteType it belongs to
    key: str  # the pair: engraving, colour, ...
    wanted: str = ""
    ordered: str = ""
    allowed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Recognition:
    """What a note asks for: its types in the order of NoteType, the values it names and what stands in the way."""

    types: tuple[str, ...]
    pairs: dict[str, str]
    problems: tuple[Problem, ...]
    state: str

    def as_json(self) -> dict[str, Any]:
        problems = [{**asdict(problem), "allowed": list(problem.allowed)} for problem in self.problems]
        return {"types": list(self.types), "pairs": dict(self.pairs), "problems": problems}


def state_of(types: Sequence[str], problems: Sequence[Problem]) -> str:
    """A question to the buyer comes before a decision of staff: the answer may settle both."""
    codes = {problem.code for problem in problems}
    if MISSING in codes:
        return BuyerNoteState.NEEDS_INFO.value
    if not types or codes & {CONFLICT, CONTRADICTION}:
        return BuyerNoteState.MANUAL.value
    return BuyerNoteState.RECOGNISED.value
