"""One parcel at a time for a tracking number: who gives it out or ships under it looks for others, then writes."""

from django.db import connection

_LOCK_SPACE = 0x0A0D18


def lock_number(store_id: int, number: str) -> None:
    """Wait for whoever is at the same number, until the transaction ends: no row stands for it yet."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [_LOCK_SPACE, f"{store_id}:{number}"])
