"""The page of a store's connection to its platform."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from backoffice.common.access import Right, requires
from backoffice.common.jobs import create_job
from backoffice.common.middleware import StoreRequest
from backoffice.common.models import Job
from backoffice.common.toasts import notify
from orders.platforms import services
from orders.platforms.forms import ConnectionForm
from orders.platforms.models import PlatformConnection
from orders.platforms.queries import connection_of
from orders.platforms.services import PlatformActError
from orders.platforms.statuses import GATEWAYS, PULL

INVALID, CONFLICT = 422, 409


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Right.MANAGE_STORE)
def connection_page(request: StoreRequest) -> HttpResponse:
    """Show how the connection is doing; a POST saves how the store is connected."""
    connection = connection_of(request.store)
    if request.method != "POST":
        return _page(request, connection, ConnectionForm(connection))
    form = ConnectionForm(connection, request.POST)
    if not form.is_valid():
        return _page(request, connection, form, status=INVALID)
    try:
        services.save_connection(
            store=request.store, values=form.values(), actor=request.user, at=timezone.now(),
            version=form.cleaned_data["version"],
        )  # fmt: skip
    except PlatformActError as error:
        form.add_error(None, str(error))
        return _page(request, connection, form, status=CONFLICT if error.code == "version" else INVALID)
    notify(request, _("The connection was saved. Test it to see whether the platform answers."))
    return redirect("platforms:connection")


def _page(
    request: StoreRequest, connection: PlatformConnection | None, form: ConnectionForm, status: int = 200
) -> HttpResponse:
    now = timezone.now()
    context = {
        "connection": connection,
        "form": form,
        "gateways": GATEWAYS,
        "is_locked_out": connection is not None and connection.is_locked_out(now),
        "is_limited": connection is not None and connection.is_blocked(now),
        "active_nav": "settings",
    }
    return render(request, "platforms/connection.html", context, status=status)


@require_POST
@requires(Right.MANAGE_STORE)
def connection_switch(request: StoreRequest) -> HttpResponse:
    """Switch it on or off: POST `active` = 1 or 0."""
    is_active = request.POST.get("active") == "1"
    try:
        services.switch_connection(store=request.store, is_active=is_active, actor=request.user, at=timezone.now())
    except PlatformActError as error:
        notify(request, str(error), level="error")
    else:
        notify(request, _("The connection is on now.") if is_active else _("The connection is off now."))
    return redirect("platforms:connection")


@require_POST
@requires(Right.MANAGE_STORE)
def connection_test(request: StoreRequest) -> HttpResponse:
    """Ask the platform one question."""
    try:
        count = services.test_connection(store=request.store, at=timezone.now())
    except PlatformActError as error:
        notify(request, str(error), level="error")
    else:
        text = ngettext(
            "The platform answers: %(count)s order changed in the last ten minutes.",
            "The platform answers: %(count)s orders changed in the last ten minutes.",
            count,
        )
        notify(request, text % {"count": count})
    return redirect("platforms:connection")


@require_POST
@requires(Right.MANAGE_STORE)
def pull_now(request: StoreRequest) -> HttpResponse:
    """Take changes in now instead of within the minute."""
    if connection_of(request.store) is None:
        notify(request, _("This store is not connected to a platform yet."), level="error")
    elif Job.objects.for_store(request.store).active().filter(kind=PULL).exists():
        notify(request, _("Changes are being taken in already."), level="info")
    else:
        create_job(store=request.store, kind=PULL, params={}, actor=request.user, at=timezone.now())
        notify(request, _("Changes are being taken in."))
    return redirect("platforms:connection")
