"""The address of the floor's page, apart from the application that serves it."""

HELLO = "/hello-auth/"
_PARTS = (
    "pane=",
    "/pane/",
    "part=",
    "/of/",
    "/merges/count/",
    "/orders/subqueues/",
    "/orders/counts/",
    "/alerts/new/",
)


def headers_of(path: str) -> dict[str, str]:
    """Return what a browser sends along: parts of a page are asked for by htmx, and differ from a whole page."""
    return {"HX-Request": "true"} if any(part in path for part in _PARTS) else {}
