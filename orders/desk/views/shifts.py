"""The shift page: what a person did on a day and leaves behind, in their words too; and undoing the last minutes."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from backoffice.common.access import Right, requires
from backoffice.common.clock import business_day
from backoffice.common.middleware import StoreRequest
from backoffice.common.models import User
from backoffice.common.toasts import notify
from backoffice.common.web import wants_partial
from orders.core.models import OrderEvent
from orders.core.services import OrderError
from orders.desk.history import Change, Words
from orders.desk.queues import OPEN_QUEUE
from orders.desk.recent_acts import Recent, recent_acts, undo_act
from orders.desk.services import DeskError
from orders.desk.shift_text import changes_of, shift_text, told
from orders.desk.shifts import (
    NOTE_LENGTH,
    SHOWN,
    Shift,
    drill,
    find_person,
    kind_label,
    people_of_day,
    read_day,
    save_shift_note,
    shift_head,
    shift_of,
)
from orders.desk.views.shift_rows import ShiftLists, people_html
from orders.desk.views.workload import MAY_SEE

INVALID = 422


@requires(*MAY_SEE)
def shift_page(request: StoreRequest) -> HttpResponse:
    """Show one's own shift of today; a manager chooses the person."""
    name, today = request.GET.get("person", ""), business_day(timezone.now())
    try:
        person = find_person(store=request.store, user=request.user, rights=request.rights, username=name)
    except User.DoesNotExist as error:
        raise Http404 from error
    day, problem = read_day(request.GET.get("day", ""), today)
    return _answer(request, person, day, problem=problem)


def _answer(request: StoreRequest, person: User, day: date, *, problem: str = "", **more: Any) -> HttpResponse:
    """Show the shift: its lists come by a request of their own, or with the page for who asks for them by the link."""
    words, now = Words({}, request.store.flag_legend or {}), timezone.now()
    is_open = request.GET.get("part") == "open"
    if is_open and wants_partial(request):
        return render(request, "desk/_shift_open.html", _open_context(request, person, day, words, now))
    today, is_manager = business_day(now), Right.MANAGE_STORE in request.rights
    shift = shift_head(request.store, person, day)
    is_own, query = person.pk == request.user.pk, urlencode({"person": person.username, "day": day.isoformat()})
    context = {
        "active_nav": "orders",
        "shift": shift,
        "person": person,
        "day": day,
        "is_today": day == today,
        "is_own": is_own,
        "is_manager": is_manager,
        "problem": problem,
        "query": query,
        "now": now,
        "handled": [(row, f"?{query}&kind={row.kind}") for row in shift.handled],
        "open_url": f"{_day_url(person, day)}&part=open",
        "people": _people(request, person, day) if is_manager else "",
        "note_text": shift.note.text if shift.note else "",
        "note_length": NOTE_LENGTH,
        "may_write": is_own and (today - day).days in {0, 1},
        **_drill(request, shift, words, query),
        **_recent(request, words, shown=is_own and day == today),
        **(_open_context(request, person, day, words, now) if is_open else {}),
        **more,
    }
    return render(request, "desk/shift.html", context, status=INVALID if more.get("note_error") else 200)


def _open_context(request: StoreRequest, person: User, day: date, words: Words, now: datetime) -> dict[str, Any]:
    """Return the lists of a shift, and the text that is made of them."""
    shift = shift_of(request.store, person, day)
    changes = {event.pk: changes_of(event, words) for event in shift.exceptions}
    return {
        "shift": shift,
        "limit": SHOWN,
        "lists": _lists(shift, words, changes, now),
        "text": shift_text(request.store, shift, words, changes),
        "claims_url": f"{reverse('desk:order-list')}?queue={OPEN_QUEUE}&claimed_by={person.username}",
    }


def _lists(shift: Shift, words: Words, changes: Mapping[int, list[Change]], now: datetime) -> dict[str, SafeString]:
    lists = ShiftLists(now)
    events = [(event, words.kinds.get(event.kind, event.kind), changes[event.pk]) for event in shift.exceptions[:SHOWN]]
    return {
        "claims": lists.claims(shift.claims[:SHOWN]),
        "notes": lists.notes(shift.notes[:SHOWN]),
        "holds": lists.holds(shift.holds[:SHOWN]),
        "exceptions": lists.exceptions(events),
        "refused": lists.refused(shift.refused[:SHOWN]),
    }


def _people(request: StoreRequest, person: User, day: date) -> SafeString:
    return people_html([(one, _day_url(one.user, day)) for one in people_of_day(request.store, day)], person.pk)


def _day_url(user: User, day: date) -> str:
    return f"{reverse('desk:shift')}?{urlencode({'person': user.username, 'day': day.isoformat()})}"


def _drill(request: StoreRequest, shift: Shift, words: Words, query: str) -> dict[str, Any]:
    """Return one page of the orders behind a count."""
    kind = request.GET.get("kind", "")
    if kind not in {row.kind for row in shift.handled}:
        return {}
    cursors = {name: request.GET.get(name, "") for name in ("after", "before")}
    events, after, before = drill(request.store, shift.person, shift.day, kind, **cursors)
    base = f"?{query}&kind={kind}"
    return {
        "kind": kind,
        "kind_label": kind_label(kind),
        "drilled": [(event, changes_of(event, words)) for event in events],
        "next_url": f"{base}&{urlencode({'after': after})}#drill" if after else "",
        "previous_url": f"{base}&{urlencode({'before': before})}#drill" if before else "",
    }


def _recent(request: StoreRequest, words: Words, *, shown: bool) -> dict[str, Any]:
    if not shown:
        return {"recent": None}
    recent: Recent = recent_acts(request.store, request.user, request.rights, timezone.now())
    lines = [(act, " · ".join(told(event, words) for event in act.events)) for act in recent.acts]
    return {"recent": recent, "recent_acts": lines}


@require_POST
@requires(*MAY_SEE)
def shift_note(request: StoreRequest) -> HttpResponse:
    """Save one's own words for the next shift."""
    text = request.POST.get("text", "")
    day, problem = read_day(request.POST.get("day", ""), business_day(timezone.now()))
    try:
        if not problem:
            save_shift_note(store=request.store, actor=request.user, day=day, text=text, at=timezone.now())
    except DeskError as error:
        problem = str(error)
    if problem:
        return _answer(request, request.user, day, note_text=text[: 2 * NOTE_LENGTH], note_error=problem)
    notify(request, _("The next shift reads your note."))
    return HttpResponseRedirect(_day_url(request.user, day))


@require_POST
@requires(*MAY_SEE)
def act_undo(request: StoreRequest, pk: int) -> HttpResponse:
    """Take back one act of one's own, or say why not."""
    try:
        order = undo_act(
            store=request.store, event_id=pk, actor=request.user, rights=request.rights, at=timezone.now()
        )  # fmt: skip
    except OrderEvent.DoesNotExist as error:
        raise Http404 from error
    except OrderError as error:
        notify(request, _("Not undone: %(reason)s") % {"reason": error}, level="warning")
    else:
        notify(request, _("Order %(number)s is as it was.") % {"number": order.number})
    if wants_partial(request):
        return HttpResponse(status=204, headers={"HX-Trigger": "list-changed"})
    return HttpResponseRedirect(reverse("desk:shift"))
