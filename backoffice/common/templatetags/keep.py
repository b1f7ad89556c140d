"""{% keep "name" value … %}: parts of pages that depend on a few values only, rendered once for them."""

from collections.abc import Iterable
from typing import Any

from django import template
from django.template.base import FilterExpression, NodeList, Parser, Token
from django.utils.safestring import SafeString
from django.utils.translation import get_language

register = template.Library()

_MOST = 400  # parts; then it starts afresh
_CSRF = "csrf-token-of-this-request"
_kept: dict[tuple[object, ...], str] = {}


class KeepNode(template.Node):
    """Keeps what stands inside for each language and each combination of the values; the CSRF token stays fresh."""

    child_nodelists = ("nodelist",)

    def __init__(self, nodelist: NodeList, values: list[FilterExpression]) -> None:
        self.nodelist, self.values = nodelist, values

    def render(self, context: template.Context) -> SafeString:
        values = [value.resolve(context) for value in self.values]
        if None in values:
            return self.nodelist.render(context)
        key = (get_language(), *map(_key, values))
        text = _kept.get(key)
        if text is None:
            with context.push(csrf_token=_CSRF):
                text = self.nodelist.render(context)
            if len(_kept) >= _MOST:
                _kept.clear()
            _kept[key] = text
        if _CSRF in text:
            text = text.replace(_CSRF, str(context.get("csrf_token", "")))
        return SafeString(text)  # nosec B308 B703 # rendered by the template above


def _key(value: Any) -> object:
    if isinstance(value, str):
        return str(value)
    if isinstance(value, (set, frozenset)):
        return tuple(sorted(map(str, value)))
    return tuple(map(_key, value)) if isinstance(value, Iterable) else str(value)


@register.tag
def keep(parser: Parser, token: Token) -> KeepNode:
    """Parse `{% keep "name" value … %}`: the name must be unique, the values all that the part depends on.

    A value of None says that this one is not to be kept.
    """
    _tag, *words = token.split_contents()
    nodelist = parser.parse(("endkeep",))
    parser.delete_first_token()
    return KeepNode(nodelist, [parser.compile_filter(word) for word in words])
