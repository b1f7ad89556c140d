"""What waits on the floor: labels to print, parcels to scan out, parcels in trouble, invoices that are due."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from backoffice.common.access import Right
from backoffice.common.clock import business_day, day_bounds
from backoffice.common.models import Store
from backoffice.common.statements import fetch
from orders.fulfilment.queries.partial import LIVE

CAP = 1_000
# the condition of the index on live waybills is said along with each state
_LIVE = f"SELECT FROM fulfilment_waybill WHERE store_id = %(store)s AND state IN {LIVE}"
_TO_SCAN = f"SELECT count(*) FROM ({_LIVE} AND state = 'printed' LIMIT {CAP + 1}) AS x"  # noqa: S608 -- constants
_COUNTS = f"""
SELECT
    (SELECT count(*) FROM ({_LIVE} AND state = 'numbered' LIMIT {CAP + 1}) AS x),
    ({_TO_SCAN}),
    (SELECT count(*) FROM (
        SELECT FROM fulfilment_anomaly WHERE store_id = %(store)s AND closed_at IS NULL LIMIT {CAP + 1}) AS x),
    (SELECT count(*) FROM (
        SELECT FROM fulfilment_invoicerequest
        WHERE store_id = %(store)s AND state = 'pending' AND due_at < %(due)s LIMIT {CAP + 1}) AS x)
"""  # noqa: S608 -- constants


@dataclass(frozen=True, slots=True)
class FloorTile:
    """One number of the floor, and the page where it is worked off."""

    key: str
    label: str | Promise
    url_name: str
    query: str
    right: Right
    tone: str = ""


TILES = (
    FloorTile("to_print", _("Labels to print"), "fulfilment:shipping-desk", "?tab=print", Right.SHIP),
    FloorTile("to_scan", _("Parcels to scan out"), "fulfilment:shipping-desk", "?tab=scan", Right.SHIP),
    FloorTile("troubled", _("Parcels in trouble"), "fulfilment:anomaly-list", "", Right.WORK_ORDERS, "warning"),
    FloorTile("invoices_due", _("Invoices due today"), "fulfilment:invoice-list", "", Right.WORK_ORDERS, "warning"),
)


def floor_counts(store: Store, now: datetime) -> dict[str, int]:
    """Return the number of each tile, at most CAP + 1, in one statement."""
    values: dict[str, Any] = {"store": store.pk, "due": day_bounds(business_day(now))[1]}
    return dict(zip((tile.key for tile in TILES), fetch(_COUNTS, values)[0], strict=True))


def count_to_scan(store: Store) -> int:
    """Return how many labelled parcels wait to be scanned out, at most CAP + 1."""
    return int(fetch(_TO_SCAN, {"store": store.pk})[0][0])


def tiles_for(rights: AbstractSet[Right]) -> list[FloorTile]:
    return [tile for tile in TILES if tile.right in rights]
