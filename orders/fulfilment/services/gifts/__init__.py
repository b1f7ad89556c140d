"""Gifts: rules of the store, and the lines that they give."""

from orders.fulfilment.services.gifts.rules import (
    GiftError,
    GiftValues,
    delete_gift_rule,
    save_gift_rule,
    switch_gift_rule,
    unsaved_gift_rule,
)

__all__ = [
    "GiftError",
    "GiftValues",
    "delete_gift_rule",
    "save_gift_rule",
    "switch_gift_rule",
    "unsaved_gift_rule",
]
