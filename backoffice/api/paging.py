"""`next` and `previous` of a list: whole addresses, or null."""

from typing import Any

from backoffice.api.authentication import ApiRequest
from orders.desk.paging import Page


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
