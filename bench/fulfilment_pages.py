"""The desks of fulfilment and after-sales over HTTP, and their statements; the goals are our own."""

from collections.abc import Iterator

from backoffice.common.models import Store, User
from bench.aftersales_addresses import aftersales_desks, aftersales_pages
from bench.bed import Bed
from bench.client import Client, p50_of
from bench.fulfilment_addresses import Desk, desks, single_pages
from bench.output import Row, at_most, within
from bench.pages import worst
from bench.people import USER
from bench.sizes import LARGE
from bench.statements import cookie_of, load_page, sql_ms
from bench.web_paths import HELLO

FIRST, DEEP, STATEMENTS = 5, 1.2, 8


def desk_rows(bed: Bed) -> Iterator[Row]:
    """Measure every list, every way to narrow it, and a page far down."""
    store, client = Store.objects.get(code=LARGE), Client(bed.port, cookie_of(bed.keys[LARGE]))
    for desk in all_desks(store):
        yield from _desk(client, desk)
    yield from _singles(client, store)
    client.close()


def all_desks(store: Store) -> list[Desk]:
    return [*desks(store), *aftersales_desks(store, User.objects.get(username=USER))]


def all_single_pages(store: Store) -> dict[str, tuple[str, float]]:
    return single_pages(store) | aftersales_pages(store)


def _desk(client: Client, desk: Desk) -> Iterator[Row]:
    found = p50_of(client, [HELLO, desk.base, *filter(None, (desk.deep_base, desk.deep))])
    yield at_most(f"{desk.name} (own goal)", FIRST, found[desk.base].p50, floor=found[HELLO].p50)
    if desk.deep:
        yield at_most(
            f"deep page of {desk.name} over page 1 (own goal)", DEEP, found[desk.deep].p50,
            floor=found[desk.deep_base].p50, floor_name="page 1",
        )  # fmt: skip
    if desk.ways:
        yield worst(f"ways of {desk.name} (own goal)", client, desk.ways, desk.base, "its first page")


def _singles(client: Client, store: Store) -> Iterator[Row]:
    pages = all_single_pages(store)
    found = p50_of(client, [HELLO, *(path for path, _limit in pages.values())])
    for name, (path, limit) in pages.items():
        yield at_most(f"{name} (own goal)", limit, found[path].p50, floor=found[HELLO].p50)


def statement_rows(bed: Bed) -> Iterator[Row]:
    """Count and time the statements of each desk's first page."""
    for desk in all_desks(Store.objects.get(code=LARGE)):
        load_page(bed.keys[LARGE], desk.base)
        statements = load_page(bed.keys[LARGE], desk.base).statements
        took = sql_ms(statements)
        yield Row(
            f"SQL statements of {desk.name} (own goal)", f"≤ {STATEMENTS}", str(len(statements)), None,
            f"{took:.2f} ms, p50 each", len(statements) <= STATEMENTS, {"sql": statements, "sql_ms": took},
        )  # fmt: skip
        yield within(f"SQL of {desk.name}", 10, took, floor=f"{len(statements)} statements; own goal")
