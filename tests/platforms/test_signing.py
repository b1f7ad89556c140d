"""Signatures, against published vectors and a server that checks them."""

import pytest

from orders.platforms.top.signing import sign

PARAMS = {"foo": "1", "bar": "2", "foo_bar": "3", "foobar": "4"}


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        ("md5", "4B4AC0F2D69BA521FFDE55A2BBEE3025"),  # pragma: allowlist secret
        ("hmac", "26C775E5D0EB124C248184BFA79CA514"),  # pragma: allowlist secret
        ("hmac-sha256", "1C52CEB1EDD0E67254A35412A976973A383608B65620DDEB0D2469F8370F3ADE"),  # pragma: allowlist secret
    ],
)
def test_signature_is_the_published_one(method, expected):
    assert sign(PARAMS, secret="secret", method=method) == expected  # pragma: allowlist secret
    assert sign({**PARAMS, "sign": "old"}, secret="secret", method=method) == expected  # pragma: allowlist secret
