"""The note inbox: one view for the page and for its list, which htmx asks for."""

from functools import cache, cached_property, lru_cache, partial
from typing import Any

from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.functional import SimpleLazyObject
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy, pgettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from backoffice.common.access import Right, requires
from backoffice.common.middleware import StoreRequest
from backoffice.common.quick_html import NOTHING, fill, joined
from backoffice.common.ui import Tab
from backoffice.common.web import wants_partial
from orders.notes.filters import NoteFilter
from orders.notes.models import BuyerNote
from orders.notes.queries import (
    COUNT_CAP,
    NoteCursorError,
    NotePage,
    Row,
    count_inbox,
    inbox_counts,
    inbox_rows,
    lines_of_orders,
    note_by_number,
    note_handlers,
)
from orders.notes.queries.finding import Wanted, remember_many
from orders.notes.statuses import BuyerNoteState, NoteType
from orders.notes.views.rows import NoteRowMaker

INVALID = 422
FREE_WORDS = {"text", "product"}
SELECTED = SafeString(" selected")
LABELS = {
    "todo": pgettext_lazy("notes", "To do"),
    "mine": pgettext_lazy("notes", "Mine"),
    "unread": BuyerNoteState.UNREAD.label,
    "needs_info": BuyerNoteState.NEEDS_INFO.label,
    "manual": BuyerNoteState.MANUAL.label,
    "recognised": BuyerNoteState.RECOGNISED.label,
    "changed_after_print": gettext_lazy("Changed after printing"),
    "handled": pgettext_lazy("notes", "Handled"),
    "all": gettext_lazy("All"),
}  # in the order of the tabs
EMPTY = {
    "todo": gettext_lazy("Notes of orders that wait for shipment appear here, the most urgent first."),
    "mine": gettext_lazy("Notes that you take, or that a manager gives you, appear here."),
    "unread": gettext_lazy("The rules have read every note."),
    "needs_info": gettext_lazy("Notes that lack something, such as the text to engrave, appear here."),
    "manual": gettext_lazy("Notes that no rule understands, or that contradict themselves, appear here."),
    "recognised": gettext_lazy("Notes that the rules understand wait here to be confirmed."),
    "changed_after_print": gettext_lazy("Notes that the buyer changed after the papers were printed appear here."),
    "handled": gettext_lazy("Notes that were confirmed or declined appear here, the latest first."),
    "all": gettext_lazy("Notes come with the orders that are imported."),
}


@require_GET
@requires(Right.VIEW_ORDERS)
def note_list(request: StoreRequest) -> HttpResponse:
    return answer_list(request, request.GET)


def answer_list(request: StoreRequest, data: QueryDict) -> HttpResponse:
    """Answer with the list of a query: the page, or `#list` alone for htmx. Acts answer with it as well."""
    found = NoteFilter(data, store=request.store)
    has_errors = not found.is_valid()
    page, problem = _page(request, found)
    context = {
        **_frame_context(request, found),
        **_rows_context(request, found, page),
        "problem": problem,
        "errors": found.errors,
    }
    template = "notes/_note_list.html" if wants_partial(request) else "notes/note_list.html"
    response = render(request, template, context, status=INVALID if has_errors else 200)
    patch_vary_headers(response, ["HX-Request"])
    return response


@require_GET
@requires(Right.VIEW_ORDERS)
def note_pane(request: StoreRequest, number: str) -> HttpResponse:
    """Answer with the frame of the note's card, which then asks for the card; without script go to the order."""
    try:
        note = note_by_number(request.store, number)
    except BuyerNote.DoesNotExist as error:
        raise Http404 from error
    if not wants_partial(request):
        return redirect("desk:order-detail", number)
    return render(request, "notes/_note_pane.html", {"note": note, "order": note.order})


@cache
def _path() -> str:
    """Return the inbox's address, looked up once: the page asks for it several times."""
    return reverse("notes:note-list")


def _page(request: StoreRequest, found: NoteFilter) -> tuple[NotePage[Row], str]:
    if found.errors:
        return NotePage([]), ""
    where, whole = found.where, found.found.count
    read = partial(inbox_rows, request.store, request.user, tab=found.shown_tab, where=where, whole=whole)
    try:
        return read(after=found.data.get("after", ""), before=found.data.get("before", "")), ""
    except NoteCursorError:
        return read(), _("That place in the list is gone; this is its first page.")


