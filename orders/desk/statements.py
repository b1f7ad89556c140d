"""Statements that never change but for their values: compiled once by the ORM, then only sent and read.

Compiling a select of forty columns over five tables takes longer than the database needs to answer it.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from django.db import connection
from django.db.models import Model, QuerySet
from psycopg.types.datetime import TimestamptzLoader


@lru_cache(maxsize=64)
def select_text(model: type[Model], fields: tuple[str, ...]) -> str:
    """Return `SELECT … FROM …` of these `.values()` names, to be completed with a condition.

    Raises:
        TypeError: a field has to be converted in Python, which a plain statement does not do.
    """
    compiler = QuerySet(model).values(*fields).query.get_compiler(connection=connection)
    text, _params = compiler.as_sql()
    if compiler.get_converters([column for column, _sql, _alias in compiler.select]):
        raise TypeError(fields)
    return str(text)


def fetch(text: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Run one statement; times are read by the driver in C, which Django would read in Python."""
    with connection.cursor() as cursor:
        cursor.cursor.adapters.register_loader("timestamptz", TimestamptzLoader)
        cursor.execute(text, params)
        return list(cursor.fetchall())
