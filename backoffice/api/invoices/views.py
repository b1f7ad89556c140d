from collections.abc import Callable
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response
from rest_framework.views import APIView

from backoffice.api.authentication import ApiRequest
from backoffice.api.idempotency import once
from backoffice.api.invoices import serializers as shapes
from backoffice.api.paging import PLACE, page_links
from backoffice.api.permissions import operation
from backoffice.api.refusals import Refusal
from backoffice.api.schema import REFUSALS
from backoffice.api.serializers import listed, read_values
from backoffice.common.access import Right
from backoffice.common.models.tokens import Scope
from orders.core.models import Order
from orders.core.statuses import EventSource
from orders.desk.paging import Page
from orders.fulfilment.models import InvoiceRequest
from orders.fulfilment.queries.invoices import MARKS, InvoiceFilter, invoice_page, invoices
from orders.fulfilment.queries.tracking import PlaceError
from orders.fulfilment.services.invoices import (
    change_invoice,
    issue_invoice,
    mail_invoice,
    request_invoice,
    void_invoice,
)
from orders.fulfilment.statuses import InvoiceState

_READ = operation(Scope.ORDERS_READ, Right.VIEW_ORDERS)
_WORK = operation(Scope.ORDERS_WRITE, Right.WORK_ORDERS)
_ACT = operation(Scope.ORDERS_WRITE, Right.WORK_ORDERS, Right.EXPORT)
_QUERY = [
    OpenApiParameter("state", OpenApiTypes.STR, enum=InvoiceState.values, description="Without it `pending`."),
    OpenApiParameter("kind", OpenApiTypes.STR, enum=InvoiceRequest.Kind.values),
    OpenApiParameter("mark", OpenApiTypes.STR, enum=list(MARKS)),
    OpenApiParameter(
        "q", {"type": "string", "maxLength": 120}, description="An order or invoice number, or a piece of the title."
    ),
    *PLACE,
]


class InvoiceListView(APIView):
    @extend_schema(
        operation_id="invoices_list", parameters=_QUERY, responses={200: shapes.InvoicePageSerializer, **REFUSALS},
        summary="Invoices of one state: those that wait by deadline, the others the newest first",
    )  # fmt: skip
    @_READ
    def get(self, request: ApiRequest) -> Response:
        query, now = _read_query(request), timezone.now()
        found = InvoiceFilter(
            state=query.get("state", InvoiceState.PENDING.value), kind=query.get("kind", ""),
            mark=query.get("mark", ""), q=query.get("q", "").strip(),
        )  # fmt: skip
        try:
            page = invoice_page(
                request.store, found, now=now, after=query.get("after", ""), before=query.get("before", "")
            )
        except PlaceError as error:
            raise Refusal(_("The cursor is damaged or belongs to another list."), "cursor") from error
        links = page_links(request, Page(rows=[], next=page.next, previous=page.previous))
        return Response({"results": listed(shapes.InvoiceSerializer, page.rows), **links})

    @extend_schema(
        operation_id="invoices_request", request=shapes.InvoiceInputSerializer,
        responses={201: shapes.InvoiceSerializer, **REFUSALS},
        summary="Put an order's invoice into the queue; what a company still has to tell is marked, not refused",
    )  # fmt: skip
    @_WORK
    def post(self, request: ApiRequest) -> Response:
        values = read_values(shapes.InvoiceInputSerializer, request)
        return once(request, lambda: _request(request, values))


def _read_query(request: ApiRequest) -> dict[str, str]:
    """Refuse what the list is not narrowed by, and values that it does not have."""
    choices = {parameter.name: parameter.enum for parameter in _QUERY}
    for name, value in request.GET.items():
        if name not in choices:
            raise ValidationError({name[:40]: [_("The list is not narrowed by this.")]})
        if (choices[name] and value not in (choices[name] or ())) or "\0" in value or len(value) > 120:  # noqa: PLR2004
            raise ValidationError({name: [_("The list does not know this value.")]})
    return {name: str(value) for name, value in request.GET.items()}


def _request(request: ApiRequest, values: dict[str, Any]) -> Response:
    order_id = Order.objects.for_store(request.store).values_list("pk", flat=True).get(number=values.pop("order"))
    made = request_invoice(order_id=order_id, **_call(request), **values)
    return Response(_shown(request, made.pk), status=status.HTTP_201_CREATED)


def _call(request: ApiRequest) -> dict[str, Any]:
    return {"store": request.store, "actor": request.user, "at": timezone.now(), "source": EventSource.API}


def _shown(request: ApiRequest, pk: int) -> Any:
    return shapes.InvoiceSerializer(invoices(request.store).get(pk=pk)).data


def act_view(
    name: str, service: Callable[..., Any], shape: type[serializers.Serializer[Any]], may: Any, summary: str
) -> type[APIView]:
    """Make the view of `POST invoices/{id}/<name>/`."""

    class ActView(APIView):
        @extend_schema(
            operation_id=f"invoices_{name}", request=shape, responses={200: shapes.InvoiceSerializer, **REFUSALS},
            summary=summary,
        )  # fmt: skip
        @may
        def post(self, request: ApiRequest, pk: int) -> Response:
            values = read_values(shape, request)

            def answer() -> Response:
                service(invoice_id=pk, **_call(request), **values)
                return Response(_shown(request, pk))

            return once(request, answer)

    return ActView


ACT_VIEWS = {
    "change": act_view(
        "change", change_invoice, shapes.InvoiceChangeSerializer, _WORK, "Change a request that waits: all of it anew"
    ),
    "issue": act_view(
        "issue", issue_invoice, shapes.InvoiceIssueSerializer, _ACT,
        "Record the issued invoice; refunds since are taken off its amount",
    ),
    "mail": act_view("mail", mail_invoice, shapes.InvoiceMailSerializer, _ACT, "Record that it was mailed"),
    "void": act_view(
        "void", void_invoice, shapes.InvoiceVoidSerializer, _ACT,
        "Take an invoice back: to issue it again, which makes a new request, or after a refund in full",
    ),
}  # fmt: skip
