"""The papers of a print batch: the print job that makes them has the page."""

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404

from backoffice.common.access import Right, requires
from backoffice.common.middleware import StoreRequest
from backoffice.common.models import Job
from orders.desk import services
from orders.desk.views.bulk import papers_url


@requires(Right.SHIP)
def batch_print(request: StoreRequest, pk: int) -> HttpResponse:
    """Lead from a batch to its papers."""
    job = get_object_or_404(Job.objects.for_store(request.store), pk=pk, kind=services.KIND)
    url = papers_url(job)
    if not url:
        raise Http404
    return HttpResponseRedirect(url)
