"""What a gift rule would do to the orders that wait now."""

from dataclasses import dataclass

from backoffice.common.models import Store
from orders.core.models import Order
from orders.fulfilment.models import GiftRule
from orders.fulfilment.queries.gifts import CAP, Meeting, orders_that_meet


@dataclass(frozen=True, slots=True)
class Trial:
    """Whom a rule would give to among `open_count` orders, and how many of those would lack the gift's stock."""

    meeting: Meeting
    open_count: int
    lacking: int

    @property
    def order_count(self) -> int:
        return self.meeting.order_count

    @property
    def is_capped(self) -> bool:
        return self.order_count > CAP


def trial_of(store: Store, rule: GiftRule) -> Trial:
    """Say whom a rule would give to now; it need not be saved."""
    meeting = orders_that_meet(store=store, rule=rule)
    open_orders = Order.objects.for_store(store).pending_shipment().order_by().values_list("pk")
    is_counted = rule.gift.counted_at is not None
    served = max(rule.gift.free, 0) // rule.quantity if is_counted else meeting.order_count
    return Trial(meeting, len(open_orders[: CAP + 1]), max(0, meeting.order_count - served))
