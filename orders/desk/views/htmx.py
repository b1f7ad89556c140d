from django.http import HttpRequest


def wants_partial(request: HttpRequest) -> bool:
    """Tell whether htmx asks for a fragment rather than a whole page."""
    headers = request.headers
    return "HX-Request" in headers and "HX-Boosted" not in headers and "HX-History-Restore-Request" not in headers
