"""The exception queue: what holds open orders back, by reason, and what ends it."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from backoffice.common.access import Right, requires
from backoffice.common.middleware import StoreRequest
from orders.core.statuses import HoldKind
from orders.desk.filters import NONE
from orders.desk.queries import GROUP_CAP, SUB_CAP, HoldGroup, hold_groups
from orders.desk.queues import OPEN_QUEUE
from orders.desk.stored_words import reason_words, rule_words

ENDS: dict[str, str | Promise] = {
    HoldKind.NOTE_UNHANDLED: _("Ends when the note is confirmed or declined."),
    HoldKind.REFUND_OPEN: _("Ends when the refund is settled or withdrawn."),
    HoldKind.BALANCE_UNPAID: _("Ends when the buyer pays the balance."),
    HoldKind.PLATFORM_FORBIDS: _("Ends when the platform allows shipping; the next import brings it."),
    HoldKind.INCOMPLETE: _("Ends when the order list with these orders is imported."),
    HoldKind.APPOINTED_DATE: _("Ends by itself on the morning of the day, or by hand."),
}


@requires(Right.VIEW_ORDERS)
def exception_list(request: StoreRequest) -> HttpResponse:
    groups = hold_groups(request.store)
    context = {
        "active_nav": "orders",
        "now": timezone.now(),
        "kinds": _by_kind(groups),
        "is_cut": len(groups) == GROUP_CAP,
        "limit": GROUP_CAP,
        "may_release": Right.WORK_ORDERS in request.rights,
        "list_url": reverse("desk:order-list"),
    }
    return render(request, "desk/exception_list.html", context)


def _by_kind(groups: list[HoldGroup]) -> list[dict[str, Any]]:
    """Gather the reasons under their kind; the kind with the most urgent order stands first."""
    kinds: dict[str, dict[str, Any]] = {}
    for group in groups:
        kind = kinds.setdefault(
            group.kind,
            {
                "key": group.kind,
                "label": group.label,
                "ends": ENDS.get(group.kind, ""),
                "groups": [],
                "by_hand": group.is_by_hand,
            },
        )
        kind["groups"].append(_shown(group))
    return list(kinds.values())


def _shown(group: HoldGroup) -> dict[str, Any]:
    query = urlencode({"queue": OPEN_QUEUE, "hold": group.kind, "hold_reason": group.reason or NONE})
    return {
        "group": group,
        "reason": reason_words(group.reason),
        "rules": [rule_words(rule) for rule in group.rules],
        "count": min(group.count, SUB_CAP),
        "is_capped": group.count > SUB_CAP,
        "query": query,
        "url": f"{reverse('desk:order-list')}?{query}",
    }
