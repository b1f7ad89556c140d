"""{{ line.shown_spec|spec_values }}: what lies in a parcel, said as on the queue."""

from django import template

from orders.core import spec_words

register = template.Library()


@register.filter
def spec_values(spec: str | None) -> str:
    return spec_words.spec_values(spec or "")
