"""Which topics a text speaks of: words of the store's topics, clause by clause, what is denied left out.

Pure and quick: one pass of a pattern finds whether a text has any word at all, few texts need more. A word may hold
`*`, which stands for a few characters of the same clause: 物流*慢 is found in 物流实在太慢.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

QUOTE_LENGTH = 80  # characters around the word
LONGEST_TEXT = 5_000
WILD, _WILD_LENGTH = "*", 6
_BREAKS = "，。！？；,.!?;:：~～…\n\r\t "  # an enumeration mark breaks no clause: 没有色差、异味 denies both
_GAP = rf"[^{re.escape(_BREAKS)}不没无]{{0,{_WILD_LENGTH}}}?"  # 物流*慢 is not found in 物流一点都不慢
_CLAUSE = re.compile(rf"[^{re.escape(_BREAKS)}]+")

# What denies a word right before it (没有任何色差, 不会掉色) or right after it (色差几乎没有). A question does not:
# 会不会偏小, 有没有色差 ask about it.
_BETWEEN = (
    r"(?:任何|什么|啥|一点点?儿?|半点儿?|丝毫|太|很|怎么|那么|特别|明显|严重|多大|大|的|地|得|出现|发现|存在|看到|看出|看见|闻到|闻出|遇到"
    r"|见到?|有|过|觉得|感觉到?|会|是|算|再|容易|多少|想象中?|问题|情况)"
)
_DENIED_BEFORE = re.compile(
    rf"(?:(?<![有])没有|(?<![有])没|毫无|并无|绝无|无|零|未|(?<!会)不会|(?<!是)不是|(?<![会是不])不|免|从不|绝不)"
    rf"{_BETWEEN}{{0,3}}(?:[^{re.escape(_BREAKS)}、]{{1,8}}[、和或及/])*$"
)
_DENIED_AFTER = re.compile(
    r"(?:问题|现象|情况)?(?:都|也|完全|几乎|基本上?|倒是?|是|的)*"
    r"(?:(?:没有|没|不存在|为零)(?:的|了|啊|哦|呢|哈|任何)*(?:问题)?$|不大|不明显|不严重|不存在|很小|较小|极小|可以忽略|忽略不计)"
)
_LOOK_BACK, _LOOK_AHEAD = 24, 12


@dataclass(frozen=True, slots=True)
class Rule:
    """The words of one topic. Where only problems are named, what is denied is none; a plain subject is one anyway."""

    topic_id: int
    words: tuple[str, ...]
    not_words: tuple[str, ...] = ()
    is_complaint: bool = True


class Found(NamedTuple):
    """A topic that a text speaks of, and where."""

    topic_id: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Compiled:
    rule: Rule
    words: re.Pattern[str]
    not_words: re.Pattern[str] | None


@dataclass(frozen=True, slots=True)
class Matcher:
    """Compiled rules; get one from `matcher_of`."""

    any_word: re.Pattern[str] | None
    rules: tuple[_Compiled, ...]

    def find(self, text: str) -> list[Found]:
        """Return each topic that the text speaks of once, by its first word."""
        text = _lowered(text[:LONGEST_TEXT])
        if self.any_word is None or self.any_word.search(text) is None:
            return []
        clauses = [found.span() for found in _CLAUSE.finditer(text)]
        places = ((one, _first_place(one, text, clauses)) for one in self.rules if one.words.search(text))
        return [Found(one.rule.topic_id, *place) for one, place in places if place is not None]


@lru_cache(maxsize=64)
def matcher_of(rules: tuple[Rule, ...]) -> Matcher:
    """Compile rules; the same ones are compiled once."""
    compiled = tuple(
        _Compiled(rule, _pattern(rule.words), _pattern(rule.not_words) if rule.not_words else None)
        for rule in rules
        if rule.words
    )
    words = [word for one in compiled for word in one.rule.words]
    return Matcher(_pattern(words) if words else None, compiled)


def find_topics(rules: Iterable[Rule], text: str) -> list[Found]:
    return matcher_of(tuple(rules)).find(text)


def quote_of(text: str, found: Found, length: int = QUOTE_LENGTH) -> str:
    """Return the words around the place, on one line."""
    spare = max(length - (found.end - found.start), 0)
    start = max(0, found.start - spare // 2)
    end = min(len(text), found.end + spare - (found.start - start))
    quote = " ".join(text[start:end].split())
    return ("…" if start > 0 else "") + quote + ("…" if end < len(text) else "")


def _lowered(text: str) -> str:
    """Return the text without case, each character at its place."""
    lowered = text.lower()
    return lowered if len(lowered) == len(text) else text


def _pattern(words: Sequence[str]) -> re.Pattern[str]:
    """Return a pattern of any of the words, the longest first."""
    ordered = sorted(set(words), key=lambda word: (-len(word), word))
    return re.compile("|".join(_word_pattern(_lowered(word)) for word in ordered))


def _word_pattern(word: str) -> str:
    return _GAP.join(re.escape(part) for part in word.split(WILD) if part)


def _first_place(one: _Compiled, text: str, clauses: Sequence[tuple[int, int]]) -> tuple[int, int] | None:
    for start, end in clauses:
        place = next(_places(one, text[start:end]), None)
        if place is not None:
            return start + place[0], start + place[1]
    return None


def _places(one: _Compiled, clause: str) -> Iterator[tuple[int, int]]:
    """Yield where a clause says a word of the topic and means it; a clause with one of its not-words never does."""
    if one.not_words is not None and one.not_words.search(clause):
        return
    for found in one.words.finditer(clause):
        if not (one.rule.is_complaint and _is_denied(clause, *found.span())):
            yield found.span()


def _is_denied(clause: str, start: int, end: int) -> bool:
    """Tell whether what stands right before or right after a word takes it back."""
    return bool(
        _DENIED_BEFORE.search(clause[max(0, start - _LOOK_BACK) : start])
        or _DENIED_AFTER.match(clause[end : end + _LOOK_AHEAD])
    )
