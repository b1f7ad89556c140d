"""What an act on many orders is made of."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from backoffice.common.access import Right
from backoffice.common.models import Job, Store, User

Values = Mapping[str, Any]
Undo = dict[str, Any]  # what undoing needs; empty: there is nothing to undo
CHECK_FIELDS = (
    "id",
    "number",
    "status",
    "acceptance",
    "hold_kinds",
    "flag",
    "tags",
    "claimed_by_id",
    "claim_expires_at",
    "claimed_by__username",
    "claimed_by__display_name",
    "print_count",
    "printed_at",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """Who acts on which order, when, as part of which batch."""

    store: Store
    order_id: int
    actor: User
    at: datetime
    job: Job | None

    def arguments(self) -> dict[str, Any]:
        return {"store": self.store, "order_id": self.order_id, "actor": self.actor, "at": self.at, "job": self.job}


Check = Callable[[Values, Values, User, datetime], str]
Run = Callable[[Call, Values], Undo]


@dataclass(frozen=True, slots=True, kw_only=True)
class Concern:
    """What a person should know of some of the orders before the act, and may decide on with the `options`."""

    regards: Callable[[Values], bool]  # an order, by its CHECK_FIELDS
    text: Callable[[int], str]
    options: tuple[str, ...] = ()  # further fields of orders.desk.forms.BulkForm, none of them required


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkAct:
    """One act: `check` names why an order is left out, in few words that are counted; the service has the last word."""

    key: str
    label: Any
    icon: str
    right: Right
    check: Check
    run: Run
    undo: Run | None = None
    final: Any = ""  # without `undo`: why it cannot be taken back
    fields: tuple[str, ...] = ()  # of orders.desk.forms.BulkForm
    limits: tuple[str, ...] = ()  # fields that pages fill in unseen
    concern: Concern | None = None
    shortcut: str = ""
    tone: str = ""
    notes: Callable[[Store, Sequence[int]], Sequence[Any]] | None = None  # what a person is told before, with links
    after: Callable[[Job, Values], dict[str, Any]] | None = None  # once all are done; goes into the batch's result
    most: int = 0  # orders at once; 0: as many as any batch
    here: int = 0  # orders done within the request; 0: as any batch

    @property
    def options(self) -> tuple[str, ...]:
        return self.concern.options if self.concern else ()
