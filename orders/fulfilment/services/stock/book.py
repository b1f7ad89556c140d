"""The ledger of the skus that a transaction has locked: every change is one movement, written together at the end."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection

from backoffice.common.models import Job, Store, User
from orders.fulfilment.models import LineStock, Sku, StockMovement
from orders.fulfilment.statuses import MovementKind

_SAVE_SKUS = """
UPDATE fulfilment_sku s SET on_hand = v.on_hand, reserved = v.reserved, counted_at = v.counted_at, version = v.version
FROM unnest(%s::bigint[], %s::int[], %s::int[], %s::timestamptz[], %s::int[])
    AS v (id, on_hand, reserved, counted_at, version) WHERE s.id = v.id
"""

_INSERT = """
INSERT INTO fulfilment_stockmovement (store_id, sku_id, kind, on_hand_change, reserved_change, on_hand_after,
    reserved_after, order_id, line_id, reason, actor_id, job_id, at)
SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::int[], %s::int[], %s::int[], %s::int[], %s::bigint[],
    %s::bigint[], %s::text[], %s::bigint[], %s::bigint[], %s::timestamptz[])
"""


@dataclass
class Book:
    """Locked skus by id, and what has been done to them so far."""

    store: Store
    at: datetime
    actor: User | None = None
    job: Job | None = None
    skus: dict[int, Sku] = field(default_factory=dict)
    movements: list[StockMovement] = field(default_factory=list)
    freed: set[int] = field(default_factory=set)  # skus that others who are short may now get

    def move(
        self,
        sku: Sku,
        kind: MovementKind,
        *,
        on_hand: int = 0,
        reserved: int = 0,
        stock: LineStock | None = None,
        reason: str = "",
    ) -> None:
        """Change a locked sku; the row goes to the database with `save`."""
        sku.on_hand += on_hand
        sku.reserved += reserved
        if on_hand - reserved > 0:
            self.freed.add(sku.pk)
        self.movements.append(
            StockMovement(
                store_id=self.store.pk,
                sku_id=sku.pk,
                kind=kind,
                on_hand_change=on_hand,
                reserved_change=reserved,
                on_hand_after=sku.on_hand,
                reserved_after=sku.reserved,
                order_id=stock.order_id if stock else None,
                line_id=stock.line_id if stock else None,
                reason=reason,
                actor=self.actor,
                job=self.job,
                at=self.at,
            )
        )

    def reserve(self, sku: Sku, stock: LineStock, quantity: int) -> None:
        stock.reserved += quantity
        self.move(sku, MovementKind.RESERVE, reserved=quantity, stock=stock)

    def release(self, sku: Sku, stock: LineStock, quantity: int) -> None:
        stock.reserved -= quantity
        self.move(sku, MovementKind.RELEASE, reserved=-quantity, stock=stock)

    def ship(self, sku: Sku, stock: LineStock, quantity: int) -> None:
        """Take pieces off the shelf, those first that were promised to the line."""
        promised = min(quantity, stock.reserved)
        stock.reserved -= promised
        stock.shipped += quantity
        self.move(sku, MovementKind.SHIP, on_hand=-quantity, reserved=-promised, stock=stock)

    def save(self) -> None:
        """Write what was moved: two statements, or none."""
        if not self.movements:
            return
        moved = [self.skus[pk] for pk in sorted({movement.sku_id for movement in self.movements})]
        columns = [list(column) for column in zip(*map(_saved_columns, moved), strict=True)]
        with connection.cursor() as cursor:
            cursor.execute(_SAVE_SKUS, columns)
            cursor.execute(_INSERT, [list(column) for column in zip(*map(_moved_columns, self.movements), strict=True)])
        self.movements = []


def _moved_columns(row: StockMovement) -> tuple[Any, ...]:
    return (
        row.store_id, row.sku_id, str(row.kind), row.on_hand_change, row.reserved_change, row.on_hand_after,
        row.reserved_after, row.order_id, row.line_id, row.reason, row.actor_id, row.job_id, row.at,
    )  # fmt: skip


def _saved_columns(sku: Sku) -> tuple[int, int, int, datetime | None, int]:
    return sku.pk, sku.on_hand, sku.reserved, sku.counted_at, sku.version
