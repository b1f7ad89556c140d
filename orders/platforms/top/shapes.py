"""Reading answers that keep no shape strictly: absent lists, one object for a list, numbers for ids."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from orders.platforms.top.errors import Unanswered

BEIJING = ZoneInfo("Asia/Shanghai")
_LONGEST_NAME, _MOST_NAMES = 60, 50
_FLAGS = range(6)
_YEARS = range(2000, 2100)


def items(answer: Mapping[str, Any], outer: str, inner: str) -> list[dict[str, Any]]:
    """Return `{"trades": {"trade": […]}}` as a list: absent is empty, one object alone is a list of one."""
    found: Any = answer.get(outer)
    if isinstance(found, Mapping):
        found = found.get(inner, [])
    if isinstance(found, Mapping):
        found = [found]
    return [dict(item) for item in found or [] if isinstance(item, Mapping)]


def id_of(item: Mapping[str, Any], name: str) -> str:
    """Return an id as text; `tid_str` stands beside numbers that other programs would round."""
    value = item.get(f"{name}_str") or item.get(name)
    return str(value).replace("\0", "") if isinstance(value, (int, str)) and not isinstance(value, bool) else ""


def time_of(item: Mapping[str, Any], name: str) -> datetime | None:
    """Return a time, which the platform writes in Beijing's; a year that no order has is no time."""
    try:
        told = datetime.fromisoformat(str(item.get(name) or "")).replace(tzinfo=BEIJING)
    except ValueError:
        return None
    return told if told.year in _YEARS else None


def flag_of(trade: Mapping[str, Any]) -> int:
    """Return the flag, 0 where there is none."""
    text = str(trade.get("seller_flag") or 0)
    return int(text) if text.isdecimal() and int(text) in _FLAGS else 0


@cache
def _names() -> dict[str, frozenset[str]]:
    listed = json.loads(Path(__file__).with_name("fields.json").read_text(encoding="utf-8"))
    return {kind: frozenset(names) for kind, names in listed.items()}


def unknown_fields(trade: Mapping[str, Any]) -> set[str]:
    """Return the names that the platform's own description of a trade does not have."""
    orders = items(trade, "orders", "order")
    found = set(trade) - _names()["trade"]
    found |= {f"orders.{name}" for order in orders for name in set(order) - _names()["order"]}
    return {str(name)[:_LONGEST_NAME] for name in sorted(found)[:_MOST_NAMES]}


def missing_fields(trade: Mapping[str, Any], names: Iterable[str]) -> list[str]:
    return [name for name in names if not _is_given(trade.get(name))]


def _is_given(value: object) -> bool:
    return value is not None and value != ""


def the_trade(answer: Mapping[str, Any]) -> dict[str, Any]:
    """Return the trade of an answer.

    Raises:
        Unanswered: it holds none.
    """
    trade = answer.get("trade")
    if not isinstance(trade, Mapping):
        raise Unanswered("The answer holds no trade.")
    return dict(trade)
