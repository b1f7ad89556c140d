"""The page of what goes out to the platform."""

from django.http import Http404, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from backoffice.common.access import Right, requires
from backoffice.common.middleware import StoreRequest
from backoffice.common.toasts import notify
from backoffice.common.ui import Tab
from orders.core.models import OutboxMessage, OutboxState
from orders.platforms.queries import COUNTED, counts_of, outbox_page, sends_acts
from orders.platforms.services import PlatformActError, retry_failed, retry_message
from orders.platforms.views.outbox_rows import RowMaker


@require_GET
@requires(Right.MANAGE_STORE)
def outbox_list(request: StoreRequest) -> HttpResponse:
    """Show the messages of one state, newest first."""
    state = request.GET.get("state", "")
    state = state if state in OutboxState.values else OutboxState.PENDING.value
    page = outbox_page(request.store, state, after=_key(request, "after"), before=_key(request, "before"))
    url = f"{reverse('platforms:outbox')}?state={state}"
    context = {
        "tabs": _tabs(request, state),
        "state": state,
        "rows": RowMaker(timezone.now(), get_token(request)).rows(page.rows),
        "next_url": f"{url}&after={page.older}" if page.older else "",
        "previous_url": f"{url}&before={page.newer}" if page.newer else "",
        "is_connected": sends_acts(request.store),
        "active_nav": "settings",
    }
    return render(request, "platforms/outbox.html", context)


def _key(request: StoreRequest, name: str) -> int | None:
    """Return the id that the address names; what is none gives the first page."""
    text = request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None  # noqa: PLR2004 -- bigint


def _tabs(request: StoreRequest, current: str) -> list[Tab]:
    counts, url = counts_of(request.store), reverse("platforms:outbox")
    return [
        Tab(
            key=state.value, label=str(state.label), url=f"{url}?state={state.value}", count=counts[state],
            is_active=state == current, is_capped=counts[state] >= COUNTED,
        )
        for state in OutboxState
    ]  # fmt: skip


@require_POST
@requires(Right.MANAGE_STORE)
def outbox_retry(request: StoreRequest, pk: int) -> HttpResponse:
    try:
        message = retry_message(store=request.store, message_id=pk, at=timezone.now())
    except OutboxMessage.DoesNotExist as error:
        raise Http404 from error
    except PlatformActError as error:
        notify(request, str(error), level="error")
    else:
        notify(request, _("Order %(number)s is sent again.") % {"number": message.order.number})
    return redirect(f"{reverse('platforms:outbox')}?state=failed")


@require_POST
@requires(Right.MANAGE_STORE)
def outbox_retry_all(request: StoreRequest) -> HttpResponse:
    count = retry_failed(store=request.store, at=timezone.now())
    text = ngettext("%(count)s message is sent again.", "%(count)s messages are sent again.", count)
    notify(request, text % {"count": count})
    return redirect("platforms:outbox")
