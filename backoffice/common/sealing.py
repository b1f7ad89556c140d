"""Sealing of personal data: AES-256-GCM blobs and keyed blind indexes.

A sealed blob is `version (1 byte) | length of key id (1) | key id | nonce (12) | ciphertext and tag`. Keys come from
`settings.PII_KEYS` as `id:base64(32 bytes)`, comma separated, the current one first; the others only open. Blind
indexes use keys derived from the same secrets by HKDF with another label, so that no key serves both ends.
"""

import base64
import binascii
import hmac
import json
import os
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

_VERSION = b"\x01"
_NONCE_BYTES = 12
_KEY_BYTES = 32
INDEX_BYTES = 16
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


class SealError(Exception):
    """A blob cannot be opened: its key is gone, or it was moved or changed."""


@lru_cache(maxsize=4)
def _parse_keys(spec: str) -> tuple[tuple[str, bytes], ...]:
    keys = []
    for part in filter(None, (item.strip() for item in spec.split(","))):
        key_id, _, encoded = part.partition(":")
        try:
            secret = base64.b64decode(encoded, validate=True)
        except binascii.Error:
            secret = b""
        if not key_id or len(secret) != _KEY_BYTES:
            raise ImproperlyConfigured(
                "PII_KEYS must be id:base64 of 32 bytes, comma separated, the current key first."
            )
        keys.append((key_id, secret))
    if not keys:
        raise ImproperlyConfigured("PII_KEYS is empty: buyer data cannot be sealed.")
    return tuple(keys)


def check_keys(spec: str) -> None:
    """Refuse a value of PII_KEYS that could not be used.

    Raises:
        ImproperlyConfigured: with the reason.
    """
    _parse_keys(spec)


def _keys() -> tuple[tuple[str, bytes], ...]:
    return _parse_keys(settings.PII_KEYS)


def current_key_id() -> str:
    return _keys()[0][0]


def current_prefix() -> bytes:
    """Return how every blob begins that is sealed under the current key."""
    return _prefix(current_key_id())


@lru_cache(maxsize=4)
def _prefix(key_id: str) -> bytes:
    name = key_id.encode()
    return b"".join((_VERSION, bytes([len(name)]), name))


@lru_cache(maxsize=16)
def _cipher(secret: bytes) -> AESGCM:
    return AESGCM(_derive(secret, b"seal"))


@lru_cache(maxsize=32)
def _derive(secret: bytes, label: bytes) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=_KEY_BYTES, salt=None, info=b"backoffice/" + label).derive(secret)


def seal(plain: bytes, *, context: str) -> bytes:
    """Seal bytes for one place; `context` (store and order number, say) must be the same to open them."""
    key_id, secret = _keys()[0]
    nonce = os.urandom(_NONCE_BYTES)
    name = key_id.encode()
    return b"".join(
        (_VERSION, bytes([len(name)]), name, nonce, _cipher(secret).encrypt(nonce, plain, context.encode()))
    )


def key_id_of(blob: bytes) -> str:
    """Return the id of the key that a blob is sealed under."""
    return bytes(blob[2 : 2 + blob[1]]).decode(errors="replace")


def unseal(blob: bytes | memoryview, *, context: str) -> bytes:
    """Open a sealed blob.

    Raises:
        SealError: its key is not configured, or the blob does not belong to this context.
    """
    data = bytes(blob)
    if len(data) < 2 or data[:1] != _VERSION:  # noqa: PLR2004 -- version and length
        raise SealError("This is no sealed data.")
    start = 2 + data[1]
    secret = dict(_keys()).get(key_id_of(data))
    if secret is None:
        raise SealError(f"No key {key_id_of(data)!r} in PII_KEYS.")
    try:
        return _cipher(secret).decrypt(
            data[start : start + _NONCE_BYTES], data[start + _NONCE_BYTES :], context.encode()
        )
    except (InvalidTag, ValueError) as error:
        raise SealError("The sealed data was changed or belongs elsewhere.") from error


def seal_json(value: Mapping[str, Any] | list[Any], *, context: str) -> bytes:
    return seal(_ENCODER.encode(value).encode(), context=context)


def unseal_json(blob: bytes | memoryview, *, context: str) -> Any:
    return json.loads(unseal(blob, context=context))


def seal_text(text: str, *, context: str) -> str:
    """Seal text into a token that may stand in a URL."""
    return base64.urlsafe_b64encode(seal(text.encode(), context=context)).decode().rstrip("=")


def unseal_text(token: str, *, context: str) -> str:
    """Open a token of `seal_text`.

    Raises:
        SealError: the token is damaged or from elsewhere.
    """
    try:
        blob = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        return unseal(blob, context=context).decode()
    except (binascii.Error, IndexError, UnicodeDecodeError, ValueError) as error:
        raise SealError("The token is damaged.") from error


def blind_index(value: str, *, label: str, store_id: int) -> bytes:
    """Return the keyed 16-byte index of a normalised value under the current key."""
    return _index(_keys()[0][1], value, label, store_id)


def blind_indexes(value: str, *, label: str, store_id: int) -> list[bytes]:
    """Return the index under every configured key: what a search must look for while keys are being rotated."""
    return [_index(secret, value, label, store_id) for _, secret in _keys()]


def _index(secret: bytes, value: str, label: str, store_id: int) -> bytes:
    return hmac.digest(_index_key(secret, label), f"{store_id}:{value}".encode(), "sha256")[:INDEX_BYTES]


@lru_cache(maxsize=32)
def _index_key(secret: bytes, label: str) -> bytes:
    return _derive(secret, b"index/" + label.encode())
