"""Ticking a second look at a line from the order's page."""

import json

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from backoffice.common.access import Right, requires
from backoffice.common.middleware import StoreRequest
from backoffice.common.toasts import notify
from backoffice.common.web import wants_partial
from orders.core.models import OrderLine
from orders.core.services import OrderError
from orders.fulfilment.services import tick_check


@require_POST
@requires(Right.SHIP)
def line_check(request: StoreRequest, pk: int, kind: str) -> HttpResponse:
    """Note that the person has looked; the order's page reads itself again."""
    line = OrderLine.objects.filter(pk=pk, order__store=request.store).select_related("order").first()
    if line is None:
        raise Http404
    try:
        check = tick_check(
            store=request.store, order_id=line.order_id, line_id=line.pk, kind=kind, actor=request.user,
            at=timezone.now(),
        )  # fmt: skip
    except OrderError as error:
        notify(request, str(error), level="warning")
    else:
        notify(request, _("Looked at: %(kind)s.") % {"kind": check.get_kind_display()})
    if wants_partial(request):
        return HttpResponse(status=204, headers={"HX-Trigger": json.dumps({"order-changed": True})})
    return HttpResponseRedirect(reverse("desk:order-detail", args=[line.order.number]))
