"""The papers of a print batch: the print job that makes them has the page."""

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse

from backoffice.common.access import Right, requires
from backoffice.common.middleware import StoreRequest
from backoffice.common.models import Job
from orders.desk import services
from orders.desk.views.bulk import papers_url


@requires(Right.SHIP)
def batch_print(request: StoreRequest, pk: int) -> HttpResponse:
    """Lead from a print batch to its papers; to its receipt, which says why, where none are made."""
    prints = Job.objects.for_store(request.store).filter(kind=services.KIND, params__act="print")
    job = get_object_or_404(prints, pk=pk)
    return HttpResponseRedirect(papers_url(job) or reverse("desk:batch-detail", args=[pk]))
