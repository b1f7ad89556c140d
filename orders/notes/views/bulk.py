"""Acts on selected notes, and taking the next ones; each answers with the list."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from backoffice.common.access import Right, requires
from backoffice.common.display import listed
from backoffice.common.middleware import StoreRequest
from backoffice.common.models import User
from backoffice.common.toasts import notify
from orders.core.services import OrderError
from orders.notes.filters import NoteFilter
from orders.notes.models import BuyerNote
from orders.notes.queries import inbox_order_ids, note_handlers
from orders.notes.services import NoteError, assign_note, hand_over_note, take_next_notes
from orders.notes.views.inbox import answer_list

MOST_AT_ONCE = 500
SHOWN_REASONS = 3


@dataclass(frozen=True, slots=True)
class _Act:
    """What is done to each order's note, and what the toast says of so many."""

    run: Callable[..., Any]
    says: Callable[[int], str]


@require_POST
@requires(Right.WORK_ORDERS)
def note_bulk(request: StoreRequest) -> HttpResponse:
    """Do one act to the selected notes, or to all of the filter; each is done or refused by itself."""
    try:
        act = _act(request)
        order_ids = _selection(request)
    except NoteError as error:
        return _refuse(request, str(error))
    done, refusals = 0, list[str]()
    for order_id in order_ids:
        try:
            act.run(store=request.store, order_id=order_id, actor=request.user, at=timezone.now())
            done += 1
        except OrderError as error:
            refusals.append(str(error))
    _tell(request, act, done, refusals)
    return _back(request)


def _act(request: StoreRequest) -> _Act:
    """Read what to do: take, give_back, assign:<person> or manual with its reason.

    Raises:
        NoteError: it is none of these, or it lacks something.
        PermissionDenied: the role does not include it.
    """
    name, _colon, value = request.POST.get("act", "").partition(":")
    if name == "take":
        return _Act(partial(assign_note, assignee=request.user), _taken)
    if name == "give_back":
        return _Act(partial(assign_note, assignee=None), _given_back)
    if name == "assign":
        return _assigning(request, value)
    if name == "manual":
        return _Act(partial(hand_over_note, reason=request.POST.get("reason", "")), _handed_over)
    raise NoteError(_("Choose what to do with the selected notes."))


def _assigning(request: StoreRequest, value: str) -> _Act:
    if Right.MANAGE_STORE not in request.rights:
        raise PermissionDenied(_("Only a manager of the store gives notes to colleagues."))
    person = next((user for user in note_handlers(request.store) if str(user.pk) == value), None)
    if person is None:
        raise NoteError(_("Choose the colleague who shall handle the notes."), "field")
    return _Act(partial(assign_note, assignee=person), partial(_assigned, person))


def _taken(count: int) -> str:
    return ngettext("%(count)s note is yours.", "%(count)s notes are yours.", count) % {"count": count}


def _given_back(count: int) -> str:
    text = ngettext("%(count)s note is nobody's again.", "%(count)s notes are nobody's again.", count)
    return text % {"count": count}


def _assigned(person: User, count: int) -> str:
    text = ngettext("%(who)s has %(count)s note more.", "%(who)s has %(count)s notes more.", count)
    return text % {"who": person, "count": count}


def _handed_over(count: int) -> str:
    return ngettext("%(count)s note waits for a person.", "%(count)s notes wait for a person.", count) % {
        "count": count
    }


def _selection(request: StoreRequest) -> list[int]:
    """Return the orders of the selected notes of this store: those ticked, or all of the filter as it was shown.

    Raises:
        NoteError: nothing is selected, too much is, or the filter cannot be read.
    """
    if request.POST.get("_all"):
        ids = _all_of_filter(request)
    else:
        texts = request.POST.getlist("selected")
        chosen = [int(text) for text in texts if text.isascii() and text.isdecimal() and len(text) < 18]  # noqa: PLR2004
        notes = BuyerNote.objects.for_store(request.store).filter(pk__in=chosen[: MOST_AT_ONCE + 1])
        ids = list(notes.order_by("order_id").values_list("order_id", flat=True))
    if not ids:
        raise NoteError(_("No note is selected."))
    if len(ids) > MOST_AT_ONCE:
        text = _("That is more than %(count)s notes. Narrow the filter and go in steps.")
        raise NoteError(text % {"count": MOST_AT_ONCE})
    return ids


def _all_of_filter(request: StoreRequest) -> list[int]:
    found = NoteFilter(QueryDict(request.POST.get("query", "")), store=request.store)
    if not found.is_valid():
        raise NoteError(_("The filter could not be read, so nothing was changed."))
    return inbox_order_ids(request.store, request.user, tab=found.shown_tab, where=found.where, limit=MOST_AT_ONCE + 1)


def _tell(request: StoreRequest, act: _Act, done: int, refusals: list[str]) -> None:
    reasons = listed(list(dict.fromkeys(refusals))[:SHOWN_REASONS])
    if not done:
        return notify(request, _("Nothing was changed: %(reasons)s") % {"reasons": reasons}, level="warning")
    text = act.says(done)
    if refusals:
        left = ngettext("%(count)s was left out: %(reasons)s", "%(count)s were left out: %(reasons)s", len(refusals))
        text = f"{text} {left % {'count': len(refusals), 'reasons': reasons}}"
    return notify(request, text, level="warning" if refusals else "success")


@require_POST
@requires(Right.WORK_ORDERS)
def take_next(request: StoreRequest) -> HttpResponse:
    """Give the person the most urgent notes that nobody has, and show theirs."""
    try:
        notes = take_next_notes(store=request.store, actor=request.user, at=timezone.now())
    except NoteError as error:
        return _refuse(request, str(error))
    if not notes:
        return _refuse(request, _("No note is left that waits and is nobody's."))
    notify(request, _taken(len(notes)))
    url = f"{reverse('notes:note-list')}?tab=mine"
    if "HX-Request" not in request.headers:
        return HttpResponseRedirect(url)
    response = answer_list(request, QueryDict("tab=mine"))
    response.headers["HX-Push-Url"] = url
    response.headers["HX-Trigger"] = "counts-changed"
    return response


def _refuse(request: StoreRequest, sentence: str) -> HttpResponse:
    notify(request, sentence, level="warning")
    return _back(request)


def _back(request: StoreRequest) -> HttpResponse:
    """Answer with the list that the person looks at, on its page."""
    current = urlsplit(request.headers.get("HX-Current-URL", ""))
    path = reverse("notes:note-list")
    query = current.query if current.path == path else request.POST.get("query", "")
    if "HX-Request" not in request.headers:
        return HttpResponseRedirect(f"{path}?{QueryDict(query).urlencode()}")
    response = answer_list(request, QueryDict(query))
    response.headers["HX-Trigger"] = "counts-changed"
    return response
