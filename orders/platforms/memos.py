"""The seller's memo on the platform: one text that holds all remarks, the newest first."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from backoffice.common.sealing import SealError, unseal
from orders.core.models import Order, Remark
from orders.core.statuses import EventSource
from orders.core.texts import WIPED, remark_context

MEMO_BYTES = 1000


class Line(NamedTuple):
    """A remark as it was written."""

    text: str
    is_platforms: bool
    at: datetime
    withdrawn_at: datetime | None


def remarks_of(order: Order) -> list[Line]:
    """Return the order's remarks, newest first, as written: the memo is the merchant's own text."""
    remarks = order.remarks.order_by("-at", "-pk")
    return [_line(order, remark) for remark in remarks if remark.text != WIPED]


def _line(order: Order, remark: Remark) -> Line:
    text = remark.text
    if remark.sealed is not None:
        try:
            text = unseal(remark.sealed, context=remark_context(order.store_id, order.number)).decode()
        except SealError:
            text = remark.text  # its key is gone: masked is better than nothing
    return Line(text, remark.source == EventSource.PLATFORM, remark.at, remark.withdrawn_at)


def compose(lines: Sequence[Line], *, base: str | None = None) -> str:
    """Write the memo: remarks written here, then what the platform has (`base`, else the newest that came from there).

    A remark that stands in the platform's text already is not written twice.
    """
    if base is None:
        base = next((line.text for line in lines if line.is_platforms), "")
    texts = [line.text for line in lines if not line.is_platforms and line.withdrawn_at is None]
    known = set(base.split("\n"))
    new = [text for text in texts if not set(text.split("\n")) <= known]
    return cut("\n".join([*new, *([base] if base else [])]))


def cut(memo: str) -> str:
    """Cut at the platform's limit, between characters: what is newest stays."""
    content = memo.encode()
    return memo if len(content) <= MEMO_BYTES else content[:MEMO_BYTES].decode(errors="ignore")


def was_written_here(memo: str, lines: Sequence[Line]) -> bool:
    """Tell whether a memo of the platform is what we made of our remarks, now or at any earlier time."""
    wanted = _plain(memo)
    return not wanted or any(_plain(compose(then)) == wanted for then in _states(lines))


def _states(lines: Sequence[Line]) -> Iterable[list[Line]]:
    """Yield the remarks as they stood after each change, newest first."""
    times = {line.at for line in lines} | {line.withdrawn_at for line in lines if line.withdrawn_at}
    for moment in sorted(times, reverse=True):
        known = [line for line in lines if line.at <= moment]
        yield [line._replace(withdrawn_at=_until(line, moment)) for line in known]
        yield [
            line._replace(withdrawn_at=None if line.withdrawn_at == moment else _until(line, moment)) for line in known
        ]


def _until(line: Line, moment: datetime) -> datetime | None:
    return line.withdrawn_at if line.withdrawn_at and line.withdrawn_at <= moment else None


def foreign_base(memo: str, lines: Sequence[Line]) -> str | None:
    """Return what the platform's memo holds that did not come from here; None: nothing but what we know."""
    return None if was_written_here(memo, lines) else memo


def _plain(text: str) -> str:
    return "\n".join(part.strip() for part in text.split("\n") if part.strip())
