"""What the shop holds to in after-sales."""

from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from aftersales.refunds.forms.policy import PolicyForm
from aftersales.refunds.models import RefundPolicy
from aftersales.refunds.services import policy_of
from aftersales.refunds.services.policy import PolicyConflict, save_policy
from backoffice.common.access import Right, requires
from backoffice.common.middleware import StoreRequest
from backoffice.common.toasts import notify

INVALID, CONFLICT = 422, 409
_DIGITS = 9


@require_http_methods(["GET", "POST"])
@requires(Right.MANAGE_STORE)
def policy_settings(request: StoreRequest) -> HttpResponse:
    policy = policy_of(request.store)
    form = PolicyForm(policy, request.POST if request.method == "POST" else None)
    if request.method != "POST" or not form.is_valid():
        return _page(request, form, policy, status=INVALID if form.errors else 200)
    text = request.POST.get("version", "")
    version = int(text) if text.isascii() and text.isdigit() and len(text) <= _DIGITS else None
    try:
        save_policy(
            store=request.store, values=form.cleaned_data, actor=request.user, at=timezone.now(), version=version
        )
    except PolicyConflict as conflict:
        rows = _conflict_rows(conflict.policy, form)
        return _page(request, form, conflict.policy, status=CONFLICT, problem=str(conflict), conflict_rows=rows)
    notify(request, _("What the shop holds to in after-sales was saved."))
    return HttpResponseRedirect(reverse("aftersales_settings:policy"))


def _conflict_rows(policy: RefundPolicy, form: PolicyForm) -> list[dict[str, Any]]:
    """Return what differs between what is saved now and what was to be saved."""
    pairs = [(name, getattr(policy, name), value) for name, value in form.cleaned_data.items()]
    return [
        {"label": form.fields[name].label, "theirs": _shown(theirs), "yours": _shown(yours)}
        for name, theirs, yours in pairs
        if theirs != yours
    ]


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return _("on") if value else _("off")
    return " · ".join(value) if isinstance(value, list) else str(value)


def _page(
    request: StoreRequest, form: PolicyForm, policy: RefundPolicy, *, status: int = 200, **extra: Any
) -> HttpResponse:
    context = {"active_nav": "settings", "now": timezone.now(), "form": form, "policy": policy, **extra}
    return render(request, "refunds/settings.html", context, status=status)
