"""Statements that never change but for their values: compiled once by the ORM, then only sent and read.

Compiling a select of forty columns over five tables takes longer than the database needs to answer it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Generic, TypeVar

from django.db import connection
from django.db.models import Model, QuerySet
from django.db.models import query as orm
from psycopg.types.datetime import TimestamptzLoader

_M = TypeVar("_M", bound=Model)


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


def fetch(text: str, params: Sequence[Any] | Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """Run one statement; times are read by the driver in C, which Django would read in Python."""
    with connection.cursor() as cursor:
        cursor.cursor.adapters.register_loader("timestamptz", TimestamptzLoader)
        cursor.execute(text, params)
        return list(cursor.fetchall())


def literals(codes: Iterable[str]) -> str:
    """Return `('a', 'b')` of codes, for statements that must name them as the condition of an index does."""
    return "({})".format(", ".join(f"'{code!s}'" for code in codes))


class Prepared(Generic[_M]):
    """A query for objects that is compiled at its first use.

    `samples` are the values that the query was made with, each of its own; the same places take those of a call.
    """

    def __init__(self, make: Callable[[], "QuerySet[_M, _M]"], *samples: Any) -> None:
        self._make, self._samples = make, samples
        self._read: Callable[[Sequence[Any]], list[_M]] | None = None

    def fetch(self, *values: Any) -> list[_M]:
        """Run the query with these values in the place of the samples."""
        if self._read is None:
            self._read = self._compiled()
        return self._read(values)

    def _compiled(self) -> Callable[[Sequence[Any]], list[_M]]:
        compiler = self._make().query.get_compiler(connection=connection)
        text, params = compiler.as_sql()
        places = [self._samples.index(value) if value in self._samples else None for value in params]
        if missing := set(range(len(self._samples))) - set(places):
            raise TypeError(missing)
        converters = compiler.get_converters([column for column, _sql, _alias in compiler.select])
        build = _builder(compiler)

        def read(values: Sequence[Any]) -> list[_M]:
            given = [value if place is None else values[place] for value, place in zip(params, places, strict=True)]
            rows: Any = fetch(text, given)
            return [build(row) for row in (compiler.apply_converters(rows, converters) if converters else rows)]

        return read


def _builder(compiler: Any) -> Callable[[Sequence[Any]], Any]:
    """Return what makes an object, and those that it was selected with, of one row: as QuerySet does."""
    info, using = compiler.klass_info, connection.alias
    model, first, end = info["model"], info["select_fields"][0], info["select_fields"][-1] + 1
    names = [column[0].target.attname for column in compiler.select[first:end]]
    related: Any = orm.get_related_populators  # whose type differs between versions of Django
    populators = related(info, compiler.select, using)

    def build(row: Sequence[Any]) -> Any:
        made = model.from_db(using, names, row[first:end])
        for populator in populators:
            populator.populate(row, made)
        return made

    return build
