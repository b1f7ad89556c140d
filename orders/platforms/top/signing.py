"""The platform's signatures: parameters sorted by name, names and values joined without separators."""

import hashlib
import hmac
from collections.abc import Callable, Mapping


def _md5(secret: str, text: str) -> str:
    framed = f"{secret}{text}{secret}".encode()
    return hashlib.md5(framed, usedforsecurity=False).hexdigest()  # the platform's own scheme, beside TLS


def _hmac(digest: str) -> Callable[[str, str], str]:
    return lambda secret, text: hmac.new(secret.encode(), text.encode(), digest).hexdigest()


_METHODS: Mapping[str, Callable[[str, str], str]] = {
    "md5": _md5,
    "hmac": _hmac("md5"),
    "hmac-sha256": _hmac("sha256"),
}


def sign(params: Mapping[str, str], *, secret: str, method: str) -> str:
    """Return the signature of a request's parameters, `sign` itself left out."""
    text = "".join(f"{name}{params[name]}" for name in sorted(params) if name != "sign")
    return _METHODS[method](secret, text).upper()
