from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

SHOWN_PROBLEMS = 100
CREATED, UPDATED, UNCHANGED, STALE = "created", "updated", "unchanged", "stale"
OUTCOMES = (CREATED, UPDATED, UNCHANGED, STALE)


@dataclass
class Counts:
    """What became of a file's rows: `rows` is always the sum of the other five."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    stale: int = 0
    quarantined: int = 0
    problems: list[dict[str, Any]] = field(default_factory=list)  # the first {line, reason}

    @property
    def rows(self) -> int:
        return self.created + self.updated + self.unchanged + self.stale + self.quarantined

    def add(self, outcomes: Iterable[tuple[str, int]]) -> None:
        for outcome, count in outcomes:
            setattr(self, outcome, getattr(self, outcome) + count)

    def as_dict(self) -> dict[str, int]:
        return {"rows": self.rows, **{name: getattr(self, name) for name in (*OUTCOMES, "quarantined")}}

    @classmethod
    def of(cls, values: dict[str, Any]) -> "Counts":
        created, updated, unchanged, stale, quarantined = (
            int(values.get(name, 0)) for name in (*OUTCOMES, "quarantined")
        )
        return cls(created, updated, unchanged, stale, quarantined)
