"""The exception queue: what holds open orders back, by reason, and what ends it."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from backoffice.common.access import Right, requires
from backoffice.common.middleware import StoreRequest
from orders.core.statuses import HoldKind
from orders.desk.queries import GROUP_CAP, HoldGroup, hold_groups
from orders.desk.views.exception_rows import GroupRows

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
    now, groups = timezone.now(), hold_groups(request.store)
    rows = GroupRows(now, get_token(request) if Right.WORK_ORDERS in request.rights else "")
    context = {
        "active_nav": "orders",
        "now": now,
        "kinds": _by_kind(groups, rows),
        "is_cut": len(groups) == GROUP_CAP,
        "limit": GROUP_CAP,
        "list_url": reverse("desk:order-list"),
    }
    return render(request, "desk/exception_list.html", context)


def _by_kind(groups: Sequence[HoldGroup], rows: GroupRows) -> list[dict[str, Any]]:
    """Gather the reasons under their kind; the kind with the most urgent order stands first."""
    kinds: dict[str, list[HoldGroup]] = {}
    for group in groups:
        kinds.setdefault(group.kind, []).append(group)
    return [
        {"key": key, "label": of_kind[0].label, "ends": ENDS.get(key, ""), "rows": rows.rows(of_kind)}
        for key, of_kind in kinds.items()
    ]
