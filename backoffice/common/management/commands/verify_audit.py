from typing import Any

from backoffice.common.audit import broken_entries
from backoffice.common.management.base import WITH_FINDINGS, JsonCommand


class Command(JsonCommand):
    help = "Check the hash chain of every store's audit trail."

    def run(self, **options: Any) -> int | None:
        entries, broken = broken_entries()
        self.output({"entries": entries, "broken": broken})
        return WITH_FINDINGS if broken else None
