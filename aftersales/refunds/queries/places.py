"""Places in lists: what an address says of where the next page starts."""

from datetime import UTC, datetime

_LONGEST_KEY = 19  # digits of a bigint


def opened_place(text: str) -> tuple[datetime | None, int] | None:
    """Return the moment and the key of `moment~key`, the moment None where it has none; None for what is no place.

    The moment is in UTC: the database does not know every offset that Python reads.
    """
    moment, _mark, pk = text.partition("~")
    if not (pk.isascii() and pk.isdecimal() and len(pk) < _LONGEST_KEY):
        return None
    if not moment:
        return None, int(pk)
    try:
        value = datetime.fromisoformat(moment)
        return None if value.tzinfo is None else (value.astimezone(UTC), int(pk))
    except (ValueError, OverflowError):
        return None
