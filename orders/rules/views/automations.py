from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from backoffice.common.access import Right, requires
from backoffice.common.middleware import StoreRequest
from backoffice.common.services import save_store_settings
from backoffice.common.toasts import notify
from orders.rules.automations import automations


@require_GET
@requires(Right.MANAGE_STORE)
def automation_list(request: StoreRequest) -> HttpResponse:
    """Show everything that happens without a person."""
    rows = automations(request.store, request.rights, timezone.now())
    return render(request, "rules/automation_list.html", {"rows": rows, "active_nav": "settings"})


@require_POST
@requires(Right.MANAGE_STORE)
def accept_on_payment(request: StoreRequest) -> HttpResponse:
    """Switch the acceptance on payment on or off: POST `active` = 1 or 0."""
    is_on = request.POST.get("active") == "1"
    save_store_settings(
        store=request.store, values={"accepts_on_payment": is_on}, actor=request.user, at=timezone.now()
    )
    notify(request, _("Orders are accepted on payment.") if is_on else _("Orders are no longer accepted on payment."))
    return redirect("rules:automation-list")
