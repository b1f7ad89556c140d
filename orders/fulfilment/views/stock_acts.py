"""What people do to the stock of one sku: each asks in a dialog, or on a page of its own without script."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from backoffice.common.access import Right, requires
from backoffice.common.middleware import StoreRequest
from backoffice.common.models import Store, User
from backoffice.common.toasts import notify
from backoffice.common.web import wants_partial
from orders.core.services import OrderError
from orders.fulfilment.models import Sku
from orders.fulfilment.services.products import SkuValues, save_sku
from orders.fulfilment.services.products.editing import MOST_KEPT
from orders.fulfilment.services.stock import count_stock, move_stock
from orders.fulfilment.services.stock.acts import MOST
from orders.fulfilment.statuses import MovementKind
from orders.fulfilment.views.stock_sku import answer_sku, find_sku_or_404

INVALID, CONFLICT = 422, 409
SKU_FRAME = "sku"  # the dialog stands on the sku's own page


class _ReasonForm(forms.Form):
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=200, required=False)


class MoveForm(_ReasonForm):
    quantity = forms.IntegerField(label=gettext_lazy("Pieces"), min_value=1, max_value=MOST)
    field_order = ("quantity", "reason")


class ScrapForm(MoveForm):
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=200)


class CorrectForm(ScrapForm):
    quantity = forms.IntegerField(
        label=gettext_lazy("Pieces more or fewer"), min_value=-MOST, max_value=MOST,
        help_text=gettext_lazy("-2 takes two pieces off what is on hand."),
    )  # fmt: skip


class CountForm(_ReasonForm):
    quantity = forms.IntegerField(label=gettext_lazy("Pieces counted"), min_value=0, max_value=MOST)
    field_order = ("quantity", "reason")


class KeepForm(forms.Form):
    location = forms.CharField(label=gettext_lazy("Shelf"), max_length=40, required=False)
    safety_stock = forms.IntegerField(
        label=gettext_lazy("Safety stock"), min_value=0, max_value=MOST_KEPT,
        help_text=gettext_lazy("With no more than this free, the sku runs low."),
    )  # fmt: skip


class Call:
    """Who does something to which sku, and when."""

    def __init__(self, store: Store, sku: Sku, actor: User, at: datetime, version: int | None) -> None:
        self.store, self.sku, self.actor, self.at, self.version = store, sku, actor, at, version

    def move(self, kind: MovementKind, values: dict[str, Any]) -> Sku:
        return move_stock(
            store=self.store, sku_id=self.sku.pk, kind=kind, quantity=values["quantity"], reason=values["reason"],
            actor=self.actor, at=self.at, version=self.version,
        )  # fmt: skip

    def count(self, values: dict[str, Any]) -> Sku:
        return count_stock(
            store=self.store, sku_id=self.sku.pk, counted=values["quantity"], reason=values["reason"],
            actor=self.actor, at=self.at, version=self.version,
        )  # fmt: skip

    def keep(self, values: dict[str, Any]) -> Sku:
        kept = SkuValues(
            product_id=self.sku.product_id, code=self.sku.code, spec=self.sku.spec, barcode=self.sku.barcode,
            needs_check=self.sku.needs_check, is_active=self.sku.is_active, **values,
        )  # fmt: skip
        return save_sku(
            store=self.store, values=kept, actor=self.actor, at=self.at, sku_id=self.sku.pk, version=self.version
        )


@dataclass(frozen=True, slots=True)
class StockAct:
    """One act on a sku: what it is called, its form, and what does it."""

    label: str | Promise
    form: type[forms.Form]
    run: Callable[[Call, dict[str, Any]], Sku]
    done: str | Promise
    needs_count: bool = True
    hint: str | Promise = ""


def _mover(kind: MovementKind) -> Callable[[Call, dict[str, Any]], Sku]:
    return lambda call, values: call.move(kind, values)


_NOW = gettext_lazy("%(sku)s: %(on_hand)s on hand, %(free)s free.")
ACTS: dict[str, StockAct] = {
    "receive": StockAct(
        gettext_lazy("Receive"), MoveForm, _mover(MovementKind.RECEIVE), _NOW,
        hint=gettext_lazy("Orders that wait for it are looked at again."),
    ),
    "count": StockAct(
        gettext_lazy("Count"), CountForm, Call.count, _NOW, needs_count=False,
        hint=gettext_lazy("Count promised pieces as well. From the first count on, orders reserve it."),
    ),
    "correct": StockAct(gettext_lazy("Correct"), CorrectForm, _mover(MovementKind.CORRECT), _NOW),
    "return": StockAct(gettext_lazy("Take back a return"), MoveForm, _mover(MovementKind.RETURN), _NOW),
    "scrap": StockAct(gettext_lazy("Scrap"), ScrapForm, _mover(MovementKind.SCRAP), _NOW),
    "keep": StockAct(
        gettext_lazy("Shelf and safety stock"), KeepForm, Call.keep, gettext_lazy("%(sku)s is kept."),
        needs_count=False,
    ),
}  # fmt: skip


@require_http_methods(["GET", "POST"])
@requires(Right.SHIP)
def sku_act(request: StoreRequest, pk: int, act: str) -> HttpResponse:
    """GET asks what the act needs, POST does it; 422 keeps what was typed, 409 shows both values."""
    chosen, sku = ACTS.get(act), find_sku_or_404(request.store, pk)
    if chosen is None:
        raise Http404
    if request.method == "GET":
        initial = {"location": sku.location, "safety_stock": sku.safety_stock}
        return _ask(request, act, sku, chosen.form(initial=initial))
    form = chosen.form(request.POST)
    if not form.is_valid():
        return _ask(request, act, sku, form, status=INVALID)
    call = Call(request.store, sku, request.user, timezone.now(), _version(request))
    try:
        saved = chosen.run(call, form.cleaned_data)
    except OrderError as error:
        return _refuse(request, act, sku, form, error)
    words = {"sku": saved.code, "on_hand": saved.on_hand, "free": saved.free}
    notify(request, str(chosen.done) % words)
    return _go_on(request, sku)


def _version(request: StoreRequest) -> int | None:
    text = request.POST.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None  # noqa: PLR2004 -- an integer column


def _refuse(request: StoreRequest, act: str, sku: Sku, form: forms.Form, error: OrderError) -> HttpResponse:
    if error.code == "version":
        return _ask(request, act, sku, form, status=CONFLICT, rows=_both(act, sku, form), text=str(error))
    form.add_error(None, str(error))
    return _ask(request, act, sku, form, status=INVALID if error.code == "field" else CONFLICT)


def _both(act: str, sku: Sku, form: forms.Form) -> list[dict[str, Any]]:
    """Return what is saved now beside what was to be saved."""
    values = form.cleaned_data
    if act == "keep":
        return [
            {"label": _("Shelf"), "theirs": sku.location or "—", "yours": values["location"] or "—"},
            {"label": _("Safety stock"), "theirs": sku.safety_stock, "yours": values["safety_stock"]},
        ]
    label = form.fields["quantity"].label
    return [
        {"label": _("On hand"), "theirs": sku.on_hand, "yours": "—"},
        {"label": label, "theirs": "—", "yours": values["quantity"]},
    ]


def _ask(
    request: StoreRequest, act: str, sku: Sku, form: forms.Form, *, status: int = 200, **conflict: Any
) -> HttpResponse:
    frame = request.POST.get("frame") or request.GET.get("frame", "")
    in_dialog = wants_partial(request)
    context = {
        "sku": sku,
        "act": act,
        "label": ACTS[act].label,
        "hint": ACTS[act].hint,
        "form": form,
        "frame": SKU_FRAME if frame == SKU_FRAME else "",
        "in_dialog": in_dialog,
        "is_uncounted": sku.counted_at is None and ACTS[act].needs_count,
        "active_nav": "stock",
        **conflict,
    }
    template = "fulfilment/_sku_act_dialog.html" if in_dialog else "fulfilment/sku_act.html"
    response = render(request, template, context, status=status)
    if in_dialog:
        response.headers["HX-Retarget"], response.headers["HX-Reswap"] = "#dialog-slot", "innerHTML"
    return response


def _go_on(request: StoreRequest, sku: Sku) -> HttpResponse:
    if not wants_partial(request):
        return HttpResponseRedirect(reverse("fulfilment:sku", args=[sku.pk]))
    if request.POST.get("frame") == SKU_FRAME:
        return answer_sku(request, find_sku_or_404(request.store, sku.pk))
    return HttpResponse(status=204, headers={"HX-Trigger": "list-changed"})
