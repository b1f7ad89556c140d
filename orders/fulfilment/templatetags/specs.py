"""Words of parcels: {{ line.shown_spec|spec_values }} as on the queue, {{ parcel.courier|courier_name }} for a code."""

from django import template

from orders.core import spec_words
from orders.fulfilment import couriers

register = template.Library()


@register.filter
def spec_values(spec: str | None) -> str:
    return spec_words.spec_values(spec or "")


@register.filter
def courier_name(code: str | None) -> str:
    return couriers.courier_name(code or "")
