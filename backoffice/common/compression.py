"""Compress pages and API answers on their way out; files and streams go as they are."""

import gzip
import secrets
from collections.abc import Callable

import brotli
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers

_SMALLEST = 500  # bytes; below this it does not pay
_TYPES = ("text/html", "application/json", "text/plain")
_MOST_PADDING = 64


class CompressionMiddleware:
    """Brotli, else gzip, at levels that cost about a millisecond for a page of 100 kB.

    A header of random length hides the exact size, so that nobody can guess secrets of a page by how well they compress
    together with text of their own (BREACH).
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if _is_worth_it(response):
            patch_vary_headers(response, ["Accept-Encoding"])
            _compress(response, accepted=request.headers.get("Accept-Encoding", ""))
        return response


def _is_worth_it(response: HttpResponseBase) -> bool:
    if response.streaming or response.has_header("Content-Encoding"):
        return False
    return response.get("Content-Type", "").startswith(_TYPES) and len(response.content) >= _SMALLEST  # type: ignore[attr-defined]


def _compress(response: HttpResponseBase, *, accepted: str) -> None:
    names = {part.partition(";")[0].strip() for part in accepted.split(",")}
    if "br" in names:
        content, encoding = brotli.compress(response.content, quality=4), "br"  # type: ignore[attr-defined]
    elif "gzip" in names:
        content, encoding = gzip.compress(response.content, compresslevel=3, mtime=0), "gzip"  # type: ignore[attr-defined]
    else:
        return
    response.content = content  # type: ignore[attr-defined]
    response.headers["Content-Encoding"] = encoding
    response.headers["Content-Length"] = str(len(content))
    response.headers["X-Padding"] = "0" * secrets.randbelow(_MOST_PADDING)
