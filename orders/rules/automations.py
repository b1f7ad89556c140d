"""Everything the back office does by itself for a store: whether it is on, when it last did, and with what effect."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Max, Sum
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from backoffice.common.access import Right
from backoffice.common.models import Job, Schedule, Store
from backoffice.common.models.jobs import JobState
from backoffice.common.templatetags.labels import job_kind
from orders.core.models import Hold, Order
from orders.core.services import CLAIM_LEASE
from orders.core.statuses import ACCEPTED_ON_PAYMENT, HoldKind
from orders.rules.models import AcceptanceRule
from orders.rules.warehouse_automations import KINDS, Act, warehouse_acts

ON, OFF, ALWAYS, PAUSED = "on", "off", "always", "paused"
ACCEPT_ON_PAYMENT = "accept_on_payment"


@dataclass(frozen=True, slots=True, kw_only=True)
class Automation:
    """One automatic act. `why` says why it cannot be switched here, or what keeps it from acting."""

    key: str
    name: str | Promise
    text: str | Promise
    state: str = ALWAYS
    why: str | Promise = ""
    last_at: datetime | None = None
    effect: str = ""
    has_switch: bool = False
    url_name: str = ""
    url_text: str | Promise = ""


@dataclass(frozen=True, slots=True)
class _Gate:
    kind: str
    name: str | Promise
    text: str | Promise
    why: str | Promise


_FACTS = gettext_lazy("It follows a fact: an order must not leave while the fact stands.")
_GATES = (
    _Gate(
        HoldKind.NOTE_UNHANDLED, gettext_lazy("Note gate"),
        gettext_lazy("Holds an order until its buyer note is handled."),
        gettext_lazy("A wish that nobody has read must not be packed away."),
    ),
    _Gate(
        HoldKind.REFUND_OPEN, gettext_lazy("Refund gate"), gettext_lazy("Holds an order while a refund is open."),
        gettext_lazy("What the buyer wants the money back for must not leave."),
    ),
    _Gate(
        HoldKind.BALANCE_UNPAID, gettext_lazy("Presale gate"),
        gettext_lazy("Holds a presale until its balance is paid."), _FACTS,
    ),
    _Gate(
        HoldKind.PLATFORM_FORBIDS, gettext_lazy("Platform gate"),
        gettext_lazy("Holds what the platform says must not ship."), _FACTS,
    ),
    _Gate(
        HoldKind.INCOMPLETE, gettext_lazy("Completeness gate"),
        gettext_lazy("Holds an order whose order list has not been imported yet."), _FACTS,
    ),
    _Gate(
        HoldKind.APPOINTED_DATE, gettext_lazy("Appointed dates"),
        gettext_lazy("Holds an order until the day it is to ship, and releases it that morning."),
        gettext_lazy("The day was agreed with the buyer."),
    ),
)  # fmt: skip


def automations(store: Store, rights: frozenset[Right], now: datetime) -> list[Automation]:
    """Return all automatic acts in the order in which an order meets them."""
    schedules = list(Schedule.objects.order_by("pk"))
    last, last_of_all = last_jobs(store, [schedule.kind for schedule in schedules])
    return [
        _on_payment(store),
        _rules(store, last.get("review")),
        _job(
            last, "recognition", gettext_lazy("Note recognition"),
            gettext_lazy("Reads each buyer note for what it wants; a person confirms."),
            gettext_lazy("It only suggests: nothing is agreed without a person."), _notes_read,
        ),
        *_gates(store),
        *(_of_act(act) for act in warehouse_acts(store, last)),
        Automation(
            key="claims", name=_("Claims run out"), text=_("Gives back an order that its holder no longer works on."),
            why=_("An order that nobody works on must not be kept from colleagues."),
            effect=_("After %(minutes)s minutes without an act.") % {"minutes": int(CLAIM_LEASE.total_seconds()) // 60},
        ),
        _job(
            last, "promise", gettext_lazy("Ship-by times"),
            gettext_lazy("Works out anew what is due when after the promise in the settings has changed."),
            gettext_lazy("It runs only after that setting was changed."), _orders_moved,
        ),
        *(_schedule(one, last_of_all.get(one.kind), may_run=Right.RUN_JOBS in rights) for one in schedules),
    ]  # fmt: skip


def _of_act(act: Act) -> Automation:
    state = ALWAYS if act.is_on is None else ON if act.is_on else OFF
    return Automation(
        key=act.key, name=act.name, text=act.text, state=state, why=act.why, last_at=act.last_at, effect=act.effect,
        url_name=act.url_name, url_text=act.url_text,
    )  # fmt: skip


def _on_payment(store: Store) -> Automation:
    paid = Order.objects.for_store(store).filter(paid_at__isnull=False).order_by("-paid_at", "-pk")
    newest = list(paid.only("acceptance_rule", "accepted_at")[:200])
    accepted = [
        order.accepted_at for order in newest if order.acceptance_rule == ACCEPTED_ON_PAYMENT and order.accepted_at
    ]
    is_paused = store.accepts_on_payment and store.has_acceptance_rules
    return Automation(
        key=ACCEPT_ON_PAYMENT,
        name=_("Accept on payment"),
        text=_("Accepts every order at once when it is paid."),
        state=PAUSED if is_paused else ON if store.accepts_on_payment else OFF,
        why=_("The acceptance rules decide as long as one of them is on.") if is_paused else "",
        last_at=max(accepted, default=None),
        effect=_("%(count)s of the newest %(of)s paid orders") % {"count": len(accepted), "of": len(newest)},
        has_switch=True,
    )


def _rules(store: Store, job: Job | None) -> Automation:
    totals = AcceptanceRule.objects.for_store(store).aggregate(count=Sum("match_count"))
    effects = [_reviewed(job.result)] if job else []
    if totals["count"]:
        effects.append(
            ngettext("%(count)s order decided so far", "%(count)s orders decided so far", totals["count"])
            % {"count": f"{totals['count']:,}"}
        )
    return Automation(
        key="rules",
        name=_("Acceptance rules"),
        text=_("Accept, hold or leave paid orders, within 15 seconds."),
        state=ON if store.has_acceptance_rules else OFF,
        why="" if store.has_acceptance_rules else _("No rule is on."),
        last_at=job.finished_at if job else None,
        effect=" · ".join(filter(None, effects)),
        url_name="rules:rule-list",
        url_text=_("Rules"),
    )


def _reviewed(result: Mapping[str, Any]) -> str:
    counts = {name: result.get(name, 0) for name in ("accepted", "held", "left")}
    return _("Last look: %(accepted)s accepted, %(held)s held, %(left)s left") % counts


def _gates(store: Store) -> list[Automation]:
    open_holds = Hold.objects.filter(store=store, released_at__isnull=True, kind__in=[gate.kind for gate in _GATES])
    counted = open_holds.order_by().values_list("kind").annotate(Count("pk"), Max("opened_at"))
    found: dict[str, tuple[int, datetime | None]] = {kind: (count, last) for kind, count, last in counted}
    return [_gate(gate, *found.get(gate.kind, (0, None))) for gate in _GATES]


def _gate(gate: _Gate, count: int, last_at: datetime | None) -> Automation:
    effect = ngettext("%(count)s order held now", "%(count)s orders held now", count) % {"count": f"{count:,}"}
    return Automation(key=gate.kind, name=gate.name, text=gate.text, why=gate.why, last_at=last_at, effect=effect)


def _job(
    last: Mapping[str, Job],
    kind: str,
    name: str | Promise,
    text: str | Promise,
    why: str | Promise,
    effect: Callable[[Mapping[str, Any]], str],
) -> Automation:
    job = last.get(kind)
    last_at, done = (job.finished_at, effect(job.result)) if job else (None, "")
    return Automation(key=kind, name=name, text=text, why=why, last_at=last_at, effect=done)


def _notes_read(result: Mapping[str, Any]) -> str:
    count = result.get("notes", 0)
    return ngettext("%(count)s note read", "%(count)s notes read", count) % {"count": f"{count:,}"}


def _orders_moved(result: Mapping[str, Any]) -> str:
    count = result.get("orders", 0)
    return ngettext("%(count)s order changed", "%(count)s orders changed", count) % {"count": f"{count:,}"}


def _days_summed(result: Mapping[str, Any]) -> str:
    count = result.get("days", 0)
    return ngettext("%(count)s day summed up", "%(count)s days summed up", count) % {"count": f"{count:,}"}


def _wiped(result: Mapping[str, Any]) -> str:
    count = sum(value for value in result.values() if isinstance(value, int))
    return ngettext("%(count)s entry or file wiped", "%(count)s entries and files wiped", count) % {
        "count": f"{count:,}"
    }


def _skus_low(result: Mapping[str, Any]) -> str:
    count = sum(low for low in dict(result.get("low", {})).values() if isinstance(low, int))
    return ngettext("%(count)s sku runs low", "%(count)s skus run low", count) % {"count": f"{count:,}"}


_SCHEDULED: dict[str, tuple[str | Promise, Callable[[Mapping[str, Any]], str]]] = {
    "rollup": (gettext_lazy("Sums up the sales of each closed day for the figures."), _days_summed),
    "demand": (gettext_lazy("Works out how long the stock of each sku lasts, and warns of what runs low."), _skus_low),
    "purge": (gettext_lazy("Wipes recipients and files whose time is over."), _wiped),
}


def _schedule(schedule: Schedule, job: Job | None, *, may_run: bool) -> Automation:
    text, effect = _SCHEDULED.get(schedule.kind, ("", lambda _result: ""))
    return Automation(
        key=schedule.kind,
        name=job_kind(schedule.kind),
        text=text,
        state=ON if schedule.is_enabled else OFF,
        why="" if may_run else _("For all stores: operations switch it."),
        last_at=job.finished_at if job else None,
        effect=effect(job.result) if job else "",
        url_name="common:job-list" if may_run else "",
        url_text=_("Schedules"),
    )


_OWN = ("review", "recognition", "promise", *KINDS)
# one step along the index of jobs for each kind
_LAST = """
SELECT own.* FROM unnest(%(own)s::text[]) AS x (kind) CROSS JOIN LATERAL (
    SELECT id, store_id, kind, finished_at, result FROM common_job
    WHERE store_id = %(store)s AND kind = x.kind AND state = %(done)s ORDER BY id DESC LIMIT 1
) AS own
UNION ALL
SELECT shared.* FROM unnest(%(shared)s::text[]) AS x (kind) CROSS JOIN LATERAL (
    SELECT id, store_id, kind, finished_at, result FROM common_job
    WHERE store_id IS NULL AND kind = x.kind AND state = %(done)s ORDER BY id DESC LIMIT 1
) AS shared
"""


def last_jobs(store: Store, shared: Sequence[str]) -> tuple[dict[str, Job], dict[str, Job]]:
    """Return the last job that was done of each kind, of the store and of all stores together; one statement."""
    values = {"store": store.pk, "own": list(_OWN), "shared": list(shared), "done": JobState.DONE.value}
    own: dict[str, Job] = {}
    of_all: dict[str, Job] = {}
    for job in Job.objects.raw(_LAST, values):
        (of_all if job.store_id is None else own)[job.kind] = job
    return own, of_all
