"""Sealing of recipients: pure, and quick enough to run for every row of an import."""

from collections.abc import Mapping
from typing import NamedTuple

from backoffice.common.masking import mask_name, mask_phone, normalise_name, normalise_phone
from backoffice.common.sealing import blind_index, seal_json

PHONE, PHONE_TAIL, NAME = "phone", "phone_tail", "name"  # labels of the blind indexes
TAIL_DIGITS = 4


class RecipientColumns(NamedTuple):
    """The columns of a Recipient that come from its clear fields, in the order of its table."""

    sealed: bytes | None
    masked_name: str
    masked_phone: str
    phone_index: bytes | None
    phone_tail_index: bytes | None
    name_index: bytes | None
    recipient_key: str


NOBODY = RecipientColumns(None, "", "", None, None, None, "")


def recipient_context(store_id: int, number: str) -> str:
    """Return the associated data of a sealed recipient: it opens for this store and order number only."""
    return f"recipient:{store_id}:{number}"


def build_recipient(store_id: int, number: str, data: Mapping[str, str | None], *, place: str = "") -> RecipientColumns:
    """Seal the given fields (any of those `Recipient` names) and derive what may be read without the key.

    `place` is the readable part of the address (province, city, district): it is part of "the same recipient".
    """
    clear = {key: value for key, value in data.items() if value}
    if not clear:
        return NOBODY
    name, phone = clear.get("name", ""), clear.get("mobile") or clear.get("phone") or ""
    digits, plain_name = normalise_phone(phone) if phone else "", normalise_name(name)
    is_whole = "*" not in phone  # a file may mask numbers itself
    return RecipientColumns(
        seal_json(clear, context=recipient_context(store_id, number)),
        mask_name(name),
        mask_phone(digits if is_whole else phone),
        blind_index(digits, label=PHONE, store_id=store_id) if digits and is_whole else None,
        blind_index(digits[-TAIL_DIGITS:], label=PHONE_TAIL, store_id=store_id) if len(digits) >= TAIL_DIGITS else None,
        blind_index(plain_name, label=NAME, store_id=store_id) if plain_name else None,
        _recipient_key(store_id, plain_name, digits, f"{place}{clear.get('street', '')}"),
    )


def _recipient_key(store_id: int, name: str, digits: str, address: str) -> str:
    if not (name or digits):
        return ""
    plain = f"{name}\x1f{digits}\x1f{''.join(address.split())}"
    return blind_index(plain, label="recipient", store_id=store_id).hex()
