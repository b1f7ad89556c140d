"""Small things every view may need."""

from functools import cache

from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

_SAMPLE = "0"  # stands for the number or the key in the pattern of an address


@cache
def around(name: str, *rest: str) -> tuple[str, str]:
    """Return what stands in an address before and after the number or key of a thing, its first part.

    A page has many such links, and looking each up takes a while. What stands between, letters and digits, needs no
    quoting.
    """
    head, _sign, tail = reverse(name, args=[_SAMPLE, *rest]).partition(_SAMPLE)
    return head, tail


def wants_partial(request: HttpRequest) -> bool:
    """Tell whether htmx asks for a fragment rather than a whole page."""
    headers = request.headers
    return "HX-Request" in headers and "HX-Boosted" not in headers and "HX-History-Restore-Request" not in headers


def safe_next(request: HttpRequest, default: str = "/") -> str:
    """Return where the request wants to go next, when that is on this site."""
    url = request.POST.get("next") or request.GET.get("next") or ""
    is_address = url.startswith(("/", "http://", "https://"))  # a bare word would be taken for the name of a view
    return url if is_address and url_has_allowed_host_and_scheme(url, {request.get_host()}) else default
