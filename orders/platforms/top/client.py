"""Requests to the platform's gateway: signed, over TLS, without redirects, limited in time and size."""

import http.client
import ipaddress
import json
import secrets
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlencode, urlsplit
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from orders.platforms.top.errors import Refusal, Unanswered
from orders.platforms.top.signing import sign

TIMEOUT_SECONDS = 20  # for a whole request
LARGEST_ANSWER = 8 * 1024 * 1024
_HOSTS = (".taobao.com", ".tbsandbox.com", ".tmall.com")
_BEIJING = ZoneInfo("Asia/Shanghai")
_SERVER_ERROR = 500
_CHUNK = 1 << 16
_FORM = "application/x-www-form-urlencoded;charset=utf-8"
_VERSION = "2.0"


def gateway_problem(url: str) -> str | None:
    """Return why requests may not go to this address: secrets leave over TLS and to the platform's own hosts only."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if _is_loopback(host) and not settings.IS_PRODUCTION and parts.scheme in {"http", "https"}:
        return None
    if parts.scheme != "https":
        return _("The gateway's address begins with https://.")
    if not host.endswith(_HOSTS) or parts.username or parts.query or parts.fragment:
        return _("The gateway is an address of the platform, such as https://eco.taobao.com/router/rest.")
    return None


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True, kw_only=True)
class TopClient:
    """One shop's access to the platform. Its secrets are never shown."""

    gateway: str
    app_key: str
    secret: str = field(repr=False)
    session: str = field(repr=False)
    sign_method: str

    def call(self, method: str, **params: object) -> dict[str, Any]:
        """Ask the platform; return what stands under the answer's root.

        Raises:
            Refusal: the platform answered with an error.
            Unanswered: no answer came, or none that can be read.
        """
        return self._ask(method, urlencode(self._signed(method, params)).encode(), _FORM)

    def call_with_files(self, method: str, files: Mapping[str, bytes], **params: object) -> dict[str, Any]:
        """Ask the platform with files, which are no part of the signature; like `call` else."""
        return self._ask(method, *_multipart(self._signed(method, params), files))

    def _ask(self, method: str, body: bytes, kind: str) -> dict[str, Any]:
        status, content = self._post(body, kind)
        if status >= _SERVER_ERROR or not content:
            raise Unanswered(_("The platform answered with an error of its own (%(status)s).") % {"status": status})
        return _answer(method, content)

    def _signed(self, method: str, params: dict[str, object]) -> dict[str, str]:
        common = {
            "method": method,
            "app_key": self.app_key,
            "session": self.session,
            "timestamp": f"{timezone.now().astimezone(_BEIJING):%Y-%m-%d %H:%M:%S}",
            "format": "json",
            "v": _VERSION,
            "sign_method": self.sign_method,
        }
        values = common | {name: _text(value) for name, value in params.items() if value is not None}
        return values | {"sign": sign(values, secret=self.secret, method=self.sign_method)}

    def _post(self, body: bytes, kind: str) -> tuple[int, bytes]:
        if (problem := gateway_problem(self.gateway)) is not None:
            raise Unanswered(problem)
        parts, deadline = urlsplit(self.gateway), time.monotonic() + TIMEOUT_SECONDS
        connection = _connection(parts.scheme, parts.netloc, TIMEOUT_SECONDS)
        headers = {"Content-Type": kind, "Connection": "close"}
        try:
            connection.request("POST", parts.path or "/", body, headers)
            answer = connection.getresponse()
            return answer.status, _read(answer, deadline)
        except (OSError, http.client.HTTPException) as error:  # its text may hold the request
            raise Unanswered(_("The platform gave no answer (%(kind)s).") % {"kind": type(error).__name__}) from None
        finally:
            connection.close()


def _multipart(values: Mapping[str, str], files: Mapping[str, bytes]) -> tuple[bytes, str]:
    """Return a body that holds files beside the values, and its type."""
    boundary = secrets.token_hex(16)
    plain, named = (
        'form-data; name="{}"',
        'form-data; name="{0}"; filename="{0}"\r\nContent-Type: application/octet-stream',
    )
    parts = [(plain.format(name), value.encode()) for name, value in values.items()]
    parts += [(named.format(name), content) for name, content in files.items()]
    mark = f"--{boundary}".encode()
    made = (b"%s\r\nContent-Disposition: %s\r\n\r\n%s\r\n" % (mark, head.encode(), text) for head, text in parts)
    body = b"".join(made) + mark + b"--\r\n"
    return body, f"multipart/form-data;charset=utf-8;boundary={boundary}"


def _connection(scheme: str, place: str, timeout: float) -> http.client.HTTPConnection:
    if scheme == "https":
        return http.client.HTTPSConnection(place, timeout=timeout, context=ssl.create_default_context())
    return http.client.HTTPConnection(place, timeout=timeout)


def _read(answer: http.client.HTTPResponse, deadline: float) -> bytes:
    parts, size = [], 0
    while chunk := answer.read1(_CHUNK):
        size += len(chunk)
        if size > LARGEST_ANSWER or time.monotonic() > deadline:
            raise http.client.HTTPException
        parts.append(chunk)
    if answer.length:  # the connection broke before the end
        raise http.client.IncompleteRead(b"")
    return b"".join(parts)


def _answer(method: str, content: bytes) -> dict[str, Any]:
    root = f"{method.removeprefix('taobao.').replace('.', '_')}_response"
    try:
        answer = json.loads(content)
    except ValueError:
        raise Unanswered(_("The platform's answer cannot be read.")) from None
    if not isinstance(answer, dict):
        raise Unanswered(_("The platform's answer cannot be read."))
    if isinstance(error := answer.get("error_response"), dict):
        raise _refusal(error)
    if not isinstance(answer.get(root), dict):
        raise Unanswered(_("The platform's answer cannot be read."))
    return dict(answer[root])


def _refusal(error: dict[str, Any]) -> Refusal:
    try:
        code = int(error.get("code") or 0)
    except (TypeError, ValueError):
        code = 0
    return Refusal(code, str(error.get("sub_code") or ""), str(error.get("sub_msg") or error.get("msg") or ""))


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return f"{value.astimezone(_BEIJING):%Y-%m-%d %H:%M:%S}"
    if isinstance(value, (list, tuple)):
        return ",".join(map(_text, value))
    return str(value)
