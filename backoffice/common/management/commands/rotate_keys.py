import time
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone

from backoffice.common.audit import write_audit
from backoffice.common.management.base import DONE, WITH_FINDINGS, JsonCommand, Refused
from backoffice.common.rotation import rotate_keys
from backoffice.common.sealing import current_key_id


class Command(JsonCommand):
    help = "Seal buyer data again under the first key of PII_KEYS. Afterwards the other keys may go."

    def run(self, **options: Any) -> int:
        started = time.monotonic()
        try:
            key = current_key_id()
        except ImproperlyConfigured as error:
            raise Refused(str(error)) from error
        result = rotate_keys()
        counts = {name: rotated.sealed for name, rotated in result.items()}
        failed = sum(rotated.failed for rotated in result.values())
        write_audit(
            store=None,
            actor=None,
            action="keys_rotated",
            at=timezone.now(),
            data={"key": key, "failed": failed, **counts},
        )
        self.output({**counts, "failed": failed, "key": key, "seconds": round(time.monotonic() - started, 2)})
        return WITH_FINDINGS if failed else DONE
