"""The store's own settings, its API tokens and its audit trail."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from backoffice.common import services
from backoffice.common.access import MEMBER, Right, requires
from backoffice.common.forms import StoreForm, TokenForm
from backoffice.common.middleware import StoreRequest
from backoffice.common.models import ApiToken, AuditEntry
from backoffice.common.paging import page_by_id
from backoffice.common.templatetags.labels import AUDIT_ACTIONS
from backoffice.common.toasts import notify


@requires(Right.MANAGE_STORE)
def store_settings(request: StoreRequest) -> HttpResponse:
    form = StoreForm(request.POST if request.method == "POST" else None, instance=request.store)
    if request.method == "POST" and form.is_valid():
        services.save_store_settings(store=request.store, values=form.values(), actor=request.user, at=timezone.now())
        notify(request, _("The settings of %(store)s were saved.") % {"store": request.store.name})
        return redirect("common:settings")
    context = {"form": form, "active_nav": "settings"}
    return render(request, "common/store_settings.html", context, status=422 if form.errors else 200)


@requires(MEMBER)
def token_list(request: StoreRequest) -> HttpResponse:
    """Show a person's own keys; a new one is shown once, in the answer to the POST that made it."""
    form, clear_text = TokenForm(request.POST if request.method == "POST" else None), ""
    if request.method == "POST" and form.is_valid():
        try:
            _token, clear_text = services.create_token(
                store=request.store, owner=request.user, actor=request.user, at=timezone.now(), **form.cleaned_data
            )
            form = TokenForm()
        except services.TokenError as error:
            form.add_error(None, str(error))
    tokens = ApiToken.objects.filter(store=request.store, owner=request.user).order_by("revoked_at", "-pk")
    context = {
        "form": form,
        "tokens": tokens,
        "clear_text": clear_text,
        "now": timezone.now(),
        "active_nav": "settings",
    }
    return render(request, "common/token_list.html", context, status=422 if form.errors else 200)


@require_POST
@requires(MEMBER)
def token_revoke(request: StoreRequest, pk: int) -> HttpResponse:
    token = get_object_or_404(ApiToken, pk=pk, store=request.store, owner=request.user)
    services.revoke_token(token=token, actor=request.user, at=timezone.now())
    notify(request, _("The key %(prefix)s no longer works.") % {"prefix": token.prefix})
    return redirect("common:token-list")


@requires(Right.MANAGE_STORE)
def audit_list(request: StoreRequest) -> HttpResponse:
    """Who did what of access and administration, and who saw which buyer's data; filtered by action and person."""
    entries = AuditEntry.objects.filter(store=request.store)
    action, person = (request.GET.get(name, "").replace("\0", "") for name in ("action", "person"))
    if action:
        entries = entries.filter(action=action)
    if person:
        entries = entries.filter(actor__username=person)
    context = {
        "page": page_by_id(entries, request.GET),
        "actions": list(AUDIT_ACTIONS),
        "action": action,
        "person": person,
        "people": list(request.store.memberships.order_by("user__username").values_list("user__username", flat=True)),
        "active_nav": "settings",
    }
    return render(request, "common/audit_list.html", context)
