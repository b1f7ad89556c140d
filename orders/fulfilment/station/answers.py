"""A scan, what it is answered with, and the words for what has left already."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.common.models import Store, User
from orders.core.models import Order
from orders.fulfilment.models import Shipment
from orders.fulfilment.station.parcels import Target

LONGEST = 80  # no order, parcel or product has a longer number
OK, INFO, BAD = "ok", "info", "bad"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """One scan, and what lay on the table when it came."""

    store: Store
    actor: User
    at: datetime
    text: str
    target: Target | None = None
    pending: str = ""  # a tracking number that waits for its courier, or for being scanned again; or a question
    counted: Mapping[int, int] = field(default_factory=dict)  # line id to pieces whose barcode was scanned
    issued_at: datetime | None = None  # when the form was made

    @property
    def number(self) -> str:
        """Return the tracking number that was asked for."""
        return "" if ":" in self.pending else self.pending

    def is_asked(self, question: str, about: str) -> bool:
        """Tell whether the scan before led to this question, so that this one may be its answer."""
        return bool(about) and self.pending == f"{question}:{about}"


class Answer(NamedTuple):
    """What became of a scan, and what lies on the table now."""

    tone: str
    title: str
    text: str = ""  # why, and what to do
    target: Target | None = None
    pending: str = ""
    counted: Mapping[int, int] = {}
    parcel: str = ""  # what left
    couriers: list[str] = []


def clean(text: str) -> str:
    """Return what was scanned without the signs that scanners add."""
    plain = unicodedata.normalize("NFKC", text)
    return "".join(sign for sign in plain if sign.isprintable()).strip()


def state_words(order: Order) -> str:
    return _("Order %(number)s is “%(status)s”: it does not ship.") % {
        "number": order.number,
        "status": order.get_status_display(),
    }


def left_words(shipment: Shipment) -> str:
    return _("Order %(number)s was already shipped by %(who)s at %(time)s, tracking number %(tracking)s.") % {
        "number": shipment.order.number,
        "who": shipment.shipped_by or shipment.get_source_display(),
        "time": f"{timezone.localtime(shipment.shipped_at):%m-%d %H:%M}",
        "tracking": shipment.tracking_number,
    }
