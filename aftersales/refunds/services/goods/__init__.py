"""The goods of after-sales cases: where they go back to, what came back and in which state, what is sent out again."""

from aftersales.refunds.services.goods.addresses import (
    ReturnPlace,
    open_return_address,
    return_address_text,
    save_return_address,
)
from aftersales.refunds.services.goods.inspection import INSPECTABLE, Found, inspect_return
from aftersales.refunds.services.goods.outbound import default_sku, receive_case, send_out
from aftersales.refunds.services.goods.parcels import correct_return_number, send_back

__all__ = [
    "INSPECTABLE",
    "Found",
    "ReturnPlace",
    "correct_return_number",
    "default_sku",
    "inspect_return",
    "open_return_address",
    "receive_case",
    "return_address_text",
    "save_return_address",
    "send_back",
    "send_out",
]
