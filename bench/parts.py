"""The parts of a run, in order."""

from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from functools import partial

from django.utils import timezone

from backoffice.common.clock import business_day
from backoffice.common.models import Store, User
from bench import (
    files,
    fulfilment_pages,
    fulfilment_work,
    lists,
    load,
    note_scores,
    pages,
    papers,
    sentiment,
    sql,
    sums,
)
from bench.addresses import Known, facts
from bench.bed import Bed, web_server
from bench.output import Row
from bench.people import USER
from bench.sizes import FIVE_YEARS, LARGE
from bench.statements import session_key


def parts(bed: Bed) -> dict[str, Callable[[], Iterable[Row]]]:
    known = _enter(bed)
    return {
        "pages": partial(_web, bed, known),
        "sql": partial(_sql, bed, known),
        "lists": partial(lists.explain_rows, bed, known),
        "files": partial(_files, bed),
        "papers": partial(papers.paper_rows, bed),
        "stock": partial(fulfilment_work.work_rows, bed),
        "sums": partial(_sums, bed),
        "notes": note_scores.rows,
        "sentiment": sentiment.rows,
    }


def load_part(bed: Bed, seconds: int) -> Iterator[Row]:
    known = _enter(bed)
    with web_server(bed):
        yield from load.load_rows(bed, known, seconds)


def _enter(bed: Bed) -> Known:
    """Log in to every shop; return what the large one can be searched for."""
    user = User.objects.get(username=USER)
    bed.keys = {shop.code: session_key(user, shop.code) for shop in bed.sizes.shops}
    return facts(Store.objects.get(code=LARGE))


def _web(bed: Bed, known: Known) -> Iterator[Row]:
    yesterday = business_day(timezone.now()) - timedelta(days=1)
    first = yesterday - timedelta(days=FIVE_YEARS - 1)
    with web_server(bed):
        fresh = pages.memory_of(bed)
        yield from pages.page_rows(bed, known, f"/analytics/?day_from={first}&day_to={yesterday}")
        yield from fulfilment_pages.desk_rows(bed)
        yield from pages.throughput_rows(bed)
        yield pages.memory_row(bed, fresh)
        yield from pages.transfer_rows(bed)


def _sql(bed: Bed, known: Known) -> Iterator[Row]:
    yield from sql.sql_rows(bed, known)
    yield from fulfilment_pages.statement_rows(bed)


def _files(bed: Bed) -> Iterator[Row]:
    yield from files.export_rows(bed)
    yield from files.import_rows(bed)


def _sums(bed: Bed) -> Iterator[Row]:
    yield from sums.rollup_rows(bed)
    yield from sums.counter_rows(bed)
