"""{% once_field %}: the hidden field that lets a form act once, however often it is sent."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from backoffice.common.once import FIELD, new_token

register = template.Library()


@register.simple_tag
def once_field() -> SafeString:
    """Return a fresh token in its field; never inside {% keep %}, which would show one token to many."""
    return format_html('<input type="hidden" name="{}" value="{}">', FIELD, new_token())
