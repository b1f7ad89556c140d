"""Free text about an order: shown with phone-like numbers masked, kept sealed as it was written."""

from backoffice.common.masking import mask_text
from backoffice.common.sealing import seal

WIPED = "[wiped]"  # stands for a text whose time was over, in every language: pages say it in words


def masked_and_sealed(text: str, *, context: str) -> tuple[str, bytes | None]:
    """Return the text to show, and the sealed original when masking changed it."""
    masked = mask_text(text)
    return masked, None if masked == text else seal(text.encode(), context=context)


def remark_context(store_id: int, number: str) -> str:
    return f"remark:{store_id}:{number}"


def note_context(store_id: int, number: str, version: int) -> str:
    return f"note:{store_id}:{number}:{version}"


def contact_context(store_id: int, number: str) -> str:
    return f"contact:{store_id}:{number}"


def extension_context(store_id: int, number: str) -> str:
    return f"extension:{store_id}:{number}"


def wish_context(store_id: int, number: str) -> str:
    return f"wish:{store_id}:{number}"
