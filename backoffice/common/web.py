"""Small things every view may need."""

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme


def wants_partial(request: HttpRequest) -> bool:
    """Tell whether htmx asks for a fragment rather than a whole page."""
    headers = request.headers
    return "HX-Request" in headers and "HX-Boosted" not in headers and "HX-History-Restore-Request" not in headers


def safe_next(request: HttpRequest, default: str = "/") -> str:
    """Return where the request wants to go next, when that is on this site."""
    url = request.POST.get("next") or request.GET.get("next") or ""
    is_address = url.startswith(("/", "http://", "https://"))  # a bare word would be taken for the name of a view
    return url if is_address and url_has_allowed_host_and_scheme(url, {request.get_host()}) else default
