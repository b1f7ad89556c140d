"""What the back office does by itself after an order was paid: gifts, stock, parcels, and what the platform is told."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, Q
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from backoffice.common.models import Job, Store
from orders.core.models import Hold
from orders.core.statuses import STOCK_RULE
from orders.fulfilment.models import GiftGrant, GiftRule


@dataclass(frozen=True, slots=True)
class Act:
    """One automatic act as a row of the page; `is_on` is None for what cannot be switched."""

    key: str
    name: str | Promise
    text: str | Promise
    why: str | Promise = ""
    last_at: datetime | None = None
    effect: str = ""
    is_on: bool | None = None
    url_name: str = ""
    url_text: str | Promise = ""


def warehouse_acts(store: Store, last: Mapping[str, Job]) -> list[Act]:
    """Return them in the order in which an order meets them; `last` is the last job of each kind."""
    return [_gifts(store), _stock(store, last), *(_of_job(last, *facts) for facts in _JOBS)]


def _gifts(store: Store) -> Act:
    rules = GiftRule.objects.filter(store=store).aggregate(on=Count("pk", filter=Q(is_active=True)))
    given = GiftGrant.objects.filter(rule__store=store, withdrawn_at__isnull=True)
    facts = given.aggregate(count=Count("pk"), last=Max("granted_at"))
    effect = ngettext("%(count)s order has a gift", "%(count)s orders have a gift", facts["count"])
    return Act(
        key="gifts", name=_("Gifts"), text=_("Adds the gift of each rule that a paid order meets."),
        why="" if rules["on"] else _("No rule is on."), last_at=facts["last"], is_on=bool(rules["on"]),
        effect=effect % {"count": f"{facts['count']:,}"}, url_name="gifts:gift-list", url_text=_("Gifts"),
    )  # fmt: skip


def _stock(store: Store, last: Mapping[str, Job]) -> Act:
    held = Hold.objects.filter(store=store, rule=STOCK_RULE, released_at__isnull=True).count()
    effect = ngettext("%(count)s line held now", "%(count)s lines held now", held) % {"count": f"{held:,}"}
    return Act(
        key="stock", name=_("Stock reservation"),
        text=_("Reserves stock for paid orders, holds what is short, and releases it when stock arrives."),
        why=_("What is not there cannot be packed. Skus that were never counted hold nothing."),
        last_at=_last_at(last, STOCK_JOB), effect=effect,
    )  # fmt: skip


def _of_job(last: Mapping[str, Job], kind: str, name: str | Promise, text: str | Promise, why: str | Promise) -> Act:
    return Act(key=kind, name=name, text=text, why=why, last_at=_last_at(last, kind))


def _last_at(last: Mapping[str, Job], kind: str) -> datetime | None:
    return last[kind].finished_at if kind in last else None


_JOBS: tuple[tuple[str, str | Promise, str | Promise, str | Promise], ...] = (
    (
        "anomalies", gettext_lazy("Parcels in trouble"),
        gettext_lazy("Looks every five minutes for parcels that are late, silent or astray."),
        gettext_lazy("It only opens cases: people settle them."),
    ),
    (
        "traces", gettext_lazy("Traces of parcels"), gettext_lazy("Asks where parcels are, where a service answers."),
        gettext_lazy("It only reads."),
    ),
    (
        "outbox", gettext_lazy("Sending to the platform"),
        gettext_lazy("Tells the platform of shipments, remarks and flags, and tries again what failed."),
        gettext_lazy("It is switched with the connection to the platform."),
    ),
    (
        "pull", gettext_lazy("Taking orders in"), gettext_lazy("Reads what changed on the platform."),
        gettext_lazy("It is switched with the connection to the platform."),
    ),
)  # fmt: skip
STOCK_JOB = "fulfilment"
KINDS = (STOCK_JOB, *(kind for kind, *_facts in _JOBS))
