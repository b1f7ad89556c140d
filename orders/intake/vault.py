"""Uploads at rest, in a folder of their own."""

from typing import IO

from backoffice.common import vault
from backoffice.common.vault import clear_copy, forget

__all__ = ["clear_copy", "forget", "store_sealed"]


def store_sealed(stream: IO[bytes]) -> str:
    return vault.store_sealed(stream, folder="imports")
