"""Where a recount puts its figures."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from analytics.models import DayRow

Key = tuple[Any, ...]  # store id, day, and what else the table's key names
Sums = dict[str, Any]


@dataclass
class Recount:
    """Figures by table and key; a key that is not there is all zeros."""

    tables: dict[type[DayRow], dict[Key, Sums]] = field(default_factory=lambda: defaultdict(dict))

    def add(self, table: type[DayRow], key: Key, **amounts: Any) -> None:
        sums = self.tables[table].setdefault(key, {})
        for name, amount in amounts.items():
            sums[name] = sums[name] + amount if name in sums else amount