def _frame_context(request: StoreRequest, found: NoteFilter) -> dict[str, Any]:
    """Return what stands round the rows."""
    path = _path()
    colleagues = note_handlers(request.store) if Right.MANAGE_STORE in request.rights else []
    return {
        "active_nav": "notes",
        "now": timezone.now(),
        "list_path": path,
        "kept": None if found.errors or FREE_WORDS & set(found.values) else "",  # for {% keep %}: what was typed is not
        "chips": found.chips(path),
        "clear_url": f"{path}?tab={found.shown_tab}",
        "query_string": found.query(),
        "tab": found.shown_tab,
        "empty_text": EMPTY[found.shown_tab],
        "may_work": Right.WORK_ORDERS in request.rights,
        "panel": SimpleLazyObject(lambda: FilterPanel(found)),
        "colleagues": colleagues,
        "colleague_names": [f"{user.pk} {user}" for user in colleagues],  # for {% keep %}
    }


_WORDS = (
    '<div class="field {0}"><label class="field-label" for="f-{1}">{2}<span class="optional">{3}</span></label>'
    '<input type="text" name="{1}" value="{4}" maxlength="200" {5} id="f-{1}">{6}</div>'
)
_INVALID_WORDS = 'aria-invalid="true" aria-describedby="f-{}_error"'
_PROBLEM = '<p class="field-error" {}><span class="i i-alert" aria-hidden="true"></span>{}</p>'


class FilterPanel:
    """What the fields of the filter show: what was typed, and why it cannot be read."""

    def __init__(self, found: NoteFilter) -> None:
        self.received_from, self.received_to = (found.data.get(name, "") for name in ("received_from", "received_to"))
        self.kind = found.data.get("kind", "")
        self.kept = None if found.errors else ""  # for {% keep %}
        self.words = joined("{}", [(_words_field(found, name),) for name in ("text", "product")])

    @cached_property
    def kinds(self) -> SafeString:
        return _kind_options(get_language(), self.kind)


def _words_field(found: NoteFilter, name: str) -> SafeString:
    problems = found.errors.get(name, ())
    return fill(
        _WORDS,
        "has-error" if problems else "",
        name,
        found.fields[name].label,
        _("optional"),
        found.data.get(name, ""),
        fill(_INVALID_WORDS, name) if problems else NOTHING,
        joined(_PROBLEM, [("" if n else fill('id="f-{}_error"', name), text) for n, text in enumerate(problems)]),
    )


@lru_cache(maxsize=64)
def _kind_options(_language: str | None, chosen: str) -> SafeString:
    """Return the options of a language, which is in force."""
    choices = [("", _("all types")), *NoteType.choices]
    return joined(
        '<option value="{}"{}>{}</option>',
        [(value, SELECTED if value == chosen else "", label) for value, label in choices],
    )


def _rows_context(request: StoreRequest, found: NoteFilter, page: NotePage[Row]) -> dict[str, Any]:
    counts = inbox_counts(request.store, request.user)
    total = _total(request, found, page, counts)
    lines = lines_of_orders([row["order_id"] for row in page.rows])
    return {
        "rows": NoteRowMaker(timezone.now(), lines).rows(page.rows),
        "next_url": _place(found, "after", page.next),
        "previous_url": _place(found, "before", page.previous),
        "reload_url": f"{_path()}?{_with(found, **_here(found))}",
        "tabs": _tabs(found, counts),
        "total": min(total, COUNT_CAP),
        "is_capped": total > COUNT_CAP,
    }


def _total(request: StoreRequest, found: NoteFilter, page: NotePage[Row], counts: dict[str, int]) -> int:
    """Return how many notes the list has, counted only where neither the tab nor the page says it."""
    if found.errors:
        return 0
    if not (page.next or page.previous):
        return len(page.rows)
    if not found.values and found.shown_tab in counts:
        return counts[found.shown_tab]
    if found.found.count is not None:
        return found.found.count
    count = count_inbox(request.store, request.user, tab=found.shown_tab, where=found.where)
    if count > COUNT_CAP:
        remember_many(request.store, Wanted(**found.values), tab=found.shown_tab)
    return count


def _here(found: NoteFilter) -> dict[str, str]:
    return {name: value for name in ("after", "before") if (value := found.data.get(name, ""))}


def _with(found: NoteFilter, **place: str) -> str:
    query = QueryDict(found.query(), mutable=True)
    query.update(place)
    return query.urlencode()


def _place(found: NoteFilter, name: str, cursor: str) -> str:
    return f"{_path()}?{_with(found, **{name: cursor})}" if cursor else ""


def _tabs(found: NoteFilter, counts: dict[str, int]) -> list[Tab]:
    """Return the tabs; their links keep the filter, their counts are of the whole tab."""
    path = _path()
    return [
        Tab(
            key=key,
            label=str(label),
            url=f"{path}?{found.query(tab=key)}",
            count=min(counts[key], COUNT_CAP) if key in counts else None,
            is_capped=counts.get(key, 0) > COUNT_CAP,
            is_active=key == found.shown_tab,
        )
        for key, label in LABELS.items()
    ]
