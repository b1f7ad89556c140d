from typing import Any

from django.core.management.base import CommandParser

from analytics.management.ranges import add_range_arguments, read_range
from analytics.rollups.verification import verify_rollups
from backoffice.common.management.base import DONE, WITH_FINDINGS, JsonCommand


class Command(JsonCommand):
    help = "Recount the orders, cases and topics of a range of days and compare them with every rollup."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        add_range_arguments(parser)

    def run(self, **options: Any) -> int:
        stores, first, last = read_range(options)
        verification = verify_rollups(stores=stores, first=first, last=last)
        self.output(verification._asdict())
        return WITH_FINDINGS if verification.mismatches else DONE
