# ruff: noqa: E402 -- what only tests have is shut out before anything imports it
"""The product's WSGI application with one page beside it: `hello_auth`, which only names the logged-in user.

It is the floor of every page: the same server and processes, Django's usual middleware, two statements.
"""

import sys
from collections.abc import Iterable
from typing import Any

# Of the tests alone, and not in requirements/run.lock: libraries that we run with import them where they are found.
for _tool in ("requests", "pygments", "jinja2", "greenlet"):
    sys.modules[_tool] = None  # type: ignore[assignment]

from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.test import override_settings
from django.urls import path

from backoffice.wsgi import application as product
from bench.web_paths import HELLO

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
_PAGE = engines["django"].from_string("<!DOCTYPE html><title>Hello</title><p>Hello, {{ user }}.</p>")


def hello(request: HttpRequest) -> HttpResponse:
    return HttpResponse(_PAGE.render({"user": request.user}))


urlpatterns = [path(HELLO.lstrip("/"), hello)]


class HelloRequest(WSGIRequest):
    urlconf = "bench.web"


class HelloHandler(WSGIHandler):
    request_class = HelloRequest


with override_settings(MIDDLEWARE=MIDDLEWARE):
    _hello = HelloHandler()


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    return (_hello if environ["PATH_INFO"] == HELLO else product)(environ, start_response)
