"""Loading many rows as the tables' owner: without secondary indexes and foreign keys, which are made again at the end.

All of it is one transaction, so that a load that is killed leaves the tables as they were.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from django.db import connection, transaction

_IS_OWNER = (
    "SELECT bool_and(pg_has_role(current_user, relowner, 'USAGE')) FROM pg_class WHERE oid = ANY(%s::regclass[]::oid[])"
)
_INDEXES = """
SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index AS i
WHERE i.indrelid = ANY(%s::regclass[]::oid[]) AND NOT i.indisunique ORDER BY 1
"""
_FOREIGN_KEYS = """
SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid) FROM pg_constraint
WHERE conrelid = ANY(%s::regclass[]::oid[]) AND contype = 'f' ORDER BY 1, 2
"""


class ForeignKey(NamedTuple):
    table: str
    name: str
    definition: str


@contextmanager
def bulk_load(tables: Sequence[str]) -> Iterator[None]:
    """Take indexes and foreign keys off the tables and put them back; does nothing for a role that may not."""
    with transaction.atomic():
        if not _rows(_IS_OWNER, tables)[0][0]:
            yield
            return
        _execute("SET LOCAL maintenance_work_mem = '512MB'")
        indexes = [(name, definition) for name, definition in _rows(_INDEXES, tables)]
        keys = [ForeignKey(*row) for row in _rows(_FOREIGN_KEYS, tables)]
        for key in keys:
            _execute(f"ALTER TABLE {key.table} DROP CONSTRAINT {key.name}")
        for name, _definition in indexes:
            _execute(f"DROP INDEX {name}")
        yield
        for _name, definition in indexes:
            _execute(definition)
        for key in keys:
            _execute(f"ALTER TABLE {key.table} ADD CONSTRAINT {key.name} {key.definition}")


def _rows(sql: str, tables: Sequence[str]) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, [list(tables)])
        return cursor.fetchall()


def _execute(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)
