"""Short answers at the edge of the page: what happened, and how to undo it or see more."""

import json
from collections.abc import Callable

from django.contrib import messages
from django.contrib.messages.storage.base import Message
from django.http import HttpRequest, HttpResponse

_LEVELS = {
    "success": messages.SUCCESS,
    "info": messages.INFO,
    "warning": messages.WARNING,
    "error": messages.ERROR,
}


def notify(
    request: HttpRequest,
    text: str,
    *,
    level: str = "success",
    undo_url: str = "",
    link_url: str = "",
    link_text: str = "",
) -> None:
    """Tell the person what happened, on the page that comes next or in the part that is answered now."""
    extras = {"undo": undo_url, "link": link_url, "linkText": link_text}
    kept = {key: value for key, value in extras.items() if value}
    messages.add_message(request, _LEVELS[level], text, extra_tags=json.dumps(kept) if kept else "")


def toast_of(message: Message) -> dict[str, str]:
    """Return a message as the dictionary that toasts.js and components/_toast.html read."""
    extras = message.extra_tags or ""
    toast = json.loads(extras) if extras.startswith("{") else {}
    return {"text": str(message.message), "level": message.level_tag, **toast}


class ToastMiddleware:
    """Send waiting messages with htmx answers as `HX-Trigger`, since those render no page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if "HX-Request" in request.headers and _renders_no_page(response):
            _add_toasts(request, response)
        return response


def _renders_no_page(response: HttpResponse) -> bool:
    is_redirect = 300 <= response.status_code < 400  # noqa: PLR2004
    return not is_redirect and not {"HX-Redirect", "HX-Refresh", "HX-Location"} & set(response.headers)


def _add_toasts(request: HttpRequest, response: HttpResponse) -> None:
    toasts = [toast_of(message) for message in messages.get_messages(request)]
    if toasts:
        events = _events(response.headers.get("HX-Trigger", ""))
        response.headers["HX-Trigger"] = json.dumps({**events, "toast": {"toasts": toasts}})


def _events(header: str) -> dict[str, object]:
    """Read an HX-Trigger header: JSON, or names with commas between."""
    if header.startswith("{"):
        return dict(json.loads(header))
    return {name.strip(): True for name in header.split(",") if name.strip()}
