"""What is known so far while a note is read: each reader uses up the part that it understood."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from orders.notes.recognition.aliases import simplify, spell_out
from orders.notes.recognition.results import MISSING, OrderedLine, Problem
from orders.notes.recognition.text import fold, without, without_marks


@dataclass(slots=True)
class Draft:
    text: str  # as written, but pinyin spelt out
    today: date
    lines: Sequence[OrderedLine] = ()
    rest: str = ""  # folded and simplified, without what was used up; places are those of the text
    types: set[str] = field(default_factory=set)
    pairs: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.text = self.text.strip()
        folded = fold(self.text)
        spelt = spell_out(folded)
        self.text = self.text if spelt == folded else spelt  # sign for sign, a value keeps its own characters
        self.rest = without_marks(simplify(spelt))

    def use_up(self, start: int, end: int) -> None:
        self.rest = without(self.rest, start, end)

    def keep(self, key: str, value: str) -> None:
        """Note a value; the first one of a key stays."""
        if value:
            self.pairs.setdefault(key, value)

    def miss(self, kind: str, key: str) -> None:
        self.problems.append(Problem(MISSING, kind, key))
