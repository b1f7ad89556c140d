"""What the address of the queue of parcels in trouble says, and its tabs."""

from typing import Any

from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from backoffice.common.models import User
from backoffice.common.ui import Tab
from orders.fulfilment.couriers import TrackingError, normalise_tracking
from orders.fulfilment.models import Anomaly
from orders.fulfilment.queries.tracking import COUNT_CAP, OWNERS, CaseCounts
from orders.fulfilment.statuses import AnomalyKind
from orders.fulfilment.views.case_words import kind_label

SETTLED = "settled"


class QueueFilter:
    """What the address says of the queue: a kind or "settled", whose cases, and one number."""

    def __init__(self, data: QueryDict) -> None:
        self.tab = data.get("tab", "") if data.get("tab") in {*AnomalyKind.values, SETTLED} else ""
        self.owner = data.get("owner", "") if data.get("owner") in OWNERS else ""
        self.number = data.get("number", "").strip()[:60].replace("\0", "")

    @property
    def key(self) -> str:
        return "closed_at" if self.tab == SETTLED else "opened_at"

    def rows(self, every: QuerySet[Anomaly], user: User) -> QuerySet[Anomaly]:
        where = Q(closed_at__isnull=self.tab != SETTLED)
        if self.tab and self.tab != SETTLED:
            where &= Q(kind=self.tab)
        if self.owner:
            where &= OWNERS[self.owner](user)
        if self.number:
            where &= Q(shipment__tracking_number=_plain(self.number))
        return every.filter(where)

    def counted(self, counts: CaseCounts) -> int | None:
        """Return how many cases the list has, where the counts of the tabs say so."""
        if self.tab == SETTLED or self.owner or self.number:
            return None
        return counts.by_kind[self.tab] if self.tab else counts.all

    def query(self, **changes: str) -> str:
        made = QueryDict(mutable=True)
        for name, value in ({"tab": self.tab, "owner": self.owner, "number": self.number} | changes).items():
            if value:
                made[name] = value
        return made.urlencode()


def _plain(number: str) -> str:
    try:
        return normalise_tracking(number)
    except TrackingError:
        return number


def queue_tabs(counts: CaseCounts, found: QueueFilter, path: str) -> dict[str, Any]:
    """Return the tabs by kind and by owner, as the template takes them."""
    labels = {"": (_("All open"), counts.all)}
    labels |= {kind: (kind_label(kind), counts.by_kind[kind]) for kind in AnomalyKind.values}
    tabs = [
        Tab(
            key=kind or "open", label=label, url=f"{path}?{found.query(tab=kind)}", count=min(count, COUNT_CAP),
            is_capped=count > COUNT_CAP, is_active=kind == found.tab,
        )
        for kind, (label, count) in labels.items()
    ]  # fmt: skip
    settled = Tab(
        key=SETTLED, label=_("Closed cases"), url=f"{path}?{found.query(tab=SETTLED)}", is_active=found.tab == SETTLED
    )
    owners = [
        ("", pgettext("cases", "Everybody's"), None),
        ("mine", pgettext("cases", "Mine"), counts.mine),
        ("none", pgettext("cases", "Nobody's"), counts.nobodys),
    ]
    subtabs = [
        Tab(
            key=key or "all", label=label, count=count, url=f"{path}?{found.query(owner=key)}",
            is_active=key == found.owner,
        )
        for key, label, count in owners
    ]  # fmt: skip
    return {"tabs": [*tabs, settled], "subtabs": subtabs}
