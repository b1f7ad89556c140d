"""What the frame and the home page say of orders: what waits, and for whom."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from backoffice.common.access import MEMBER, Right, requires
from backoffice.common.clock import business_day
from backoffice.common.middleware import StoreRequest
from backoffice.common.quick_html import fill, joined
from backoffice.common.templatetags.ui import url_if
from orders.core.queries import pace_of, tab_counts
from orders.desk.floor import CAP as FLOOR_CAP
from orders.desk.floor import count_to_scan, floor_counts, tiles_for
from orders.desk.queries import SUB_CAP, sub_counts
from orders.desk.queues import OPEN_QUEUE, QUEUE_BY_KEY, SUB_QUEUES, SubQueue
from orders.notes.queries import COUNT_CAP, inbox_counts

_PANEL_QUEUES = (OPEN_QUEUE, "aftersales", "pending_payment")
_PERSONAL = ("mine",)
_URGENT = {"overdue": "danger", "due_soon": "warning"}
_TILE = '<a class="metric {0}" href="{1}" data-sub="{2}" data-metric="{2}" data-value="{3}">{4}</a>'
_LABELS = '<span class="metric-label">{}</span><span class="metric-value">{}</span>'


@requires(Right.VIEW_ORDERS)
def home_panel(request: StoreRequest) -> HttpResponse:
    """Answer the home page's panel: what is late, what is due, what waits for this person, and the shop's pace."""
    now = timezone.now()
    tabs, subs = tab_counts(request.store), sub_counts(request.store, request.user, now)
    url = reverse("desk:order-list")
    context = {
        "tiles": joined(_TILE, (_tile(request, url, sub, subs[sub.key]) for sub in SUB_QUEUES if not _is_mine(sub))),
        "mine": joined(
            _TILE,
            [*(_tile(request, url, sub, subs[sub.key]) for sub in SUB_QUEUES if _is_mine(sub)), *_my_notes(request)],
        ),
        "floor": joined(_TILE, _floor(request, now)) if tabs["all"] else "",
        "queues": [(QUEUE_BY_KEY[key], tabs[key], f"{url}?queue={key}") for key in _PANEL_QUEUES],
        "has_orders": tabs["all"] > 0,
        "held": min(subs["held"], SUB_CAP),
        **_pace(request, now, tabs[OPEN_QUEUE]),
        "pace_url": f"{url}?queue={OPEN_QUEUE}&sort=ship_by",
    }
    return render(request, "desk/_home_panel.html", context)


def _is_mine(sub: SubQueue) -> bool:
    return sub.key in _PERSONAL


Tile = tuple[str, str, str, int, str]  # the values of its pattern


def _number(key: str, label: object, url: str, count: int, cap: int, tone: str = "") -> Tile:
    """Return one number that leads to its orders; a count of more than the cap reads as "so many or more"."""
    shown = f"{min(count, cap):,}{'+' if count > cap else ''}"
    return f"metric-{tone}" if tone and count else "", url, key, min(count, cap), fill(_LABELS, label, shown)


def _floor(request: StoreRequest, now: datetime) -> list[Tile]:
    """Return what waits on the floor for this person's role."""
    shown = tiles_for(request.rights)
    counts = floor_counts(request.store, now) if shown else {}
    return [
        _number(tile.key, tile.label, f"{reverse(tile.url_name)}{tile.query}", counts[tile.key], FLOOR_CAP, tile.tone)
        for tile in shown
    ]


def _pace(request: StoreRequest, now: datetime, open_count: int) -> dict[str, Any]:
    """Return what the last hour's pace means for the open orders; nothing where none is open."""
    pace = pace_of(request.store, now) if open_count else None
    first = timezone.localtime(pace.misses_at) if pace and pace.misses_at else None
    is_today = first is not None and first.date() == business_day(now)
    return {"pace": pace, "misses_at": f"{first:%H:%M}" if is_today else f"{first:%m-%d %H:%M}" if first else ""}


def _my_notes(request: StoreRequest) -> list[Tile]:
    """Return the notes that were given to this person; nothing while there is no page of notes."""
    page = url_if("notes:note-list")
    if not page:
        return []
    count = inbox_counts(request.store, request.user)["mine"]
    return [_number("my_notes", _("Notes given to me"), f"{page}?tab=mine", count, COUNT_CAP)]


def _tile(request: StoreRequest, path: str, sub: SubQueue, count: int) -> Tile:
    url = f"{path}?queue={OPEN_QUEUE}&sub={sub.key}"
    return _number(sub.key, sub.title(request.store), url, count, SUB_CAP, _URGENT.get(sub.key, ""))


def _waiting(request: StoreRequest) -> dict[str, int]:
    """Return what the apps above count; COUNT_CAP + 1 stands for more."""
    found: dict[str, int] = {}
    for path in settings.NAV_COUNTERS:
        found |= import_string(path)(request.store)
    return found


@requires(MEMBER)
def nav_counts(request: StoreRequest) -> HttpResponse:
    """Answer the numbers of the side bar: what waits for this person's role."""
    counts: dict[str, int] = {}
    capped: set[str] = set()
    if Right.VIEW_ORDERS in request.rights:
        tabs, notes = tab_counts(request.store), inbox_counts(request.store, request.user)["todo"]
        counts = {"orders": tabs[OPEN_QUEUE], "aftersales": tabs["aftersales"], "notes": min(notes, COUNT_CAP)}
        capped = {"notes"} if notes > COUNT_CAP else capped
        waiting = _waiting(request)
        counts |= {key: min(count, COUNT_CAP) for key, count in waiting.items()}
        capped = capped | {key for key, count in waiting.items() if count > COUNT_CAP}
    if Right.SHIP in request.rights:
        to_scan = count_to_scan(request.store)
        counts["shipping"] = min(to_scan, FLOOR_CAP)
        capped = capped | ({"shipping"} if to_scan > FLOOR_CAP else set())
    return render(request, "components/_nav_counts.html", {"counts": counts, "capped": capped})
