"""The query parameters of the order list as the schema shows them: read off the filter, so that they cannot differ."""

from typing import Any

import django_filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter

from backoffice.api.paging import PLACE
from orders.desk.filters import DATE_FIELDS, PARAMETERS, SEVERAL, OrderFilter
from orders.desk.paging import SORT_COLUMNS

_AMOUNT = {"type": "string", "pattern": r"^[0-9]{1,10}(\.[0-9]{1,2})?$"}
_KINDS: dict[str, Any] = {
    **dict.fromkeys(DATE_FIELDS, OpenApiTypes.DATE), "amount_min": _AMOUNT, "amount_max": _AMOUNT,
    "q": {"type": "string", "maxLength": 900}, "flag": OpenApiTypes.INT, "hour": OpenApiTypes.INT,
}  # fmt: skip


def _parameter(name: str, choice: django_filters.Filter) -> OpenApiParameter:
    values = [value for value, _label in choice.extra.get("choices", ())]
    return OpenApiParameter(
        name, _KINDS.get(name, OpenApiTypes.STR), many=name in SEVERAL, enum=values or None,
        description="A repeated key means OR." if name in SEVERAL else "",
    )  # fmt: skip


_SORTS = [f"{dash}{name}" for name in SORT_COLUMNS for dash in ("", "-")]
QUERY = [
    *(_parameter(name, OrderFilter.base_filters[name]) for name in PARAMETERS),
    OpenApiParameter("sort", OpenApiTypes.STR, enum=_SORTS),
    *PLACE,
    OpenApiParameter("view", OpenApiTypes.STR, description="Name or id of a saved view of the token's owner."),
]
