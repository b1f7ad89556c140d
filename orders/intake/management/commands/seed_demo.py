import time
from contextlib import suppress
from datetime import datetime
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from backoffice.common.clock import day_start
from backoffice.common.management.base import JsonCommand, Refused
from backoffice.common.models import Store
from orders.core.models import Order
from orders.intake.demo.fast import FastLoader
from orders.intake.demo.generator import generate
from orders.intake.demo.shop import create_accounts, ends_at, import_demo


class Command(JsonCommand):
    help = "Fill the store `demo` with invented orders: the same seed and end give the same data."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--orders", type=int, required=True)
        parser.add_argument("--seed", type=int, required=True)
        parser.add_argument("--days", type=int, default=90)
        parser.add_argument("--until", default="", help="day or moment at which the invented period ends; default now")
        parser.add_argument("--fast", action="store_true", help="straight into the tables, for benchmarks")

    def run(self, **options: Any) -> None:
        if options["orders"] < 1 or options["days"] < 1:
            raise Refused("--orders and --days must be 1 or more.")
        started = time.monotonic()
        store, until = create_accounts(), _until(options["until"])
        orders = generate(count=options["orders"], seed=options["seed"], until=until, days=options["days"])
        if options["fast"]:
            order_count, line_count = _load_fast(store, orders, options["seed"], until)
        else:
            order_count, line_count = import_demo(store, orders, seed=options["seed"], until=until)
        self.output({"orders": order_count, "lines": line_count, "seconds": round(time.monotonic() - started, 1)})


def _until(text: str) -> datetime:
    if not text:
        return ends_at(None, timezone.now())
    with suppress(ValueError):  # of a day or an hour that there is not
        if day := parse_date(text):
            return day_start(day)
        if moment := parse_datetime(text):
            return moment if timezone.is_aware(moment) else timezone.make_aware(moment)
    raise Refused(f"--until {text!r} is neither a day nor a moment such as 2026-06-01 or 2026-06-01T12:00.")


def _load_fast(store: Store, orders: Any, seed: int, until: datetime) -> tuple[int, int]:
    if Order.objects.for_store(store).exists():
        raise Refused("--fast fills an empty store only, and `demo` holds orders.")
    return FastLoader(store, seed=seed, until=until).load(orders)
