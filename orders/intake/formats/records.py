"""What one clean row holds.

A field whose column the file lacks is ABSENT, so that a narrow file never wipes what a wide one brought.
"""

from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Final, Literal, NamedTuple, TypeAlias


class Absent(Enum):
    ABSENT = "absent"

    def __bool__(self) -> Literal[False]:
        return False

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Final = Absent.ABSENT

Text: TypeAlias = str | Absent | None
Money: TypeAlias = Decimal | Absent | None
Time: TypeAlias = datetime | Absent | None


class OrderRecord(NamedTuple):
    """One row of an order list. The fields from `main_number` on are cells as read, in the order of orders.PASSED."""

    line: int
    number: str
    status: str
    is_status_derived: bool
    forbids_shipping: bool
    is_deposit: bool
    is_balance_unpaid: bool
    has_address_problem: bool
    content_hash: str
    extra: dict[str, str]
    platform_status: Text
    close_reason: Text
    payment_method: Text
    province: Text
    city: Text
    district: Text
    street: Text
    zip_code: Text
    original_address: Text
    paid: Decimal | Absent
    gross_paid: Decimal | Absent  # what was paid at pay time
    refunded: Decimal | Absent
    refund_kind: str | None  # "discount": the file's 退款金额 was a discount difference, nothing was refunded
    coupon: Decimal | Absent
    jifenbao: Decimal | Absent
    main_number: Text
    buyer_nick: Text
    titles: Text
    spec_text: Text
    payment_number: Text
    delivery: Text
    courier_name: Text
    invoice_title: Text
    stage_info: Text
    buyer_note: Text
    remark: Text
    recipient_name: Text
    mobile: Text
    landline: Text
    modified_address: Text
    alipay_account: Text
    payer_name: Text
    id_number: Text
    payer_phone: Text
    total: Money
    payable: Money
    postage: Money
    settled: Money
    kind_count: int | Absent | None
    piece_count: int | Absent | None
    points_used: int | Absent | None
    placed_at: datetime | Absent
    paid_at: Time
    shipped_at: Time
    completed_at: Time
    ship_by: Time
    is_mobile: bool | Absent
    is_paid_by_other: bool | Absent
    is_presale: bool | Absent
    tracking_numbers: tuple[str, ...] | Absent


class LineRecord(NamedTuple):
    """One row of an order detail. The fields from `title` on are cells as read, in the order of details.PASSED."""

    line: int
    number: str  # of the main order
    oid: str | None  # None: the file has no 子订单编号; see keys.synthetic_oid
    status: Text
    refund_status: Text  # "", open, succeeded, closed
    refunded: Decimal | Absent
    refund_open: Decimal | Absent
    is_balance_unpaid: bool
    content_hash: str
    quantity: int
    spec: Text
    pairs: tuple[tuple[str, str], ...]
    platform_status: Text
    title: str
    sku_code: Text
    product_code: Text
    product_id: Text
    package: Text
    payment_number: Text
    refund_text: Text
    stage_info: Text
    remark: Text
    remark_tag: Text
    buyer_note: Text
    contact_note: Text
    buyer_nick: Text
    courier_name: Text
    price: Money
    payable: Money
    paid: Money
    refund_amount: Money
    placed_at: Time
    paid_at: Time
    shipped_at: Time
    ship_by: Time
    tracking_numbers: tuple[str, ...] | Absent
