"""What the sealed texts of after-sales cases are bound to; see orders/core/texts.py."""


def case_context(store_id: int, number: str) -> str:
    return f"refund:{store_id}:{number}"


def message_context(store_id: int, number: str) -> str:
    return f"refund_message:{store_id}:{number}"
