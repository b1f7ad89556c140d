"""Whether a text praises or blames: words with weights, what negates or strengthens them, and what follows a "but".

Works without network or model: the text is cut into words by rjieba, whose dictionary comes with the package.
"""

import math
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import rjieba

from aftersales.topics.lexicon import (
    CONCESSIONS,
    CONTRASTS,
    DEGREES,
    NEGATORS,
    SMALL_CONTRASTS,
    SUMMARIES,
    WEIGHTS,
)

POSITIVE, NEUTRAL, NEGATIVE = "positive", "neutral", "negative"
LONGEST_TEXT = 2_000  # characters; what follows changes nothing
_SENTENCE = re.compile(r"[。！？!?；;\n…]+|(?<=[^\d])\.(?!\d)")
_CLAUSE = re.compile(r"[，,、:：~～\s]+|(?<=.)(?=但是|不过|可是|然而)")
_LOUD = re.compile(r"[!！]")
_NEAR = 4  # words before a word that may negate or strengthen it
_EASED = 0.7  # of a negated word: 不好 is no 差
_BEFORE_BUT, _AFTER_BUT, _SMALL, _SUMMARY = 0.7, 1.25, 0.5, 2.0
_FLAT = 3.0  # the sum of weights that says two thirds of all that can be said
_NEUTRAL_BELOW = 12


class Reading(NamedTuple):
    label: str
    score: int  # -100 to 100


def sentiment_of(text: str) -> Reading:
    """Return what a text says: its label, and how much of it."""
    total = sum(_sentence_weight(sentence) for sentence in _sentences(text[:LONGEST_TEXT]))
    score = round(100 * math.tanh(total / _FLAT))
    return Reading(_label(score), score)


def _label(score: int) -> str:
    if abs(score) < _NEUTRAL_BELOW:
        return NEUTRAL
    return POSITIVE if score > 0 else NEGATIVE


def _sentences(text: str) -> list[str]:
    return [part for part in _SENTENCE.split(text) if part and not part.isspace()]


def _sentence_weight(sentence: str) -> float:
    """Add up the clauses: what comes after a "but" counts more than what it takes back."""
    clauses = [clause for clause in _CLAUSE.split(sentence) if clause]
    turn = next((number for number, clause in enumerate(clauses) if clause.startswith(CONTRASTS)), None)
    return sum(_clause_weight(clause) * _share(clause, number, turn) for number, clause in enumerate(clauses))


def _share(clause: str, number: int, turn: int | None) -> float:
    if clause.startswith(SUMMARIES):
        return _SUMMARY
    if clause.startswith(SMALL_CONTRASTS):
        return _SMALL
    if clause.startswith(CONCESSIONS):
        return _BEFORE_BUT
    if turn is None:
        return 1.0
    return _BEFORE_BUT if number < turn else _AFTER_BUT


def _clause_weight(clause: str) -> float:
    """Add up the words of a clause, each with what stands right before it."""
    words = _words_of(clause)
    return sum(
        WEIGHTS[word] * _turned(words[max(0, place - _NEAR) : place], WEIGHTS[word])
        for place, word in enumerate(words)
        if word in WEIGHTS and not _is_degree_of_next(words, place)
    )


def _is_degree_of_next(words: Sequence[str], place: int) -> bool:
    """Tell whether a word such as 好 only strengthens the one after it: 好慢, 好看不好看."""
    return words[place] in DEGREES and place + 1 < len(words) and words[place + 1] in WEIGHTS


def _turned(before: Sequence[str], weight: float) -> float:
    """Return what the words before make of a weight: stronger, weaker or the other way round."""
    factor = 1.0
    for word in before:
        if word in WEIGHTS and word not in DEGREES:
            factor = 1.0  # that one has used up what stood before it
        elif word in NEGATORS:
            factor *= -_EASED
        else:
            factor *= DEGREES.get(word, 1.0)
    return factor if weight else 0.0


def _words_of(clause: str) -> list[str]:
    """Cut a clause into words: first those of several characters that the lists know, then the rest as it is spoken.

    A single character counts only where it is a word of its own: 好 in 很好, not in 好几天.
    """
    words: list[str] = []
    for part in _KNOWN.split(clause):
        if part in _LISTED:
            words.append(part)
        elif part:
            for word in rjieba.cut(part):
                words.extend(_parts(word))
    return words


_LISTED = {word for word in (*WEIGHTS, *NEGATORS, *DEGREES) if len(word) > 1}
_KNOWN = re.compile(f"({'|'.join(re.escape(word) for word in sorted(_LISTED, key=len, reverse=True))})")
_FIRST = tuple(sorted({*DEGREES, *NEGATORS}, key=len, reverse=True))


@lru_cache(50_000)
def _parts(word: str) -> tuple[str, ...]:
    """Take 太慢 or 很差 apart: what strengthens or negates, and a word that the lexicon has."""
    if word in WEIGHTS or word in NEGATORS or word in DEGREES:
        return (word,)
    first = next((one for one in _FIRST if word.startswith(one) and word[len(one) :] in WEIGHTS), "")
    return (first, word[len(first) :]) if first else (word,)
