"""Packing slips: one small page for each order of a batch, as it is now."""

from typing import Any

from django.db.models import Prefetch
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone

from backoffice.common.access import Right, requires
from backoffice.common.middleware import StoreRequest
from backoffice.common.models import Job, JobRow
from orders.core.models import Order, OrderLine, Wish
from orders.desk import services
from orders.desk.views.bulk import PRINT

SLIPS = 200  # on one page


@requires(Right.SHIP)
def batch_print(request: StoreRequest, pk: int) -> HttpResponse:
    """Answer with the slips of a print batch in its order, so many at a time: `after` is a place in the batch."""
    job = get_object_or_404(
        Job.objects.for_store(request.store).select_related("requested_by"), pk=pk, kind=services.KIND
    )
    if job.params.get("act") != PRINT:
        raise Http404
    after = request.GET.get("after", "0")
    start = int(after) if after.isdecimal() and len(after) < 9 else 0  # noqa: PLR2004
    rows = list(job.rows.filter(outcome=JobRow.Outcome.DONE, position__gt=start).order_by("position")[: SLIPS + 1])
    shown, has_more = rows[:SLIPS], len(rows) > SLIPS
    context = {
        "active_nav": "orders",
        "job": job,
        "slips": _slips(request, [row.data["order"] for row in shown]),
        "first": start + 1,
        "next_url": f"{request.path}?after={shown[-1].position}" if has_more else "",
        "receipt_url": reverse("desk:batch-detail", args=[job.pk]),
        "now": timezone.now(),
    }
    return render(request, "desk/batch_print.html", context)


def _slips(request: StoreRequest, order_ids: list[int]) -> list[dict[str, Any]]:
    """Read what is on the slips, with a fixed number of statements; an order that is gone has none."""
    found = (
        Order.objects.for_store(request.store)
        .filter(pk__in=order_ids)
        .select_related("recipient", "note")
        .prefetch_related(
            Prefetch("lines", OrderLine.objects.select_related("title").order_by("position", "pk")),
            Prefetch(
                "wishes",
                Wish.objects.filter(done_at__isnull=True, withdrawn_at__isnull=True).order_by("pk"),
                to_attr="open_wishes",
            ),
        )
        .in_bulk()
    )
    return [_slip(found[pk]) for pk in order_ids if pk in found]


def _slip(order: Order) -> dict[str, Any]:
    """Return an order with the lines that are to be packed: what is left of it, or all of it once it is out."""
    lines = [line for line in order.lines.all() if not (line.is_closed or line.is_given_back)]
    left = [(line, line.unshipped) for line in lines if line.unshipped]
    packed = left or [(line, line.quantity) for line in lines]
    return {
        "order": order,
        "lines": packed,
        "pieces": sum(quantity for _line, quantity in packed),
        "recipient": getattr(order, "recipient", None),
        "note": getattr(order, "note", None),
    }
