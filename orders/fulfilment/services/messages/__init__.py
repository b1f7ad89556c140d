"""Messages to buyers: for a purpose that the order permits, once, and only when the store wants any."""

from orders.fulfilment.services.messages.consent import set_consent
from orders.fulfilment.services.messages.greetings import (
    GREETED_AT_MOST,
    Segment,
    count_segment,
    create_greetings,
    greeted_orders,
    run_greetings,
)
from orders.fulfilment.services.messages.recording import fitting_templates, prepare_message, record_message
from orders.fulfilment.services.messages.senders import Sender, SendError, register_sender, sender_of
from orders.fulfilment.services.messages.templates import (
    VARIABLES,
    MessageError,
    delete_template,
    save_template,
    switch_messages,
    text_problem,
)

__all__ = [
    "GREETED_AT_MOST",
    "VARIABLES",
    "MessageError",
    "Segment",
    "SendError",
    "Sender",
    "count_segment",
    "create_greetings",
    "delete_template",
    "fitting_templates",
    "greeted_orders",
    "prepare_message",
    "record_message",
    "register_sender",
    "run_greetings",
    "save_template",
    "sender_of",
    "set_consent",
    "switch_messages",
    "text_problem",
]
