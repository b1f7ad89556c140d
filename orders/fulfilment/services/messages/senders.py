"""What sends a message: an interface. None comes with the product, so messages are recorded here and not sent.

A sending service is one class with `send`, registered for a store's code when the project starts. It finds the phone
number itself: texts here never hold one.
"""

from typing import Protocol

from backoffice.common.models import Store
from orders.core.models import Order


class SendError(Exception):
    """The service refused a message; the sentence is for staff."""


class Sender(Protocol):
    """Sends one text to the buyer of an order."""

    def send(self, order: Order, text: str) -> None:
        """Send it, or raise SendError."""


_SENDERS: dict[str, Sender] = {}


def register_sender(store_code: str, sender: Sender | None) -> None:
    """Let this service send for a store, or none again."""
    if sender is None:
        _SENDERS.pop(store_code, None)
    else:
        _SENDERS[store_code] = sender


def sender_of(store: Store) -> Sender | None:
    return _SENDERS.get(store.code)
