"""What a row of the platform's interface says, read as a case; what cannot be understood says why."""

from decimal import Decimal

import pytest

from aftersales.refunds.files.top import Unreadable, messages_of, record_of
from tests.factories import NOON

pytestmark = pytest.mark.django_db
ROW = {
    "refund_id": "70001", "tid": 3552600000000100, "oid": 3552600000000101, "status": "WAIT_SELLER_AGREE",
    "refund_fee": "60.00", "created": "2026-06-01 11:00:00", "modified": "2026-06-01 11:30:00", "desc": "起球",
    "reason": "质量问题", "good_status": "BUYER_RECEIVED", "has_good_return": False, "dispute_type": "REFUND",
}  # fmt: skip


def case(**values):
    return record_of(ROW | values, snapshot_at=NOON)


@pytest.mark.parametrize(
    ("dispute", "kind"),
    [
        ("REFUND", "refund_only"), ("REFUND_AND_RETURN", "return_refund"), ("TMALL_EXCHANGE", "exchange"),
        ("TAOBAO_EXCHANGE", "exchange"), ("REPAIR", "repair"), ("RESHIPPING", "reship"), ("OTHERS", "refund_only"),
    ],
)  # fmt: skip
def test_kinds_of_the_interface(dispute, kind):
    record = case(dispute_type=dispute)

    assert (record.kind, record.platform_kind) == (kind, dispute)
    assert record.amount == (Decimal("60.00") if kind in {"refund_only", "return_refund"} else Decimal("0.00"))


def test_rows_without_a_kind_tell_it_by_whether_goods_come_back():
    assert case(dispute_type=None, has_good_return=True).kind == "return_refund"
    assert case(dispute_type=None, has_good_return=False).kind == "refund_only"


def test_exchange_turned_into_a_refund():
    record = case(
        dispute_type="TMALL_EXCHANGE", status="EXCHANGE_TRANSFORM_TO_REFUND", good_status="BUYER_RETURNED_GOODS"
    )

    assert (record.kind, record.status, record.amount) == ("return_refund", "awaiting_receipt", Decimal("60.00"))


def test_figures_that_no_column_holds_are_not_said():
    record = case(refund_version="9" * 25, cs_status="٣", num="9" * 5000)

    assert (record.platform_version, record.intervention, record.quantity) == (None, None, None)


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("cannot_refuse", (True, False)), ("refund_onweb", (False, True)), ("cannot_refuse,refund_onweb", (True, True)),
        ("", (False, False)),
    ],
)  # fmt: skip
def test_constraints_are_kept(words, wanted):
    record = case(operation_contraint=words, cs_status=10, refund_version=1717214400000)

    assert (record.cannot_refuse, record.is_web_only) == wanted
    assert (record.intervention, record.platform_version) == (10, 1717214400000)


def test_row_without_facts_does_not_say_them():
    record = case()

    assert (record.cannot_refuse, record.intervention, record.platform_version, record.deadline) == (None,) * 4


@pytest.mark.parametrize(
    "values", [{"status": "NEW_STATUS"}, {"dispute_type": "NEW"}, {"refund_fee": "x"}, {"tid": ""}]
)
def test_row_that_cannot_be_understood_says_why(values):
    with pytest.raises(Unreadable):
        case(**values)


def test_roles_pictures_and_addresses_of_messages():
    rows = [
        {"id": 1, "owner_role": "1", "content": "坏的", "created": "2026-06-01 11:00:00",
         "pic_urls": {"pic_url": {"url": "https://img.example/a.jpg"}}},
        {"id": 2, "owner_role": "2", "content": "寄到…", "created": "2026-06-01 11:01:00",
         "message_type": "RETURN_GOODS_APPROVED", "pic_urls": {"pic_url": [{"url": "javascript:alert(1)"}]}},
        {"id": 3, "owner_role": "3", "content": "请举证", "created": "2026-06-01 11:02:00"},
        {"id": 4, "owner_role": "1", "content": "?", "created": "no time"},
    ]  # fmt: skip

    found = messages_of({"refund_messages": {"refund_message": rows}})

    assert [(one.role, one.is_address, one.picture_urls) for one in found] == [
        ("buyer", False, ("https://img.example/a.jpg",)), ("shop", True, ()), ("platform", False, ()),
    ]  # fmt: skip
