import time
from typing import Any

from django.utils import timezone

from backoffice.common.management.base import JsonCommand
from backoffice.common.purging import purge


class Command(JsonCommand):
    help = "Wipe recipients, files and stored answers whose time is over; sums stay."

    def run(self, **options: Any) -> None:
        started = time.monotonic()
        counts = purge(now=timezone.now())
        self.output({**counts, "seconds": round(time.monotonic() - started, 2)})
