"""Addresses of one order and its acts. They take the queue along, and the frame that shows the answer."""

from enum import StrEnum
from typing import Any
from urllib.parse import urlencode

from backoffice.common.web import around


class Frame(StrEnum):
    """Where an order is shown, as the address says it: the answer of an act takes the same place."""

    PAGE = ""
    PANE = "1"  # beside the queue
    NOTE = "note"  # its note's card alone, beside the note inbox

    @property
    def target(self) -> str:
        return {"": "#order-view", "1": "#pane-body", "note": "#note-card"}[self.value]

    @property
    def swap(self) -> str:
        return {"": "outerHTML show:none", "1": "innerHTML", "note": "outerHTML show:none"}[self.value]


def act_url(number: str, act: str, *, carry: str = "", frame: Frame = Frame.PAGE, **extra: Any) -> str:
    """Return where an act is done; the address takes the queue along, so that the answer can go on in it."""
    return with_query(path_of("desk:order-act", number, act), carry, frame=frame, **extra)


def order_url(number: str, *, carry: str = "", frame: Frame = Frame.PAGE) -> str:
    name = "desk:order-note" if frame == Frame.NOTE else "desk:order-detail"
    return with_query(path_of(name, number), carry, frame=frame)


def path_of(name: str, number: str, *rest: str) -> str:
    """Return the path of an order's page."""
    head, tail = around(name, *rest)
    return f"{head}{number}{tail}"


def with_query(path: str, carry: str, *, frame: Frame, **extra: Any) -> str:
    own = urlencode({name: value for name, value in extra.items() if value is not None})
    query = "&".join(filter(None, (own, f"pane={frame}" if frame else "", carry)))
    return f"{path}?{query}" if query else path
