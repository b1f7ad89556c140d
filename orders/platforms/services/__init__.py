"""A store's connection to its platform, the orders that come in by it, and the outbox that goes out."""

from orders.platforms.services.connections import (
    ConnectionValues,
    PlatformActError,
    save_connection,
    switch_connection,
    test_connection,
)
from orders.platforms.services.outbox import retry_failed, retry_message
from orders.platforms.services.sending import send_due
from orders.platforms.services.taking import take_changes

__all__ = [
    "ConnectionValues",
    "PlatformActError",
    "retry_failed",
    "retry_message",
    "save_connection",
    "send_due",
    "switch_connection",
    "take_changes",
    "test_connection",
]
