"""Why an act leaves an order out, in few words that are counted; empty where it applies."""

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backoffice.common.display import listed
from backoffice.common.models import User
from orders.core.statuses import FACT_HOLDS, OPEN_STATUSES, SHIPPABLE_STATUSES, Acceptance, HoldKind, OrderStatus
from orders.desk.calls import Concern, Values
from orders.fulfilment.services import print_problem


def always(_row: Values, _values: Values, _actor: User, _at: datetime) -> str:
    return ""


def flag(row: Values, values: Values, _actor: User, _at: datetime) -> str:
    return _("has this flag already") if row["flag"] == values.get("flag") else ""


def accept(row: Values, _values: Values, _actor: User, _at: datetime) -> str:
    if row["status"] not in OPEN_STATUSES:
        return _("not awaiting shipment")
    return _("accepted already") if row["acceptance"] == Acceptance.ACCEPTED else ""


def hold(row: Values, values: Values, _actor: User, _at: datetime) -> str:
    if row["status"] not in SHIPPABLE_STATUSES:
        return _("nothing left to hold")
    return _("held for this already") if values.get("kind") in row["hold_kinds"] else ""


def releasable(kinds: list[str], only: str = "") -> list[str]:
    """Return the holds that people may release, of all or of one kind."""
    return [kind for kind in kinds if kind not in FACT_HOLDS and only in {"", kind}]


def _free_holds(row: Values, only: str = "") -> list[str]:
    """Return the kinds of holds that people may release of an order; those of a shortage end with it."""
    return releasable([kind for kind in row["hold_kinds"] if kind not in row["short_kinds"]], only)


def release(row: Values, values: Values, _actor: User, _at: datetime) -> str:
    if not row["hold_kinds"]:
        return _("not held")
    only = values.get("only", "")
    if not _free_holds(row, only):
        if releasable(row["hold_kinds"], only):
            return _("short of stock: settle the shortage")
        return _("held by facts: %(kinds)s") % {"kinds": listed(HoldKind(kind).label for kind in row["hold_kinds"])}
    return ""


def claim(row: Values, _values: Values, actor: User, at: datetime) -> str:
    if row["claimed_by_id"] in {None, actor.pk} or row["claim_expires_at"] <= at:
        return ""
    return _("claimed by %(who)s") % {"who": row["claimed_by__display_name"] or row["claimed_by__username"]}


def unclaim(row: Values, values: Values, actor: User, at: datetime) -> str:
    if row["claimed_by_id"] is None or row["claim_expires_at"] <= at:
        return _("not claimed")
    return claim(row, values, actor, at)


def assign(row: Values, values: Values, _actor: User, at: datetime) -> str:
    if row["status"] not in SHIPPABLE_STATUSES:
        return _("nothing left to work on")
    is_claimed = row["claim_expires_at"] is not None and row["claim_expires_at"] > at
    return _("is theirs already") if is_claimed and row["claimed_by_id"] == values.get("person") else ""


def close_unpaid(row: Values, _values: Values, _actor: User, _at: datetime) -> str:
    if row["status"] == OrderStatus.PENDING_PAYMENT:
        return ""
    return _("closed already") if row["status"] == OrderStatus.CLOSED else _("paid already")


def print_slip(row: Values, _values: Values, _actor: User, _at: datetime) -> str:
    is_accepted = row["acceptance"] == Acceptance.ACCEPTED
    return print_problem(status=row["status"], is_accepted=is_accepted, hold_kinds=row["hold_kinds"])


# What is said of some of them


def _held(count: int) -> str:
    return ngettext(
        "%(count)s of them is held; accepting can release that, with a reason.",
        "%(count)s of them are held; accepting can release that, with a reason.",
        count,
    ) % {"count": count}


def _unreviewed(count: int) -> str:
    return ngettext("%(count)s of them is not reviewed yet.", "%(count)s of them are not reviewed yet.", count) % {
        "count": count
    }


def _printed(count: int) -> str:
    return ngettext("%(count)s of them was printed already.", "%(count)s of them were printed already.", count) % {
        "count": count
    }


HELD = Concern(regards=lambda row: bool(_free_holds(row)), text=_held, options=("release_reason",))
UNREVIEWED = Concern(
    regards=lambda row: row["status"] in OPEN_STATUSES and row["acceptance"] == Acceptance.UNREVIEWED,
    text=_unreviewed,
    options=("accept_too",),
)
PRINTED = Concern(regards=lambda row: row["printed_at"] is not None, text=_printed, options=("again",))
