"""Sealing of recipients: pure, and quick enough to run for every row of an import."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from backoffice.common.masking import mask_name, mask_phone, normalise_name, normalise_phone
from backoffice.common.sealing import blind_index, seal_json, unseal_json

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


PLACE = ("province", "city", "district")
# what the platform says beside a value goes out of use with it: the old number, the old address
_REPLACES = {"mobile": ("phone",), "street": ("zip", "modified_address", "original_address")}


def open_recipient(store_id: int, number: str, sealed: bytes | memoryview, changed: Any = None) -> dict[str, str]:
    """Return to whom the order goes: what staff changed wins over the platform's values.

    After a change of place or street, `modified_address` holds the whole new address.

    Raises:
        SealError: a value cannot be opened.
    """
    context = recipient_context(store_id, number)
    platform = dict(unseal_json(sealed, context=context))
    return with_changes(platform, dict(unseal_json(changed, context=context))) if changed is not None else platform


def with_changes(platform: Mapping[str, str], changed: Mapping[str, str]) -> dict[str, str]:
    """Return the platform's fields with what staff changed in their stead."""
    replaced = replaced_keys(changed)
    fields = {key: value for key, value in platform.items() if key not in replaced}
    fields |= {key: value for key, value in changed.items() if key not in PLACE}
    if not _MOVES.isdisjoint(changed):
        parts = [*(changed.get(level, "") for level in PLACE), fields.get("street", "")]
        fields["modified_address"] = " ".join(filter(None, parts))
    return fields


_MOVES = {*PLACE, "street"}


def replaced_keys(changed: Mapping[str, str]) -> set[str]:
    """Return the platform's keys that count no more beside these changes."""
    return {*changed, *(gone for key in changed for gone in _REPLACES.get(key, ()))}


def build_changed(
    store_id: int, number: str, platform: Mapping[str, str], changed: Mapping[str, str], *, place: str = ""
) -> RecipientColumns:
    """Seal the platform's fields as they are, and derive what may be read from the changed ones."""
    if "province" in changed:
        place = "".join(changed.get(level, "") for level in PLACE)
    readable = build_recipient(store_id, number, with_changes(platform, changed), place=place)
    return readable._replace(sealed=seal_json(dict(platform), context=recipient_context(store_id, number)))
