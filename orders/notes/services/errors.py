from orders.core.services import OrderError, clean_reason


class NoteError(OrderError):
    """An act on a buyer note that is refused."""


def checked_reason(text: str) -> str:
    """Return the reason, trimmed and masked.

    Raises:
        NoteError: it is missing or too long.
    """
    try:
        return clean_reason(text)
    except OrderError as error:
        raise NoteError(str(error), error.code) from error
