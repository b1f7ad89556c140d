"""The registers of complaints and violations: lists, a new entry, and one entry with its owner and outcome."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from aftersales.refunds.forms.registers import ComplaintForm, OwnForm, SettleForm, ViolationForm
from aftersales.refunds.models import Complaint, Violation
from aftersales.refunds.models.registers import Entry
from aftersales.refunds.queries import registers
from aftersales.refunds.queries.registers import REGISTER_TABS, count_entries, page_of_entries
from aftersales.refunds.services.registers import OWN, SETTLE, EntryConflict, open_complaint, open_violation
from aftersales.refunds.statuses import CaseState
from aftersales.refunds.views.register_rows import RegisterRows
from backoffice.common.access import Right, requires
from backoffice.common.middleware import StoreRequest
from backoffice.common.toasts import notify
from backoffice.common.ui import Tab
from orders.core.services import OrderError

INVALID, CONFLICT = 422, 409
_DIGITS = 9
_SHOWN = (
    "order__number", "refund__number", "owner__username", "owner__display_name", "closed_by__username",
    "closed_by__display_name",
)  # fmt: skip  # of what belongs to an entry


@dataclass(frozen=True, slots=True, kw_only=True)
class _Register:
    """One of the two registers: what differs between them."""

    name: str
    model: type[Entry]
    title: Any
    new: Any
    empty: Any
    form: Callable[..., Any]
    open: Callable[..., Entry]

    def url(self, page: str, *args: Any) -> str:
        return reverse(f"registers:{self.name}-{page}", args=args)


COMPLAINTS = _Register(
    name="complaint",
    model=Complaint,
    title=gettext_lazy("Complaints"),
    new=gettext_lazy("Record a complaint"),
    empty=gettext_lazy("What buyers complain of appears here, with whom it waits for and until when."),
    form=ComplaintForm,
    open=open_complaint,
)
VIOLATIONS = _Register(
    name="violation",
    model=Violation,
    title=gettext_lazy("Violations"),
    new=gettext_lazy("Record a violation"),
    empty=gettext_lazy("Rules that the platform says the shop broke appear here, with points and money."),
    form=ViolationForm,
    open=open_violation,
)
LABELS: Mapping[str, Any] = {
    "open": pgettext_lazy("complaint", "Open"),
    "overdue": pgettext_lazy("complaint", "Overdue"),
    "mine": pgettext_lazy("complaint", "Mine"),
    "settled": pgettext_lazy("complaint", "Settled"),
}


@require_GET
@requires(Right.VIEW_ORDERS)
def complaint_list(request: StoreRequest) -> HttpResponse:
    return _list(request, COMPLAINTS)


@require_GET
@requires(Right.VIEW_ORDERS)
def violation_list(request: StoreRequest) -> HttpResponse:
    return _list(request, VIOLATIONS)


@require_http_methods(["GET", "POST"])
@requires(Right.WORK_REFUNDS)
def complaint_new(request: StoreRequest) -> HttpResponse:
    return _new(request, COMPLAINTS)


@require_http_methods(["GET", "POST"])
@requires(Right.WORK_REFUNDS)
def violation_new(request: StoreRequest) -> HttpResponse:
    return _new(request, VIOLATIONS)


@require_http_methods(["GET", "POST"])
@requires(Right.VIEW_ORDERS)
def complaint_detail(request: StoreRequest, pk: int) -> HttpResponse:
    return _detail(request, COMPLAINTS, pk)


@require_http_methods(["GET", "POST"])
@requires(Right.VIEW_ORDERS)
def violation_detail(request: StoreRequest, pk: int) -> HttpResponse:
    return _detail(request, VIOLATIONS, pk)


# Lists


def _list(request: StoreRequest, register: _Register) -> HttpResponse:
    now, tab = timezone.now(), request.GET.get("tab", "")
    tab = tab if tab in REGISTER_TABS else REGISTER_TABS[0]
    after = request.GET.get("after", "")
    shown, following = page_of_entries(register.model, request.store, request.user, now, tab=tab, after=after)
    context = {
        "active_nav": "aftersales",
        "now": now,
        "register": register.name,
        "place": f"{register.name}s",
        "heading": register.title,
        "new_label": register.new,
        "new_url": register.url("new") if Right.WORK_REFUNDS in request.rights else "",
        "empty_text": register.empty,
        "tab": tab,
        "tabs": _tabs(request, register, tab),
        "rows": RegisterRows(register.name, now).rows(shown),
        "next_query": {"tab": tab, "after": following} if following else None,
        "list_url": register.url("list"),
    }
    return render(request, "refunds/register_list.html", context)


def _tabs(request: StoreRequest, register: _Register, chosen: str) -> list[Tab]:
    counts, path = count_entries(register.model, request.store, request.user, timezone.now()), register.url("list")
    return [
        Tab(
            key=key, label=str(LABELS[key]), url=f"{path}?tab={key}", is_active=key == chosen,
            count=min(counts[key], registers.COUNT_CAP) if key in counts else None,
            is_capped=counts.get(key, 0) > registers.COUNT_CAP,
        )
        for key in REGISTER_TABS
    ]  # fmt: skip


# New entries


def _new(request: StoreRequest, register: _Register) -> HttpResponse:
    initial = {name: request.GET.get(name, "") for name in ("order", "refund")}
    form = register.form(request.store, request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            entry = register.open(store=request.store, actor=request.user, at=timezone.now(), **form.values())
        except OrderError as error:
            form.add_error(None, str(error))
        else:
            notify(request, _("It is in the register."))
            return HttpResponseRedirect(register.url("detail", entry.pk))
    context = {
        "active_nav": "aftersales",
        "now": timezone.now(),
        "heading": register.title,
        "new_label": register.new,
        "list_url": register.url("list"),
        "form": form,
    }
    return render(request, "refunds/register_new.html", context, status=INVALID if form.errors else 200)


# One entry


def _detail(request: StoreRequest, register: _Register, pk: int) -> HttpResponse:
    """Show an entry; a POST gives it to somebody (`act=own`) or says what came of it (`act=settle`)."""
    entry = _entry(request, register, pk)
    if request.method != "POST":
        return _show(request, register, entry)
    if Right.WORK_REFUNDS not in request.rights:
        return _show(request, register, entry, problem=_("Your role does not settle complaints."), status=403)
    act = request.POST.get("act", "")
    if act not in {"own", "settle"}:
        raise Http404
    form = OwnForm(entry, request.POST) if act == "own" else SettleForm(request.POST)
    if not form.is_valid():
        return _show(request, register, entry, status=INVALID, **{f"{act}_form": form})
    return _save(request, register, entry, act, form)


def _entry(request: StoreRequest, register: _Register, pk: int) -> Entry:
    own = [field.name for field in register.model._meta.concrete_fields]  # noqa: SLF001 -- public in Django's documentation
    entries: QuerySet[Any] = QuerySet(register.model).select_related("order", "refund", "owner", "closed_by")
    entry: Entry = get_object_or_404(entries.only(*own, *_SHOWN), store=request.store, pk=pk)
    entry.store = request.store
    return entry


def _save(request: StoreRequest, register: _Register, entry: Entry, act: str, form: Any) -> HttpResponse:
    run = (OWN if act == "own" else SETTLE)[register.model]
    text = request.POST.get("version", "")
    version = int(text) if text.isascii() and text.isdigit() and len(text) <= _DIGITS else None
    values = {"entry_id": entry.pk, "version": version, **form.cleaned_data}
    try:
        run(store=request.store, actor=request.user, at=timezone.now(), **values)
    except EntryConflict as conflict:
        rows = _conflict_rows(_entry(request, register, entry.pk), form)
        extra: dict[str, Any] = {f"{act}_form": form, "problem": str(conflict), "conflict_rows": rows}
        return _show(request, register, _entry(request, register, entry.pk), status=CONFLICT, **extra)
    except OrderError as error:
        form.add_error(None, str(error))
        status = INVALID if error.code == "field" else CONFLICT
        return _show(request, register, _entry(request, register, entry.pk), status=status, **{f"{act}_form": form})
    notify(request, _("It was saved."))
    return HttpResponseRedirect(register.url("detail", entry.pk))


def _conflict_rows(entry: Entry, form: Any) -> list[dict[str, str]]:
    """Set what is saved now beside what was to be saved."""
    values = form.cleaned_data
    if "state" in values:
        yours = f"{CaseState(values['state']).label}: {values['outcome']}"
        theirs = f"{CaseState(entry.state).label}: {entry.outcome}" if entry.outcome else str(LABELS["open"])
        return [{"label": _("Outcome"), "theirs": theirs, "yours": yours}]
    yours = str(values["owner"] or _("nobody"))
    return [{"label": _("Handled by"), "theirs": str(entry.owner or _("nobody")), "yours": yours}]


def _show(request: StoreRequest, register: _Register, entry: Entry, *, status: int = 200, **extra: Any) -> HttpResponse:
    is_open, may_work = entry.state == CaseState.OPEN, Right.WORK_REFUNDS in request.rights
    context = {
        "active_nav": "aftersales",
        "now": timezone.now(),
        "register": register.name,
        "heading": register.title,
        "list_url": register.url("list"),
        "entry": entry,
        "is_open": is_open,
        "may_work": may_work and is_open,
        "own_form": OwnForm(entry),
        "settle_form": SettleForm(),
        **extra,
    }
    return render(request, "refunds/register_detail.html", context, status=status)
