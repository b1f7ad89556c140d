"""A shift of staff at work on one shop: `python -m bench load`."""

import re
from collections.abc import Iterator

from bench import addresses
from bench.addresses import LIST, QUEUE, Known
from bench.bed import Bed
from bench.client import Client
from bench.crowd import Plan
from bench.output import Row
from bench.pages import crowd
from bench.sizes import LARGE
from bench.statements import cookie_of
from orders.core.models import Order

STAFF, THINK = 30, (0.5, 2.0)
LIMIT_MS = 500
_CSRF = re.compile(r'"X-CSRFToken": ?"([^"]+)"')


def load_rows(bed: Bed, known: Known, seconds: int) -> Iterator[Row]:
    cookie = cookie_of(bed.keys[LARGE])
    client = Client(bed.port, cookie)
    answer = client.get(QUEUE)
    client.close()
    csrf = answer.headers.get("set-cookie", "").partition(";")[0]
    token = _CSRF.search(answer.body.decode().replace("&quot;", '"'))
    open_orders = list(
        Order.objects.filter(store__code=LARGE)
        .pending_shipment()
        .order_by("ship_by", "pk")
        .values_list("pk", "number")[:300]
    )
    paths = [*_reads(known), *(f"{LIST}{number}/" for _pk, number in open_orders[:40])]
    plan = Plan(
        bed.port, f"{cookie}; {csrf}", paths, STAFF, seconds, THINK,
        posts=[(f"{LIST}bulk/", f"act=flag&flag={pk % 5 + 1}&selected={pk}") for pk, _number in open_orders],
        csrf=token[1] if token else "",
    )  # fmt: skip
    found = crowd(plan)
    is_met = found["p95_ms"] <= LIMIT_MS and not found["errors"]
    yield Row(
        f"{STAFF} staff, {bed.sizes.orders:,} orders, {seconds} s", f"p95 ≤ {LIMIT_MS} ms, 0 errors",
        f"p95 {found['p95_ms']:.0f} ms, {found['errors']} errors",
        None, f"{found['per_second']:.0f} requests/s", is_met, found,
    )  # fmt: skip


def _reads(known: Known) -> list[str]:
    lists = [QUEUE] * 12 + [addresses.BIG_TAB, f"{LIST}?queue=shipped", f"{LIST}?queue=all", f"{LIST}subqueues/"] * 3
    filtered = [
        path
        for name, path in addresses.filters(known).items()
        if name.startswith(("sub ", "province,", "sort ship_by"))
    ]
    return [*lists, *filtered, *addresses.searches(known).values(), "/analytics/", "/"]
