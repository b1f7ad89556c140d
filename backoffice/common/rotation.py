"""Rotation of the keys that seal buyer data: every app names its sealed columns in `settings.KEY_ROTATORS`."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeVar

from django.conf import settings
from django.db import transaction
from django.db.models import BinaryField, F, Func, Model, QuerySet, Value
from django.utils.module_loading import import_string

from backoffice.common.sealing import SealError, current_prefix, seal, unseal

BATCH = 500
Row = TypeVar("Row", bound=Model)


class Rotated(NamedTuple):
    """How many values were sealed again, and how many could not be opened."""

    sealed: int
    failed: int


def rotate_keys() -> dict[str, Rotated]:
    """Seal everything again that is sealed under a key which is not the current one."""
    result: dict[str, Rotated] = {}
    for path in settings.KEY_ROTATORS:
        result.update(import_string(path)())
    return result


def rotate_rows(rows: QuerySet[Row], *, reseal: Callable[[Row], Mapping[str, Any]], column: str = "sealed") -> Rotated:
    """Rotate one table in batches; `reseal` returns the new values of a row's columns. Safe to run beside imports."""
    prefix = current_prefix()
    head = Func(F(column), Value(1), Value(len(prefix)), function="substr", output_field=BinaryField())
    old = rows.filter(**{f"{column}__isnull": False}).annotate(_head=head).exclude(_head=prefix).order_by("pk")
    done = failed = 0
    last: Any = 0
    while True:
        with transaction.atomic():
            batch = list(old.filter(pk__gt=last).select_for_update(of=("self",))[:BATCH])
            if not batch:
                return Rotated(done, failed)
            counts = [_rotate_row(row, reseal) for row in batch]
        last = batch[-1].pk
        done += sum(counts)
        failed += len(counts) - sum(counts)


def _rotate_row(row: Row, reseal: Callable[[Row], Mapping[str, Any]]) -> bool:
    try:
        values = reseal(row)
    except SealError:
        return False
    type(row)._base_manager.filter(pk=row.pk).update(**values)  # noqa: SLF001 -- public in Django's documentation
    return True


def resealed(blob: bytes | memoryview, *, context: str) -> bytes:
    """Open a value and seal it under the current key.

    Raises:
        SealError: it cannot be opened.
    """
    return seal(unseal(blob, context=context), context=context)
