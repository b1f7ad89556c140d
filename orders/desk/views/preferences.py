"""What a person keeps of the queue: columns and saved views."""

from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from backoffice.common.access import Right, requires
from backoffice.common.middleware import StoreRequest
from backoffice.common.toasts import notify
from orders.desk import services
from orders.desk.chips import describe, safe_query
from orders.desk.filters import PARAMETERS, order_filter
from orders.desk.forms import SavedViewForm
from orders.desk.models import SavedView
from orders.desk.queues import OPEN_QUEUE
from orders.desk.services import DeskError
from orders.desk.views.htmx import wants_partial
from orders.desk.views.order_list import INVALID, answer_list


@require_POST
@requires(Right.VIEW_ORDERS)
def order_columns(request: StoreRequest) -> HttpResponse:
    chosen = None if "reset" in request.POST else request.POST.getlist("columns")
    request.membership = services.choose_columns(membership=request.membership, columns=chosen)
    query = request.POST.get("query", "")
    if "HX-Request" in request.headers:
        return answer_list(request, QueryDict(query))
    return HttpResponseRedirect(f"{reverse('desk:order-list')}?{query}")


def _views(request: StoreRequest) -> list[SavedView]:
    mine = Q(owner=request.user) | Q(is_shared=True)
    return list(
        SavedView.objects.filter(mine, store=request.store).select_related("owner").order_by("is_shared", "name", "pk")
    )


def _kept_query(request: StoreRequest, data: QueryDict) -> tuple[str, str]:
    """Return the filter to save, a person's name or number sealed, and its words."""
    found = order_filter(request.store, data, user=request.user, now=timezone.now(), default_queue=OPEN_QUEUE)
    _ = found.qs
    query = safe_query(found)
    for name in set(query) - {*PARAMETERS, "sort"}:
        del query[name]
    return query.urlencode(), describe(found)


@requires(Right.VIEW_ORDERS)
def view_list(request: StoreRequest) -> HttpResponse:
    """Show the saved views; POST saves the current filter as one."""
    form = SavedViewForm(request.POST or None)
    query, words = _kept_query(
        request, QueryDict(request.POST.get("query", "")) if request.method == "POST" else request.GET
    )
    if request.method == "POST" and form.is_valid() and _save(request, form, query):
        return HttpResponseRedirect(f"{reverse('desk:order-list')}?{query}")
    context = {
        "views": _views(request),
        "form": form,
        "query": query,
        "words": words,
        "active_nav": "orders",
        "can_manage": Right.MANAGE_STORE in request.rights,
    }
    template = "desk/_view_menu.html" if wants_partial(request) else "desk/view_list.html"
    return render(request, template, context, status=INVALID if form.errors else 200)


def _save(request: StoreRequest, form: SavedViewForm, query: str) -> bool:
    name, is_shared = form.cleaned_data["name"], form.cleaned_data["is_shared"]
    if is_shared and not request.rights & {Right.WORK_ORDERS, Right.MANAGE_STORE, Right.SHIP, Right.EXPORT}:
        raise PermissionDenied
    try:
        services.save_view(
            store=request.store, owner=request.user, name=name, query=query, is_shared=is_shared, at=timezone.now()
        )
    except DeskError as error:
        form.add_error("name", str(error))
        return False
    notify(request, _("The view “%(name)s” was saved.") % {"name": name})
    return True


@require_POST
@requires(Right.VIEW_ORDERS)
def view_delete(request: StoreRequest, pk: int) -> HttpResponse:
    try:
        services.delete_view(
            store=request.store, view_id=pk, actor=request.user, may_manage=Right.MANAGE_STORE in request.rights
        )
    except SavedView.DoesNotExist as error:
        raise Http404 from error
    notify(request, _("The view was deleted."))
    return HttpResponseRedirect(reverse("desk:view-list"))
