"""`next` and `previous` of a list: whole addresses, or null."""

from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

from backoffice.api.authentication import ApiRequest
from backoffice.api.serializers import listed
from backoffice.common.paging import page_by_id
from orders.desk.paging import Page

PLACE = [
    OpenApiParameter("after", OpenApiTypes.STR, description="From `next`."),
    OpenApiParameter("before", OpenApiTypes.STR, description="From `previous`."),
]


class PageSerializer(serializers.Serializer[object]):
    """Base of lists; each adds its `results`."""

    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)


def page_links(request: ApiRequest, page: Page) -> dict[str, Any]:
    return {"next": _link(request, "after", page.next), "previous": _link(request, "before", page.previous)}


def _link(request: ApiRequest, name: str, cursor: str) -> str | None:
    if not cursor:
        return None
    query = request.query_params.copy()
    for other in ("after", "before"):
        query.pop(other, None)
    query[name] = cursor
    return request.build_absolute_uri(f"{request.path}?{query.urlencode()}")


def id_page(request: ApiRequest, rows: QuerySet[Any], shape: type[serializers.Serializer[Any]]) -> dict[str, Any]:
    """Return one page of a list that goes from the newest id to the oldest."""
    query = request.query_params
    assert isinstance(query, QueryDict)  # noqa: S101 # nosec B101 # for the type checker
    page = page_by_id(rows, query)
    links = {"next": page.next_url, "previous": page.previous_url}
    urls = {name: request.build_absolute_uri(f"{request.path}{url}") if url else None for name, url in links.items()}
    return {"results": listed(shape, page.rows), **urls}
