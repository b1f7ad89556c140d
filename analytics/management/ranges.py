"""The arguments that rollup_sales and verify_rollups share: a range of days and, if wanted, one store."""

from datetime import date
from typing import Any

from django.core.management.base import CommandParser

from backoffice.common.management.base import Refused
from backoffice.common.models import Store


def add_range_arguments(parser: CommandParser) -> None:
    parser.add_argument("--from", dest="first", required=True, help="first day, such as 2026-06-01 (Asia/Shanghai)")
    parser.add_argument("--to", dest="last", required=True, help="last day, included")
    parser.add_argument("--store", help="code of one store; without it every store")


def read_range(options: dict[str, Any]) -> tuple[list[Store], date, date]:
    """Return the stores and the days.

    Raises:
        Refused: a day cannot be read, the range is empty, or there is no such store.
    """
    first, last = _day(options["first"]), _day(options["last"])
    if first > last:
        raise Refused(f"--to {last} is before --from {first}.")
    return _stores(options.get("store")), first, last


def _day(text: str | date) -> date:
    try:
        return date.fromisoformat(str(text))
    except ValueError as error:
        raise Refused(f"{text} is not a day; write it as 2026-06-01.") from error


def _stores(code: str | None) -> list[Store]:
    if code is None:
        return list(Store.objects.order_by("pk"))
    stores = list(Store.objects.filter(code=code))
    if not stores:
        raise Refused(f"There is no store {code}.")
    return stores
