"""Acts on orders. Each locks the order first, checks its version, writes one event, and is one transaction."""

from orders.core.services.acceptance import accept_order, unaccept_order
from orders.core.services.annotations import add_remark, mark_opened, set_flag, set_tags, withdraw_remark
from orders.core.services.appointments import appoint_date, release_due_appointments
from orders.core.services.base import (
    CLAIM_LEASE,
    bump,
    check_move,
    clean_reason,
    is_order_number,
    lock_order,
    move,
    put_into_outbox,
    record_event,
    refuse_cards,
)
from orders.core.services.claims import claim_order, release_claim
from orders.core.services.contacts import answer_contact, log_contact
from orders.core.services.errors import OrderError, RevealError, VersionConflict
from orders.core.services.holds import lift_holds, open_hold, place_hold, release_hold, shortage_sentence
from orders.core.services.moves import close_order, complete_order, mark_paid, reopen_unpaid
from orders.core.services.promise import (
    PROMISE_FIELDS,
    extend_promise,
    outdated_promises,
    recompute_promise,
    recompute_store_promise,
    withdraw_extension,
)
from orders.core.services.recipients import change_recipient, restore_recipient
from orders.core.services.refunds import set_refund_facts
from orders.core.services.reveals import reveal_recipient, used_reveals
from orders.core.services.specs import agree_spec
from orders.core.services.wishes import agree_wish, finish_wish, finish_wishes, withdraw_wish, withdraw_wishes

__all__ = [
    "CLAIM_LEASE",
    "PROMISE_FIELDS",
    "OrderError",
    "RevealError",
    "VersionConflict",
    "accept_order",
    "add_remark",
    "agree_spec",
    "agree_wish",
    "answer_contact",
    "appoint_date",
    "bump",
    "change_recipient",
    "check_move",
    "claim_order",
    "clean_reason",
    "close_order",
    "complete_order",
    "extend_promise",
    "finish_wish",
    "finish_wishes",
    "is_order_number",
    "lift_holds",
    "lock_order",
    "log_contact",
    "mark_opened",
    "mark_paid",
    "move",
    "open_hold",
    "outdated_promises",
    "place_hold",
    "put_into_outbox",
    "recompute_promise",
    "recompute_store_promise",
    "record_event",
    "refuse_cards",
    "release_claim",
    "release_due_appointments",
    "release_hold",
    "reopen_unpaid",
    "restore_recipient",
    "reveal_recipient",
    "set_flag",
    "set_refund_facts",
    "set_tags",
    "shortage_sentence",
    "unaccept_order",
    "used_reveals",
    "withdraw_extension",
    "withdraw_remark",
    "withdraw_wish",
    "withdraw_wishes",
]
