"""{% order_act %}: the button of one act on an order, made in Python, for a page has twenty of them.

What asks first is a link to the form's own page, or with script to its dialog; what is done at once
is a form that posts; what cannot be done now is a disabled button that says why.
"""

from typing import Any

from django import template
from django.utils.safestring import SafeString

from backoffice.common.quick_html import NOTHING, fill
from backoffice.common.templatetags.ui import icon
from backoffice.common.ui import Act

register = template.Library()

_LINK = (
    '<a class="btn {0} {1}" href="{2}" hx-get="{2}" hx-target="#dialog-slot" hx-swap="innerHTML" hx-push-url="false" '
    'aria-haspopup="dialog" data-action="{3}" {4} data-key-label="{5}">{6}{5}{7}</a>'
)
_DISABLED = (
    '<span class="act"><button type="button" class="btn {0}" aria-disabled="true" aria-describedby="why-{1}" '
    'data-action="{1}" data-reason {2}>{3}{4}</button>'
    '<span class="act-reason" id="why-{1}" role="tooltip">{5}</span></span>'
)
_FORM = (
    '<form class="act" method="post" action="{0}" hx-post="{0}">'
    '<input type="hidden" name="csrfmiddlewaretoken" value="{1}">{2}'
    '<button type="submit" class="btn {3} {4}" data-action="{5}" {6} data-key-label="{7}">{8}{7}{9}</button></form>'
)


@register.simple_tag(takes_context=True)
def order_act(context: template.Context, act: Act, size: str = "") -> SafeString:
    if act.reason:
        return _disabled(act, size)
    tone, key, mark = _tone(act), _key(act), _icon(act)
    kbd = fill("<kbd>{}</kbd>", act.key.upper()) if act.key else NOTHING
    if act.dialog:
        return fill(_LINK, size, tone, act.url, act.name, key, act.label, mark, kbd)
    token = str(context.get("csrf_token", ""))
    version = _version(context.get("version"))
    return fill(_FORM, act.url, token, version, size, tone, act.name, key, act.label, mark, kbd)


def _disabled(act: Act, size: str) -> SafeString:
    key = fill('data-key="{}" data-key-label="{}"', act.key, act.label) if act.key else NOTHING
    return fill(_DISABLED, size, act.name, key, _icon(act), act.label, act.reason)


def _tone(act: Act) -> str:
    return f"btn-{act.tone}" if act.tone else ""


def _key(act: Act) -> SafeString:
    return fill('data-key="{}"', act.key) if act.key else NOTHING


def _icon(act: Act) -> SafeString:
    return icon(act.icon) if act.icon else NOTHING


def _version(version: Any) -> SafeString:
    return NOTHING if version in {None, ""} else fill('<input type="hidden" name="version" value="{}">', version)
