from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from backoffice.common.models import Store
from orders.core.statuses import ACCEPTED_ON_PAYMENT


@dataclass(frozen=True)
class Batch:
    """What is the same for every row of a chunk."""

    store: Store
    at: datetime  # when the import runs
    job_id: int | None = None
    buyers: Sequence[int] = ()  # ids that the staged rows of a chunk name by their place, from 1
    titles: Sequence[int] = ()

    @property
    def values(self) -> dict[str, Any]:
        """The named parameters that the statements share."""
        return {
            "store": self.store.pk,
            "at": self.at,
            "job": self.job_id,
            "buyers": list(self.buyers),
            "titles": list(self.titles),
            "hours": self.store.promise_hours,
            "accepts": self.store.accepts_now,
            "payment_rule": ACCEPTED_ON_PAYMENT,
        }
