"""The acts that may be done to many orders: who may, on which orders, how one is done and undone."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from backoffice.common.access import Right
from backoffice.common.display import listed
from backoffice.common.models import Job, Store, User
from orders.core.models import Order
from orders.core.services import (
    OrderError,
    accept_order,
    add_remark,
    claim_order,
    open_hold,
    release_claim,
    release_hold,
    set_flag,
    set_tags,
    unaccept_order,
)
from orders.core.statuses import FACT_HOLDS, OPEN_STATUSES, SHIPPABLE_STATUSES, Acceptance, HoldKind
from orders.fulfilment.services import ship_order

Values = Mapping[str, Any]
Undo = dict[str, Any]  # what undoing needs; empty: there is nothing to undo
CHECK_FIELDS = (
    "id",
    "number",
    "status",
    "acceptance",
    "hold_kinds",
    "flag",
    "tags",
    "claimed_by_id",
    "claim_expires_at",
    "claimed_by__username",
    "claimed_by__display_name",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """Who acts on which order, when, as part of which batch."""

    store: Store
    order_id: int
    actor: User
    at: datetime
    job: Job | None

    def arguments(self) -> dict[str, Any]:
        return {"store": self.store, "order_id": self.order_id, "actor": self.actor, "at": self.at, "job": self.job}


Check = Callable[[Values, Values, User, datetime], str]
Run = Callable[[Call, Values], Undo]


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkAct:
    """One act: `check` names why an order is left out, in few words that are counted; the service has the last word."""

    key: str
    label: Any
    icon: str
    right: Right
    check: Check
    run: Run
    undo: Run | None = None
    fields: tuple[str, ...] = ()  # of orders.desk.forms.BulkForm
    shortcut: str = ""
    tone: str = ""


def _always(_row: Values, _values: Values, _actor: User, _at: datetime) -> str:
    return ""


# Flag


def _check_flag(row: Values, values: Values, _actor: User, _at: datetime) -> str:
    return _("has this flag already") if row["flag"] == values["flag"] else ""


def _flag(call: Call, values: Values) -> Undo:
    before = _order(call, "flag")["flag"]
    set_flag(**call.arguments(), flag=values["flag"])
    return {"flag": before}


def _unflag(call: Call, undo: Values) -> Undo:
    set_flag(**call.arguments(), flag=undo["flag"])
    return {}


# Tags


def _tag(call: Call, values: Values) -> Undo:
    before = _order(call, "tags")["tags"]
    kept = [tag for tag in before if tag not in values["remove_tags"]]
    set_tags(**call.arguments(), tags=[*kept, *values["add_tags"]])
    return {"tags": before}


def _untag(call: Call, undo: Values) -> Undo:
    set_tags(**call.arguments(), tags=undo["tags"])
    return {}


# Remark


def _remark(call: Call, values: Values) -> Undo:
    add_remark(**call.arguments(), text=values["text"])
    return {}


# Accept


def _check_accept(row: Values, _values: Values, _actor: User, _at: datetime) -> str:
    if row["status"] not in OPEN_STATUSES:
        return _("not awaiting shipment")
    return _("accepted already") if row["acceptance"] == Acceptance.ACCEPTED else ""


def _accept(call: Call, _values: Values) -> Undo:
    accept_order(**call.arguments())
    return {"accepted": True}


def _unaccept(call: Call, _undo: Values) -> Undo:
    unaccept_order(**call.arguments())
    return {}


# Hold and release


def _check_hold(row: Values, values: Values, _actor: User, _at: datetime) -> str:
    if row["status"] not in SHIPPABLE_STATUSES:
        return _("nothing left to hold")
    return _("held for this already") if values["kind"] in row["hold_kinds"] else ""


def _hold(call: Call, values: Values) -> Undo:
    open_hold(**call.arguments(), kind=values["kind"], reason=values["reason"])
    return {"kind": values["kind"], "reason": values["reason"]}


def _unhold(call: Call, undo: Values) -> Undo:
    release_hold(**call.arguments(), kind=undo["kind"], reason=_("Undone"))
    return {}


def _releasable(kinds: list[str]) -> list[str]:
    return [kind for kind in kinds if kind not in FACT_HOLDS]


def _check_release(row: Values, _values: Values, _actor: User, _at: datetime) -> str:
    if not row["hold_kinds"]:
        return _("not held")
    if not _releasable(row["hold_kinds"]):
        return _("held by facts: %(kinds)s") % {"kinds": listed(HoldKind(kind).label for kind in row["hold_kinds"])}
    return ""


def _release(call: Call, values: Values) -> Undo:
    kinds = _releasable(_order(call, "hold_kinds")["hold_kinds"])
    if not kinds:
        raise OrderError(_("No hold of this order can be released by hand."), "hold")
    for kind in kinds:
        release_hold(**call.arguments(), kind=kind, reason=values["reason"])
    return {"kinds": kinds, "reason": values["reason"]}


def _unrelease(call: Call, undo: Values) -> Undo:
    for kind in undo["kinds"]:
        open_hold(**call.arguments(), kind=kind, reason=undo["reason"])
    return {}


# Claim


def _check_claim(row: Values, _values: Values, actor: User, at: datetime) -> str:
    if row["claimed_by_id"] in {None, actor.pk} or row["claim_expires_at"] <= at:
        return ""
    return _("claimed by %(who)s") % {"who": row["claimed_by__display_name"] or row["claimed_by__username"]}


def _claim(call: Call, _values: Values) -> Undo:
    claim_order(**call.arguments())
    return {"claimed": True}


def _check_unclaim(row: Values, values: Values, actor: User, at: datetime) -> str:
    if row["claimed_by_id"] is None or row["claim_expires_at"] <= at:
        return _("not claimed")
    return _check_claim(row, values, actor, at)


def _unclaim(call: Call, _values: Values) -> Undo:
    release_claim(**call.arguments())
    return {"claimed": False}


def _reclaim(call: Call, _undo: Values) -> Undo:
    claim_order(**call.arguments())
    return {}


def _giveback(call: Call, _undo: Values) -> Undo:
    release_claim(**call.arguments())
    return {}


# Ship, from a table of numbers


def _ship(call: Call, values: Values) -> Undo:
    ship_order(**call.arguments(), courier=values["courier"], tracking_number=values["tracking_number"])
    return {}


def _order(call: Call, *fields: str) -> dict[str, Any]:
    """Read columns of the order; the service locks and checks it again."""
    return Order.objects.for_store(call.store).values(*fields).get(pk=call.order_id)


_WORK = Right.WORK_ORDERS
ACTS: dict[str, BulkAct] = {
    act.key: act
    for act in (
        BulkAct(
            key="accept",
            label=gettext_lazy("Accept"),
            icon="check",
            right=_WORK,
            check=_check_accept,
            run=_accept,
            undo=_unaccept,
            shortcut="a",
        ),
        BulkAct(
            key="remark",
            label=gettext_lazy("Remark"),
            icon="message-2",
            right=Right.REMARK,
            check=_always,
            run=_remark,
            fields=("text",),
            shortcut="m",
        ),
        BulkAct(
            key="flag",
            label=gettext_lazy("Flag"),
            icon="flag",
            right=_WORK,
            check=_check_flag,
            run=_flag,
            undo=_unflag,
            fields=("flag",),
        ),
        BulkAct(
            key="hold",
            label=pgettext_lazy("act", "Hold"),
            icon="hand-stop",
            right=_WORK,
            check=_check_hold,
            run=_hold,
            undo=_unhold,
            fields=("kind", "reason"),
            shortcut="h",
        ),
        BulkAct(
            key="release",
            label=gettext_lazy("Release hold"),
            icon="player-play",
            right=_WORK,
            check=_check_release,
            run=_release,
            undo=_unrelease,
            fields=("reason",),
        ),
        BulkAct(
            key="claim",
            label=pgettext_lazy("act", "Claim"),
            icon="user-check",
            right=_WORK,
            check=_check_claim,
            run=_claim,
            undo=_giveback,
            shortcut="c",
        ),
        BulkAct(
            key="unclaim",
            label=gettext_lazy("Give back"),
            icon="user",
            right=_WORK,
            check=_check_unclaim,
            run=_unclaim,
            undo=_reclaim,
        ),
        BulkAct(
            key="tags",
            label=gettext_lazy("Tags"),
            icon="tag",
            right=_WORK,
            check=_always,
            run=_tag,
            undo=_untag,
            fields=("add_tags", "remove_tags"),
        ),
        BulkAct(
            key="ship", label=gettext_lazy("Ship"), icon="truck-delivery", right=Right.SHIP, check=_always, run=_ship
        ),
    )
}
