"""How well the tone of a text is told: precision, recall and F1 of each label, beside what is simpler."""

import json
import math
import os
import re
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aftersales.topics.lexicon import WEIGHTS
from aftersales.topics.sentiment import sentiment_of
from bench.output import Row, within

EXAMPLES = Path(__file__).parent / "sentiments" / "examples.jsonl"
FILE = "SENTIMENT_FILE"  # of the environment: a file of labelled texts that is not kept here
POSITIVE, NEGATIVE, NEUTRAL = "positive", "negative", "neutral"
TIMED, MOST_MICROSECONDS = 2_000, 250.0
_PRAISE = ("好", "不错", "喜欢", "满意", "快", "棒", "赞", "舒服", "漂亮")
_BLAME = ("差", "坏", "慢", "烂", "失望", "退", "垃圾", "假", "破")


@dataclass(frozen=True)
class Text:
    text: str
    label: str


Reader = Callable[[str], str]


def rows() -> Iterator[Row]:
    """Yield the scores on the examples kept here and, where a file is named, on both halves of it."""
    yield from example_rows()
    if path := os.environ.get(FILE):
        yield from file_rows(Path(path))
    yield speed_row()


def example_rows() -> Iterator[Row]:
    texts = [Text(row["text"], row["label"]) for row in _json_lines(EXAMPLES)]
    simpler = {"majority": majority(texts), "words": by_few_words, "lexicon alone": by_lexicon}
    yield from _rows("examples", texts, by_method, simpler, is_goal=False)  # the lists were corrected by them


def file_rows(path: Path) -> Iterator[Row]:
    """Yield the scores on the half with odd ids, which nothing was fitted to, and on the other."""
    labelled = [(row["id"], Text(row["sentence"], row["label"].lower())) for row in _json_lines(path)]
    fitted = [text for number, text in labelled if number % 2 == 0]
    held_out = [text for number, text in labelled if number % 2]
    known = {text.text for text in fitted}
    simpler = {
        "majority": majority(fitted), "words": polar(by_few_words), "lexicon alone": polar(by_lexicon),
        "word counts": word_counts(fitted),
    }  # fmt: skip
    yield from _rows("held out", held_out, polar(by_method), simpler, is_goal=True)
    unseen = [text for text in held_out if text.text not in known]
    yield from _rows("held out, not also in the other half", unseen, polar(by_method), simpler, is_goal=True)
    yield from _rows("fitted", fitted, polar(by_method), simpler, is_goal=False)


def _json_lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def by_method(text: str) -> str:
    return sentiment_of(text).label


def by_few_words(text: str) -> str:
    """Count nine words of praise and nine of blame."""
    return _label(sum(text.count(word) for word in _PRAISE) - sum(text.count(word) for word in _BLAME))


_WORDS = re.compile("|".join(re.escape(word) for word in sorted(WEIGHTS, key=len, reverse=True)))


def by_lexicon(text: str) -> str:
    """Add up the weights of the lexicon's words, whatever stands before them."""
    return _label(sum(WEIGHTS[word] for word in _WORDS.findall(text)))


def _label(score: float) -> str:
    if score == 0:
        return NEUTRAL
    return POSITIVE if score > 0 else NEGATIVE


def polar(reader: Reader) -> Reader:
    """Read for praise alone: where only two labels are, a text without praise complains."""
    return lambda text: POSITIVE if reader(text) == POSITIVE else NEGATIVE


def majority(texts: Sequence[Text]) -> Reader:
    label = Counter(text.label for text in texts).most_common(1)[0][0]
    return lambda _text: label


def word_counts(texts: Sequence[Text]) -> Reader:
    """Learn how often each pair of characters stands in texts of each label (naive Bayes)."""
    counts = {label: Counter[str]() for label in {text.label for text in texts}}
    for text in texts:
        counts[text.label].update(_pairs(text.text))
    vocabulary = len({pair for found in counts.values() for pair in found})
    sizes = {label: found.total() + vocabulary for label, found in counts.items()}
    shares = Counter(text.label for text in texts)

    def read(text: str) -> str:
        return max(sorted(counts), key=lambda label: math.log(shares[label]) + sum(
            math.log((counts[label][pair] + 1) / sizes[label]) for pair in _pairs(text)
        ))  # fmt: skip

    return read


def _pairs(text: str) -> list[str]:
    return [text[place : place + 2] for place in range(len(text) - 1)]


@dataclass(frozen=True)
class Score:
    right: int
    given: int
    labelled: int

    @property
    def precision(self) -> float:
        return self.right / self.given if self.given else 0.0

    @property
    def recall(self) -> float:
        return self.right / self.labelled if self.labelled else 0.0

    @property
    def f1(self) -> float:
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0

    def __str__(self) -> str:
        return f"P {self.precision:.2f} R {self.recall:.2f} F1 {self.f1:.2f}"


def score(texts: Iterable[Text], reader: Reader) -> dict[str, Score]:
    right, given, labelled = Counter[str](), Counter[str](), Counter[str]()
    for text in texts:
        said = reader(text.text)
        given[said] += 1
        labelled[text.label] += 1
        right[said] += said == text.label
    return {label: Score(right[label], given[label], labelled[label]) for label in sorted(labelled)}


def accuracy(texts: Sequence[Text], reader: Reader) -> float:
    return sum(reader(text.text) == text.label for text in texts) / len(texts)


def _rows(
    name: str, texts: Sequence[Text], reader: Reader, simpler: dict[str, Reader], *, is_goal: bool
) -> Iterator[Row]:
    if not texts:
        return
    reached = accuracy(texts, reader)
    floors = {floor: accuracy(texts, other) for floor, other in simpler.items()}
    best = max(floors.values())
    yield Row(
        f"sentiment, {name} ({len(texts)}): accuracy", "> all that is simpler", f"{reached:.3f}", reached / best,
        ", ".join(f"{floor} {value:.3f}" for floor, value in floors.items()), reached > best if is_goal else None,
        {"accuracy": reached, **floors},
    )  # fmt: skip
    for label, found in score(texts, reader).items():
        yield Row(f"sentiment, {name}: {label}", "", str(found), None, _floor_scores(texts, simpler, label))


def _floor_scores(texts: Sequence[Text], simpler: dict[str, Reader], label: str) -> str:
    return ", ".join(f"{name} F1 {score(texts, reader)[label].f1:.2f}" for name, reader in simpler.items())


def speed_row() -> Row:
    """Return how long a review takes: a million must be read in minutes."""
    texts = [row["text"] for row in _json_lines(EXAMPLES)]
    sentiment_of("")
    started = time.perf_counter()
    for number in range(TIMED):
        sentiment_of(texts[number % len(texts)])
    return within("sentiment of one text", MOST_MICROSECONDS, (time.perf_counter() - started) / TIMED * 1e6, unit="µs")
