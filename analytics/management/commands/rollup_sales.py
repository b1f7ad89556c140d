import time
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from analytics.management.ranges import add_range_arguments, read_range
from analytics.rollups.runs import roll_range
from backoffice.common.management.base import JsonCommand


class Command(JsonCommand):
    help = "Recompute the rollups of a range of days: sales, after-sales cases, topics."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        add_range_arguments(parser)

    def run(self, **options: Any) -> None:
        stores, first, last = read_range(options)
        started = time.monotonic()
        count = roll_range(stores=stores, first=first, last=last, at=timezone.now())
        self.output({**count._asdict(), "seconds": round(time.monotonic() - started, 3)})
