"""The bell: what is new for the person, all of it by day, and what they want to be told of."""

import json
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from itertools import groupby

from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from backoffice.common import queries
from backoffice.common.access import MEMBER, requires
from backoffice.common.alert_texts import AlertLine, alert_line
from backoffice.common.middleware import StoreRequest
from backoffice.common.models import Alert, AlertKind
from backoffice.common.models.alerts import ALERT_RIGHTS
from backoffice.common.paging import page_by_id
from backoffice.common.services.alerts import mark_alerts_seen, mark_at_work, save_alert_settings
from backoffice.common.toasts import notify

_PAGE, _TOASTS, _LONGEST_NUMBER = 30, 3, 18


@requires(MEMBER)
def alerts(request: StoreRequest) -> HttpResponse:
    """Answer the badge, and tell the page's script what came since it last asked (`since`, the newest id it knows).

    `away` says that nobody has touched the page for a while; `waiting`, how many new orders its list does not show yet.
    """
    if "away" not in request.GET:
        mark_at_work(membership=request.membership, at=timezone.now())
    unseen = queries.unseen_alerts(request.membership)
    since = _number(request.GET, "since")
    fresh = [] if since is None else [alert for alert in unseen if alert.pk > since]
    count = "99+" if len(unseen) > queries.UNSEEN_CAP else str(len(unseen) or "")
    news = {
        "count": count,
        "newest": max([since or 0, request.membership.alerts_seen, *(alert.pk for alert in unseen[:1])]),
        "sound": queries.alert_settings(request.membership).sound,
        "toasts": [_toast(alert_line(alert)) for alert in fresh[:_TOASTS]][::-1],
        "orders": _new_orders(fresh, _number(request.GET, "waiting") or 0),
    }
    events = {"alerts": news} | ({"counts-changed": True} if fresh else {})
    response = render(request, "common/_alert_badge.html", {"count": count, "number": len(unseen)})
    response.headers["HX-Trigger"] = json.dumps(events)
    return response


def _number(query: QueryDict, name: str) -> int | None:
    text = query.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER else None


def _toast(line: AlertLine) -> dict[str, str]:
    return {"text": line.text, "level": line.level, "link": line.url}


def _new_orders(fresh: Iterable[Alert], waiting: int) -> dict[str, object]:
    """Count the orders that an open list does not show yet, and say so."""
    count = waiting + sum(alert.count for alert in fresh if alert.kind == AlertKind.NEW_ORDERS)
    text = ngettext("%(count)s new order", "%(count)s new orders", count) % {"count": f"{count:,}"}
    return {"count": count, "text": text}


@requires(MEMBER)
def alert_list(request: StoreRequest) -> HttpResponse:
    """List what the person was told, as a page or (htmx) in the drawer; what is shown counts as looked at."""
    seen = request.membership.alerts_seen
    page = page_by_id(queries.alerts_of(request.membership), request.GET, size=_PAGE)
    if page.rows:
        mark_alerts_seen(membership=request.membership, newest=page.rows[0].pk)
    context = {
        "page": page,
        "days": _days([alert_line(alert, seen=seen) for alert in page.rows], timezone.now()),
        **_settings(request),
    }
    if "HX-Request" not in request.headers:
        return render(request, "common/alert_list.html", context)
    response = render(request, "common/_alerts.html", context | {"is_drawer": True})
    response.headers["HX-Trigger"] = "alerts-changed"
    return response


def _days(lines: Iterable[AlertLine], now: datetime) -> list[tuple[str, list[AlertLine]]]:
    today = timezone.localdate(now)
    by_day = groupby(lines, key=lambda line: timezone.localdate(line.at))
    return [(_day_label(day, today), list(group)) for day, group in by_day]


def _day_label(day: date, today: date) -> str:
    if day == today:
        return _("Today")
    if day == today - timedelta(days=1):
        return _("Yesterday")
    return f"{day:%m-%d}" if day.year == today.year else f"{day:%Y-%m-%d}"


def _settings(request: StoreRequest) -> dict[str, object]:
    chosen = queries.alert_settings(request.membership)
    kinds = [(kind.value, kind.label, kind.value not in chosen.muted) for kind in _offered(request)]
    return {"kinds": kinds, "sound": chosen.sound}


def _offered(request: StoreRequest) -> list[AlertKind]:
    """Return the kinds that somebody with these rights may ever be told of."""
    return [kind for kind in AlertKind if kind not in ALERT_RIGHTS or ALERT_RIGHTS[kind] in request.rights]


@require_POST
@requires(MEMBER)
def alert_settings(request: StoreRequest) -> HttpResponse:
    """Save the kinds that the person wants to be told of (`told`) and whether they want to hear them (`sound`)."""
    told = request.POST.getlist("told")
    muted = [kind for kind in _offered(request) if kind.value not in told]
    request.membership.preferences = save_alert_settings(
        membership=request.membership, muted=muted, sound="sound" in request.POST
    ).preferences
    if "HX-Request" not in request.headers:
        notify(request, _("Your alerts were saved."))
        return redirect("common:alert-list")
    response = render(request, "common/_alert_settings.html", _settings(request) | {"is_saved": True})
    response.headers["HX-Trigger"] = "alerts-changed"
    return response
