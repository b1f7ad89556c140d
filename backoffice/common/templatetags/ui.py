"""Tags and filters of the pages; the guide to the components is docs/UI.md."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django import template
from django.contrib.messages.storage.base import Message
from django.forms import BoundField
from django.http import HttpRequest, QueryDict
from django.template.base import NodeList, Parser, Token
from django.template.loader_tags import BlockNode
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from backoffice.common import display, navigation, toasts
from backoffice.common.icons import icon_shapes

register = template.Library()

_CURSORS = ("after", "before")


@register.simple_tag
@lru_cache(maxsize=512)
def icon(name: str, classes: str = "") -> SafeString:
    """Inline one icon of the named list; it is decoration, so the text beside it must name the thing."""
    shapes = mark_safe(icon_shapes(name))  # noqa: S308 # nosec B308 B703 # a file of the named list
    return format_html(
        '<svg class="{}" viewBox="0 0 24 24" aria-hidden="true" focusable="false">{}</svg>',
        f"icon {classes}".strip(),
        shapes,
    )


@register.filter
def money(amount: Decimal | None, places: str = "2") -> str:
    return display.money_text(amount, int(places))


@register.filter(name="count")
def count_text(number: int | str | None) -> str:
    """Group the digits; nothing for nothing, which is "" where a template looks up a missing key."""
    return f"{number:,}" if isinstance(number, int) else ""


def _now(context: template.Context) -> datetime:
    now = context.get("now")
    return now if isinstance(now, datetime) else timezone.now()


@register.simple_tag(takes_context=True)
def when(context: template.Context, moment: datetime | None, *, clock: bool = False) -> str:
    """Write a moment as staff say it, with the full stamp in `title`; `now` in the context replaces the clock."""
    if moment is None:
        return "—"
    local = timezone.localtime(moment)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        local.isoformat(timespec="seconds"),
        f"{local:%Y-%m-%d %H:%M:%S}",
        display.when_text(moment, _now(context), clock=clock),
    )


@register.simple_tag(takes_context=True)
def countdown(context: template.Context, deadline: datetime | None, rule: str = "") -> str:
    """Write the time left to a deadline; countdown.js keeps it going."""
    if deadline is None:
        return "—"
    now, local = _now(context), timezone.localtime(deadline)
    stamp = f"{local:%Y-%m-%d %H:%M}"
    return format_html(
        '<time class="due due-{}" datetime="{}" data-countdown title="{}">{}</time>',
        display.due_tone(deadline, now),
        local.isoformat(timespec="seconds"),
        f"{stamp} · {rule}" if rule else stamp,
        display.due_text(deadline, now),
    )


@register.simple_tag
def badge(code: str, label: str, tone: str = "") -> SafeString:
    return format_html('<span class="badge tone-{}">{}</span>', tone or display.TONES.get(code, "grey"), label)


@register.simple_tag
def flag_mark(flag: int, label: str = "") -> SafeString:
    return format_html(
        '<span class="flag flag-{}"><span class="i i-flag" aria-hidden="true"></span>{}</span>', flag, label
    )


@register.simple_tag
def copy_button(text: str) -> SafeString:
    label = _("Copy %(text)s") % {"text": text}
    return format_html(
        '<button type="button" class="copy" data-copy="{0}" aria-label="{1}" title="{1}">'
        '<span class="i i-copy" aria-hidden="true"></span></button>',
        text,
        label,
    )


@register.simple_tag
def progress(value: int, maximum: int | None, label: str = "") -> SafeString:
    """Native progress bar; without a maximum it says only that work goes on."""
    if not maximum:
        return format_html('<progress class="bar" aria-label="{}"></progress>', label)
    done = min(100, 100 * value // maximum)
    return format_html(
        '<progress class="bar" value="{}" max="{}" aria-label="{}"></progress> <span class="num">{} %</span>',
        value,
        maximum,
        label,
        done,
    )


@register.simple_tag
def sparkline(values: Sequence[float | Decimal], label: str = "") -> SafeString:
    """Draw a line of 100 × 24 units over the values; the numbers must stand beside it or in a table."""
    if len(values) < 2:  # noqa: PLR2004 -- a line needs two points
        return SafeString("")
    numbers = [float(value) for value in values]
    low, span = min(numbers), (max(numbers) - min(numbers)) or 1
    step = 100 / (len(numbers) - 1)
    points = " ".join(f"{step * i:.1f},{22 - 20 * (value - low) / span:.1f}" for i, value in enumerate(numbers))
    return format_html(
        '<svg class="sparkline" viewBox="0 0 100 24" preserveAspectRatio="none" role="img" aria-label="{}">'
        '<polyline points="{}"></polyline></svg>',
        label,
        points,
    )


# Links that keep the filter


def _list_query(context: template.Context) -> QueryDict:
    given = context.get("list_query")
    return given if isinstance(given, QueryDict) else context["request"].GET


def _list_url(context: template.Context, query: QueryDict) -> str:
    request: HttpRequest = context["request"]
    path = context.get("list_path") or request.path
    return f"{path}?{query.urlencode()}" if query else path


@register.simple_tag(takes_context=True)
def query(context: template.Context, **changes: Any) -> str:
    """Return the list's URL with parameters replaced, or removed (None, "" or an empty list).

    `list_path` and `list_query` in the context stand for the request's own where an act answers with the list.
    """
    params = _list_query(context).copy()
    for name, value in changes.items():
        values = value if isinstance(value, (list, tuple)) else [value]
        params.setlist(name, [str(item) for item in values if item not in (None, "")])
        if not params.getlist(name):
            del params[name]
    return _list_url(context, params)


@register.simple_tag(takes_context=True)
def query_without(context: template.Context, name: str, value: Any = None) -> str:
    """Return the list's first page without one value of a parameter, or without all of them."""
    params = _list_query(context).copy()
    kept = [] if value is None else [item for item in params.getlist(name) if item != str(value)]
    params.setlist(name, kept)
    for gone in (*_CURSORS, *([] if kept else [name])):
        params.pop(gone, None)
    return _list_url(context, params)


