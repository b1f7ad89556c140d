"""Reading a sheet of products into the product list, by the worker."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from backoffice.common.models import Job
from backoffice.common.sheets.errors import SheetError
from backoffice.common.sheets.reading import Table
from orders.fulfilment.services.products import ProductRow, import_products
from orders.intake.engine import ImportRefused
from orders.intake.models import ImportFile
from orders.intake.products.formats import BadRow, open_products, read_rows

KIND = "product_import"
KEPT_PROBLEMS = 500
_STEP = 1000
Progress = Callable[[int], None]


def import_product_file(
    *, file: ImportFile, path: Path, at: datetime, job: Job | None = None, progress: Progress | None = None
) -> dict[str, Any]:
    """Save every row of the clear copy; rows that an attempt before this one saved change nothing again.

    Raises:
        ImportRefused: the file is refused whole.
    """
    table, columns = open_products(path, name=file.name)
    bad: list[tuple[int, str]] = []
    with table:
        try:
            result = import_products(
                store=file.store, rows=_good(table, columns, bad, progress), actor=file.uploaded_by, at=at, job=job
            )
        except SheetError as error:
            raise ImportRefused(str(error)) from error
    refused = sorted([*bad, *result.refused])
    counts = {
        "rows": result.created + result.updated + result.unchanged + len(bad),
        "created": result.created,
        "updated": result.updated,
        "unchanged": result.unchanged,
        "counted": result.counted,
        "refused": len(refused),
        "problems": [[line, reason] for line, reason in refused[:KEPT_PROBLEMS]],
    }
    ImportFile.objects.filter(pk=file.pk).update(state=ImportFile.State.DONE, counts=counts, finished_at=at, error="")
    return counts


def _good(
    table: Table, columns: Mapping[str, int], bad: list[tuple[int, str]], progress: Progress | None
) -> Iterator[ProductRow]:
    """Yield the rows that name a sku; the others are put into `bad`."""
    for count, row in enumerate(read_rows(table, columns), start=1):
        if isinstance(row, BadRow):
            bad.append((row.line, row.reason))
        else:
            yield row
        if progress is not None and count % _STEP == 0:
            progress(count)
