"""How well the rules read buyer notes: per type, per value; beside it one obvious word per type."""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bench.output import Row
from orders.notes.recognition import OrderedLine, recognise
from orders.notes.statuses import NoteType

NOTES = Path(__file__).parent / "notes"
HELD_OUT, DEV = "heldout", "dev"
GOAL = 0.90
WRITTEN = datetime(2026, 6, 1, 12, tzinfo=ZoneInfo("Asia/Shanghai"))  # every date of the notes counts from here
LOOSE = frozenset({"gift", "packing"})  # the shortest words that say what is wanted: one may hold the other
OBVIOUS: Mapping[str, str] = {
    NoteType.GIFT_WRAP: "礼盒",
    NoteType.INVOICE: "发票",
    NoteType.DELIVERY_TIME: "送货",
    NoteType.ADDRESS_CHANGE: "地址",
    NoteType.COLOUR_SIZE: "色",
    NoteType.ENGRAVING: "刻",
    NoteType.GIFT: "赠品",
    NoteType.URGE: "尽快",
    NoteType.COURIER: "顺丰",
    NoteType.PACKING: "包装",
    NoteType.OTHER: "谢谢",
}

Note = Mapping[str, Any]


@dataclass(frozen=True)
class Answer:
    """What a reader makes of one note, in the terms of the labels."""

    types: tuple[str, ...] = ()
    pairs: Mapping[str, str] = field(default_factory=dict)
    needs_info: bool = False
    conflict: bool = False


@dataclass(frozen=True)
class Score:
    right: int
    given: int  # what the reader said
    labelled: int  # what it should have said

    @property
    def precision(self) -> float:
        return self.right / self.given if self.given else 1.0

    @property
    def recall(self) -> float:
        return self.right / self.labelled if self.labelled else 1.0

    def __str__(self) -> str:
        return f"P {self.precision:.2f} R {self.recall:.2f}"


Reader = Callable[[Note], Answer]


def rows() -> Iterator[Row]:
    """Yield the scores of the held-out half, which no rule was written with, then those of the other half."""
    for half in (HELD_OUT, DEV):
        notes = read_notes(half)
        yield from type_rows(half, notes)
        yield from value_rows(half, notes)


def read_notes(half: str) -> list[Note]:
    return [json.loads(line) for line in (NOTES / f"{half}.jsonl").read_text(encoding="utf-8").splitlines()]


def by_rules(note: Note) -> Answer:
    lines = (OrderedLine(1, "", note["spec"], tuple(note["allowed"])),) if note["spec"] else ()
    found = recognise(note["text"], lines=lines, at=WRITTEN)
    codes = {problem.code for problem in found.problems}
    return Answer(found.types, found.pairs, "missing" in codes, "conflict" in codes)


def by_obvious_words(note: Note) -> Answer:
    return Answer(tuple(kind for kind, word in OBVIOUS.items() if word in note["text"]))


def type_scores(notes: Iterable[Note], reader: Reader) -> dict[str, Score]:
    """Return precision and recall of every type."""
    right, given, labelled = Counter[str](), Counter[str](), Counter[str]()
    for note in notes:
        said = set(reader(note).types)
        right.update(said & set(note["types"]))
        given.update(said)
        labelled.update(note["types"])
    return {kind: Score(right[kind], given[kind], labelled[kind]) for kind in NoteType.values}


def pair_score(notes: Iterable[Note], reader: Reader) -> Score:
    """Return how many of the values are the labelled ones."""
    right = given = labelled = 0
    for note in notes:
        said = reader(note).pairs
        right += sum(_is_same(key, value, note["pairs"].get(key)) for key, value in said.items())
        given += len(said)
        labelled += len(note["pairs"])
    return Score(right, given, labelled)


def _is_same(key: str, said: str, label: str | None) -> bool:
    is_held = label is not None and key in LOOSE and (label in said or said in label)
    return said == label or is_held


def flag_score(notes: Iterable[Note], reader: Reader, flag: str) -> Score:
    pairs = [(getattr(reader(note), flag), note[flag]) for note in notes]
    return Score(sum(s and w for s, w in pairs), sum(s for s, _ in pairs), sum(w for _, w in pairs))


def type_rows(half: str, notes: list[Note]) -> Iterator[Row]:
    floor = type_scores(notes, by_obvious_words)
    for kind, score in type_scores(notes, by_rules).items():
        yield _row(f"notes, {half}: {kind}", score, f"{OBVIOUS[kind]}: {floor[kind]}", half)


def value_rows(half: str, notes: list[Note]) -> Iterator[Row]:
    yield _row(f"notes, {half}: values", pair_score(notes, by_rules), "none", half)
    for flag in ("needs_info", "conflict"):
        yield _row(f"notes, {half}: {flag}", flag_score(notes, by_rules, flag), "none", half)


def _row(what: str, score: Score, floor: str, half: str) -> Row:
    """Return the row of a score; only the held-out half has goals, the other one was there when the rules were made."""
    is_met = min(score.precision, score.recall) >= GOAL if half == HELD_OUT else None
    values = {"right": score.right, "given": score.given, "labelled": score.labelled}
    return Row(
        what,
        f"P, R ≥ {GOAL:.2f}",
        f"{score} ({score.right}/{score.given}/{score.labelled})",
        None,
        floor,
        is_met,
        values,
    )
