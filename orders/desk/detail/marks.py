"""The flag of an order as HTML: the same six buttons for every order with this flag, made once."""

from collections.abc import Mapping
from functools import lru_cache

from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from backoffice.common.quick_html import joined
from orders.core.statuses import Flag

_MARK = '<span class="flag flag-{0}"><span class="i i-flag" aria-hidden="true"></span>{1}</span>'
_BUTTON = (
    '<button type="submit" class="btn btn-sm flag-choice" name="flag" value="{0}" data-action="flag" data-key="{0}" '
    f'data-key-label="{{2}}: {{1}}" aria-pressed="{{3}}" title="{{4}}">{_MARK}</button>'
)


def flag_buttons(chosen: int, legend: Mapping[str, str]) -> SafeString:
    """Return a button for each flag, named as the store names it."""
    return _buttons(get_language(), chosen, tuple(legend.items()))


def flag_mark(chosen: int, legend: Mapping[str, str]) -> SafeString:
    """Return the order's flag, for those who may not change it."""
    return _mark(get_language(), chosen, tuple(legend.items()))


@lru_cache(maxsize=128)
def _buttons(_language: str | None, chosen: int, legend: tuple[tuple[str, str], ...]) -> SafeString:
    names, word = dict(legend), _("Flag")
    return joined(
        _BUTTON,
        [
            (value, names.get(str(value)) or label, word, "true" if value == chosen else "false", label)
            for value, label in Flag.choices
        ],
    )


@lru_cache(maxsize=128)
def _mark(_language: str | None, chosen: int, legend: tuple[tuple[str, str], ...]) -> SafeString:
    names = dict(legend)
    return joined(_MARK, [(value, names.get(str(value)) or label) for value, label in Flag.choices if value == chosen])
