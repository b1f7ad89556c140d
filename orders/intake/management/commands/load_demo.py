from datetime import timedelta
from typing import Any

from django.core.management import call_command
from django.core.management.base import CommandParser
from django.utils import timezone

from backoffice.common.clock import business_day
from backoffice.common.management.base import JsonCommand
from orders.core.models import Order
from orders.intake.demo.desk import open_desk
from orders.intake.demo.generator import generate
from orders.intake.demo.shop import STORE, create_accounts, ends_at, furnish_further, import_demo
from orders.intake.demo.warehouse import open_warehouse

_ORDERS, _SEED, _DAYS = 20_000, 1, 90


class Command(JsonCommand):
    help = (
        "Load the demo shop once: accounts, 20,000 orders that end now, some work on them, cases and reviews, "
        "the rollups of closed days."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--orders", type=int, default=_ORDERS)

    def run(self, **options: Any) -> None:
        store = create_accounts()
        if Order.objects.for_store(store).exists():
            self.output({"orders": 0, "lines": 0})
            return
        until = ends_at(None, timezone.now())
        orders = generate(count=options["orders"], seed=_SEED, until=until, days=_DAYS)
        order_count, line_count = import_demo(store, orders, seed=_SEED, until=until)
        open_desk(store, at=until)
        open_warehouse(store, at=until, seed=_SEED)
        furnish_further(store, at=until, seed=_SEED)
        today = business_day(until)
        first, last = today - timedelta(days=_DAYS + 1), today - timedelta(days=1)
        call_command("rollup_sales", "--from", first.isoformat(), "--to", last.isoformat(), "--store", STORE)
        self.output({"orders": order_count, "lines": line_count})
