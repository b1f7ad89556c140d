"""Counts and checksums of every table: the same rows give the same ones, in whatever order they lie."""

from typing import NamedTuple

from django.db import connection


class TableState(NamedTuple):
    rows: int
    checksum: str


def table_states() -> dict[str, TableState]:
    """Return the state of every table of the schema, in the caller's transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename")
        names = [row[0] for row in cursor.fetchall()]
    return {name: _state(name) for name in names}


def _state(table: str) -> TableState:
    name = connection.ops.quote_name(table)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL TIME ZONE 'UTC'")
        columns = "count(*), coalesce(sum(hashtextextended(t::text, 0)::numeric), 0)::text"
        cursor.execute(f"SELECT {columns} FROM {name} AS t")  # noqa: S608 -- a name of the catalogue, quoted
        rows, checksum = cursor.fetchone()
    return TableState(rows, checksum)
