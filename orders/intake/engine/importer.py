"""One file, chunk by chunk: parse, merge, count. Memory does not grow with the file."""

import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import DatabaseError, OperationalError, connection, transaction

from backoffice.common.sheets.errors import SheetError
from backoffice.common.sheets.limits import Limits
from backoffice.common.sheets.reading import Table, open_table
from orders.intake.engine.ahead import read_ahead
from orders.intake.engine.batch import Batch
from orders.intake.engine.counts import SHOWN_PROBLEMS, Counts
from orders.intake.engine.line_rows import LineRows, line_rows
from orders.intake.engine.merge import merge_rows
from orders.intake.engine.order_rows import OrderRows, order_rows
from orders.intake.engine.sql import run
from orders.intake.formats import (
    ORDER_DETAIL,
    DetailParser,
    FormatMatch,
    LineRecord,
    OrderListParser,
    OrderRecord,
    RowError,
    line_identity,
    recognise,
    synthetic_oid,
)

logger = logging.getLogger(__name__)

CHUNK_ROWS = 5000
# The commit that says "done" comes after all of them and is synchronous. Tables that have just grown look small to the
# planner, which would read them whole for every row of a chunk.
_SETTINGS = "SET LOCAL synchronous_commit TO off; SET LOCAL enable_seqscan TO off"
_REMEMBERED_LINES = 200_000  # identities of lines without an id whose repeats are counted
_ATTEMPTS = 6
_RETRIED = frozenset({"40001", "40P01", "55P03", "23505"})  # serialization, deadlock, lock timeout, lost race for a key

Rows = OrderRows | LineRows
BadRow = tuple[int, Sequence[Any], RowError]


class ImportRefused(Exception):
    """The whole file is refused, with a sentence for staff; nothing was changed."""


def open_order_file(path: Path, *, name: str, encoding: str | None = None) -> tuple[Table, FormatMatch]:
    """Open a file and tell what it is.

    Raises:
        ImportRefused: it is no table, or no order file.
    """
    try:
        table = open_table(
            path,
            filename=name,
            encoding=encoding or None,
            limits=Limits(file_bytes=settings.IMPORT_MAX_BYTES),
            is_header=lambda titles: recognise(titles).kind is not None,
            choose_sheet=_choose_sheet,
        )
    except SheetError as error:
        raise ImportRefused(str(error)) from error
    match = recognise(table.header)
    if match.refusal:
        table.close()
        raise ImportRefused(match.refusal)
    return table, match


def _choose_sheet(headers: Any) -> str | None:
    """Take the sheet that is an order list, else one that is an order detail."""
    kinds = {sheet: recognise(header).kind for sheet, header in headers.items()}
    return next(
        (sheet for kind in ("order_list", "order_detail") for sheet, found in kinds.items() if found == kind), None
    )


@dataclass
class Importer:
    """Imports the rows of an open table; `save` gets a chunk's bad rows and last line, in the chunk's transaction."""

    batch: Batch
    match: FormatMatch
    snapshot_at: datetime
    counts: Counts = field(default_factory=Counts)
    is_dry_run: bool = False
    after_line: int = 0  # rows up to this physical line were merged by an earlier attempt
    save: Callable[[list[BadRow], int], None] | None = None
    progress: Callable[[int], None] | None = None
    row_estimate: int = 0

    def __post_init__(self) -> None:
        self.is_detail = self.match.kind == ORDER_DETAIL
        self._keys = LineKeys()

    def run(self, rows: Iterator[tuple[int, list[Any]]]) -> Counts:
        with closing(read_ahead(self._ready(rows), is_small=self.row_estimate <= CHUNK_ROWS)) as chunks:
            for good, bad, last_line in chunks:
                if last_line > self.after_line:
                    self._merge(good, bad, last_line)
                if self.progress:
                    self.progress(self.counts.rows)
        return self.counts

    def _ready(self, rows: Iterator[tuple[int, list[Any]]]) -> Iterator[tuple[Rows | None, list[BadRow], int]]:
        """Give the chunks, ready to merge; this part runs beside the merging and has no database."""
        make: Callable[..., Rows] = line_rows if self.is_detail else order_rows
        for good, bad, last_line in self._chunks(rows):
            ready = make(good, store_id=self.batch.store.pk, snapshot_at=self.snapshot_at) if good else None
            yield ready, bad, last_line

    def _chunks(self, rows: Iterator[tuple[int, list[Any]]]) -> Iterator[tuple[list[Any], list[BadRow], int]]:
        parse = (DetailParser(self.match) if self.is_detail else OrderListParser(self.match)).parse
        good: list[Any] = []
        bad: list[BadRow] = []
        last = 0
        for line, cells in rows:
            record = parse(line, cells)
            if isinstance(record, RowError):
                bad.append((line, cells, record))
            else:
                if len(good) + len(bad) >= CHUNK_ROWS and self._may_part(good, record):
                    yield good, bad, last
                    good, bad = [], []
                good.append((record, self._keys.of(record)) if isinstance(record, LineRecord) else record)
            last = line
            if len(bad) >= CHUNK_ROWS:
                yield good, bad, last
                good, bad = [], []
        if good or bad:
            yield good, bad, last

    def _may_part(self, good: list[Any], record: OrderRecord | LineRecord) -> bool:
        """Tell whether a chunk may end here: lines of one order that follow each other stay together."""
        return not self.is_detail or not good or good[-1][0].number != record.number or len(good) > 2 * CHUNK_ROWS

    def _merge(self, good: Rows | None, bad: list[BadRow], last_line: int) -> None:
        """Merge one chunk in a transaction of its own; a lost race for a lock is run again.

        Raises:
            DatabaseError: it failed for another reason, or again and again.
        """
        for attempt in range(1, _ATTEMPTS + 1):
            before = self.counts.as_dict()
            try:
                self._merge_once(good, bad, last_line)
            except (OperationalError, DatabaseError) as error:
                self._restore(before)
                code = getattr(error.__cause__, "sqlstate", None)
                if code not in _RETRIED or attempt == _ATTEMPTS or connection.in_atomic_block:
                    raise
                logger.info("A chunk of an import is tried again after %s.", code)
                time.sleep(0.05 * 2**attempt)
            else:
                return

    def _merge_once(self, good: Rows | None, bad: list[BadRow], last_line: int) -> None:
        with transaction.atomic():
            run(_SETTINGS)
            if good:
                self.counts.add(merge_rows(self.batch, good))
            self.counts.quarantined += len(bad)
            if self.save:
                self.save(bad, last_line)
            if self.is_dry_run:
                transaction.set_rollback(True)
        self._show(bad)

    def _restore(self, before: dict[str, int]) -> None:
        for name, value in before.items():
            if name != "rows":
                setattr(self.counts, name, value)

    def _show(self, bad: list[BadRow]) -> None:
        room = SHOWN_PROBLEMS - len(self.counts.problems)
        self.counts.problems.extend({"line": line, "reason": error.reason} for line, _cells, error in bad[:room])


class LineKeys:
    """The keys of lines: their own id, else one made of what they are and how often that came before in this file."""

    def __init__(self) -> None:
        self._seen: OrderedDict[int, int] = OrderedDict()

    def of(self, record: LineRecord) -> str:
        if record.oid:
            return record.oid
        identity = line_identity(record)
        mark = hash(identity)
        ordinal = self._seen.pop(mark, 0) + 1
        self._seen[mark] = ordinal
        if len(self._seen) > _REMEMBERED_LINES:
            self._seen.popitem(last=False)
        return synthetic_oid(identity, ordinal)
