"""Acts on orders. Each locks the order first, checks its version, writes one event, and is one transaction."""

from orders.core.services.acceptance import accept_order, unaccept_order
from orders.core.services.annotations import add_remark, mark_opened, set_flag, set_tags
from orders.core.services.base import CLAIM_LEASE, bump, check_move, clean_reason, lock_order, move, record_event
from orders.core.services.claims import claim_order, release_claim
from orders.core.services.errors import OrderError, RevealError, VersionConflict
from orders.core.services.holds import lift_holds, open_hold, place_hold, release_hold
from orders.core.services.moves import close_order, complete_order, mark_paid
from orders.core.services.refunds import set_refund_facts
from orders.core.services.reveals import reveal_recipient, used_reveals

__all__ = [
    "CLAIM_LEASE",
    "OrderError",
    "RevealError",
    "VersionConflict",
    "accept_order",
    "add_remark",
    "bump",
    "check_move",
    "claim_order",
    "clean_reason",
    "close_order",
    "complete_order",
    "lift_holds",
    "lock_order",
    "mark_opened",
    "mark_paid",
    "move",
    "open_hold",
    "place_hold",
    "record_event",
    "release_claim",
    "release_hold",
    "reveal_recipient",
    "set_flag",
    "set_refund_facts",
    "set_tags",
    "unaccept_order",
    "used_reveals",
]