@register.simple_tag
def link(url: str) -> SafeString:
    """Write a URL as `href` and `hx-get`, so that the link works with and without script."""
    return format_html('href="{0}" hx-get="{0}"', url)


@register.simple_tag(takes_context=True)
def link_query(context: template.Context, **changes: Any) -> SafeString:
    return link(query(context, **changes))


@register.simple_tag
@lru_cache(maxsize=512)
def url_if(name: str, *args: Any) -> str:
    """Return the address of a page, or nothing while there is none of the name; the frame asks for the same ones."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


_SORT_SIGNS = {"ascending": "sort-ascending", "descending": "sort-descending", "none": "arrows-sort"}


@register.simple_tag(takes_context=True)
def sort_header(context: template.Context, key: str, label: str, classes: str = "", *, first: str = "") -> SafeString:
    """Write a column head whose link cycles through both directions and back to the list's own order.

    `sort` in the context is the order in force; `first="-"` begins with descending.
    """
    current = context.get("sort") or _list_query(context).get("sort", "")
    order = [f"-{key}", key] if first == "-" else [key, f"-{key}"]
    following = {order[0]: order[1], order[1]: ""}.get(current, order[0])
    state = {key: "ascending", f"-{key}": "descending"}.get(current, "none")
    return format_html(
        '<th scope="col" class="{}" aria-sort="{}"><a class="sort" {}>{}{}</a></th>',
        classes,
        state,
        link(query(context, sort=following, after=None, before=None)),
        label,
        icon(_SORT_SIGNS[state], "icon-sm"),
    )


# The frame


@register.simple_tag(takes_context=True)
def nav_count_keys(context: template.Context) -> set[str]:
    """Return the counters that have a place in this person's side bar."""
    return {link.item.count_key for link in navigation_links(context)}


@register.tag
def block_again(_parser: Parser, token: Token) -> BlockNode:
    """Render a block a second time: the page title is also its heading."""
    _name, block = token.split_contents()
    return BlockNode(block, NodeList())


@register.simple_tag(takes_context=True)
def navigation_links(context: template.Context) -> list[navigation.NavLink]:
    request = context["request"]
    rights = getattr(request, "rights", None) or ()
    return navigation.nav_links(rights, path=request.path, active=context.get("active_nav") or "")


@register.simple_tag(takes_context=True)
def search_text(context: template.Context) -> str:
    """Return what stands in the search box: `search_value` where a view gives it, else the query's own `q`."""
    return str(context.get("search_value") or context["request"].GET.get("q", ""))


@register.simple_tag
def script(path: str) -> SafeString:
    return format_html('<script defer src="{}"></script>', static(path))


@register.simple_tag
def stylesheet(path: str, media: str = "all") -> SafeString:
    return format_html('<link rel="stylesheet" href="{}" media="{}">', static(path), media)


@register.simple_tag
def script_texts() -> SafeString:
    """Write the texts that scripts show as attributes of the body element."""
    return format_html_join(" ", 'data-t-{}="{}"', ((name, str(text)) for name, text in display.SCRIPT_TEXTS.items()))


@register.filter
def as_toast(message: Message) -> dict[str, str]:
    return toasts.toast_of(message)


@register.inclusion_tag("components/_field.html")
def form_field(field: BoundField, hint: str = "") -> dict[str, Any]:
    return {"field": field, "hint": hint or field.help_text, "is_box": _is_box(field)}


def _is_box(field: BoundField) -> bool:
    return getattr(field.field.widget, "input_type", "") == "checkbox" and not hasattr(field.field, "choices")
