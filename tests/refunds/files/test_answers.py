"""Answers to refunds leave for the platform once, for the case as it was seen, and only where the shop wants it."""

import re
from decimal import Decimal
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from aftersales.refunds.answers import AGREE, AGREE_RETURN, REFUSE
from aftersales.refunds.models import Refund, RefundPolicy
from aftersales.refunds.platform import READ, take_cases
from aftersales.refunds.services import RefundError, agree_case, apply_timeout, approve_case, open_case, refuse_case
from aftersales.refunds.services.goods import receive_case, save_return_address
from aftersales.refunds.services.goods.addresses import ReturnPlace
from backoffice.common.services.attachments import add_attachment
from orders.core.models import OutboxMessage
from orders.platforms.models import PlatformConnection
from orders.platforms.services import ConnectionValues, save_connection
from tests.factories import NOON, make_order, make_user
from tests.platforms.acting import send, send_all, states
from tests.platforms.stand_in import LOST_ANSWER, OVERLOADED

pytestmark = pytest.mark.django_db
TID = "3552600000000100"
PNG = b"\x89PNG\r\n\x1a\n" + b"pixels" * 20


def asked(store, shop, clock, **values):
    """Have a buyer ask on the platform, and take it in."""
    make_order(store=store, number=TID, status="shipped")
    shop.ask_refund("70001", TID, **values)
    clock.on(minutes=1)
    take_cases(store=store, clock=clock)
    return Refund.objects.get(number="70001")


def returned(store, shop, clock, status="WAIT_SELLER_AGREE"):
    return asked(store, shop, clock, dispute_type="REFUND_AND_RETURN", has_good_return=True, status=status)


def agree(refund, clock, actor, **values):
    return agree_case(store=refund.store, refund_id=refund.pk, actor=actor, at=clock(), **values)


def refuse(refund, clock, actor, content=PNG, text="与描述一致，见图"):
    upload = SimpleUploadedFile("proof.png", BytesIO(content).read())
    proof = add_attachment(store=refund.store, upload=upload, actor=actor, at=clock())
    return refuse_case(
        store=refund.store, refund_id=refund.pk, reason="已签收", text=text, proof=proof, actor=actor, at=clock()
    )


def address(store):
    place = ReturnPlace("王仓", "13812345678", "浙江省 杭州市 西湖区", "文三路 90 号")
    return save_return_address(store=store, name="杭州仓", place=place, actor=None, at=NOON)


BOOK = [
    {"contact_id": 1, "mobile_phone": "13900000000"},
    {"contact_id": 2, "mobile_phone": "13812345678", "zip_code": "310000"},
]


def test_nothing_leaves_where_the_shop_does_not_have_it_sent(store, shop, clock, connection, li):
    agree(asked(store, shop, clock), clock, li)

    send(store, clock)

    assert (states(), shop.done, shop.refunds["70001"]["status"]) == ([], [], "WAIT_SELLER_AGREE")


def test_agreeing_pays_on_the_platform_once_and_the_next_pull_agrees(store, shop, clock, sending, li):
    refund = agree(asked(store, shop, clock), clock, li)

    for _time in range(3):
        send(store, clock)
        clock.on(minutes=1)
    taken = take_cases(store=store, clock=clock)

    refund.refresh_from_db()
    assert (states(), shop.carried_out("agree")) == ([("agree", "sent", "")], [("70001", "6000", "onsale")])
    assert (shop.calls[AGREE], taken.outcomes, refund.status, refund.refunded) == (1, {"updated": 1}, "succeeded", 60)
    assert OutboxMessage.objects.get().payload == {"refund_infos": "70001|6000|1717214400000|onsale"}


@pytest.mark.parametrize("fault", [LOST_ANSWER, OVERLOADED])
def test_lost_answer_and_overload_pay_once(store, shop, clock, sending, li, fault):
    agree(asked(store, shop, clock), clock, li)
    shop.faults.append((AGREE, fault))

    send_all(store, clock)

    assert (states(), len(shop.carried_out("agree"))) == ([("agree", "sent", "")], 1)


def test_receiving_the_goods_pays(store, shop, clock, sending, li):
    refund = returned(store, shop, clock, status="WAIT_SELLER_CONFIRM_GOODS")

    receive_case(store=store, refund_id=refund.pk, actor=li, at=clock())
    send(store, clock)

    assert (states(), shop.carried_out("agree")) == ([("agree", "sent", "")], [("70001", "6000", "onsale")])


PART = "The platform pays the ¥60.00 that were asked for, or nothing: agree ¥20.00 on its own page."


def test_part_of_the_money_is_left_to_the_platforms_page(store, shop, clock, sending, li):
    refund = asked(store, shop, clock)

    with pytest.raises(RefundError) as refused:
        agree(refund, clock, li, amount=Decimal(20))

    refund.refresh_from_db()
    assert (str(refused.value), refused.value.code, refund.status, states()) == (PART, "field", "requested", [])
    assert agree(refund, clock, li, amount=Decimal(60)).status == "succeeded"


def test_part_that_was_proposed_before_answers_left_is_not_approved(store, shop, clock, connection, li):
    RefundPolicy.objects.create(store=store, approval_above=Decimal(10))
    refund = agree(asked(store, shop, clock), clock, li, amount=Decimal(20))
    PlatformConnection.objects.update(sends_answers=True)

    with pytest.raises(RefundError, match="The platform pays"):
        approve_case(store=store, refund_id=refund.pk, actor=make_user("wang"), at=clock())

    assert (Refund.objects.get().status, states()) == ("requested", [])


def test_part_of_the_money_for_received_goods_is_left_to_the_platforms_page(store, shop, clock, sending, li):
    refund = returned(store, shop, clock, status="WAIT_SELLER_CONFIRM_GOODS")
    with pytest.raises(RefundError, match=re.escape(PART)):
        receive_case(store=store, refund_id=refund.pk, actor=li, at=clock(), amount=Decimal(20))

    assert (states(), Refund.objects.get().status) == ([], "awaiting_receipt")


def test_part_of_the_money_never_leaves(store, shop, clock, sending, li):
    agree(asked(store, shop, clock), clock, li)
    Refund.objects.update(refunded=Decimal(20))

    send(store, clock)

    assert (states(), OutboxMessage.objects.get().error, shop.done) == ([("agree", "failed", "part")], PART, [])


@pytest.mark.parametrize("is_told", [True, False])
def test_agreeing_after_a_refusal_that_the_platform_knows_waits_for_the_buyer(store, shop, clock, sending, li, is_told):
    if is_told:  # by us, and not taken in again yet
        refund = refuse(asked(store, shop, clock), clock, li)
        send(store, clock)
    else:
        refund = asked(store, shop, clock, status="SELLER_REFUSE_BUYER")
    before = states()

    with pytest.raises(RefundError) as refused:
        agree(refund, clock, li)

    assert (str(refused.value), refused.value.code) == (
        "On the platform the case does not wait for this answer: it is Refused by the shop there.", "hold",
    )  # fmt: skip
    assert (Refund.objects.get().status, states()) == ("refused", before)


def test_agreeing_after_a_refusal_stays_possible_where_answers_do_not_leave(store, shop, clock, connection, li):
    refund = asked(store, shop, clock, status="SELLER_REFUSE_BUYER")

    assert agree(refund, clock, li, amount=Decimal(20)).status == "succeeded"


def test_what_the_platform_does_not_agree_to_says_why(store, shop, clock, sending, li):
    shop.wants_code = True
    agree(asked(store, shop, clock), clock, li)

    send(store, clock)

    assert (states(), "需要短信验证码" in OutboxMessage.objects.get().error) == (
        [("agree", "failed", "not_agreed")],
        True,
    )


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"refund_version": 1717214400009}, "newer"),
        ({"status": "WAIT_SELLER_CONFIRM_GOODS", "refund_version": 1717214400009}, "newer"),
        ({"status": "CLOSED"}, "other_state"),
        ({"status": "SELLER_REFUSE_BUYER"}, "other_state"),
    ],
)
def test_case_that_changed_there_meanwhile_is_not_answered(store, shop, clock, sending, li, values, code):
    agree(asked(store, shop, clock), clock, li)
    shop.change_refund("70001", **values)

    send(store, clock)

    assert (states(), shop.done) == ([("agree", "failed", code)], [])


def test_case_that_is_paid_there_already_is_sent(store, shop, clock, sending, li):
    agree(asked(store, shop, clock), clock, li)
    shop.change_refund("70001", status="SUCCESS", refund_version=9)

    send(store, clock)

    assert (states(), shop.calls[AGREE]) == ([("agree", "sent", "")], 0)


def test_return_is_agreed_with_the_address_that_the_platform_knows(store, shop, clock, sending, li):
    shop.addresses = BOOK
    address(store)
    agree(returned(store, shop, clock), clock, li, freight_payer="shop", text="请寄回仓库")

    send(store, clock)

    told = {
        "name": "王仓", "address": "浙江省 杭州市 西湖区 文三路 90 号", "mobile": "13812345678", "remark": "请寄回仓库",
        "post_fee_bear_role": "0",
    }  # fmt: skip
    message = OutboxMessage.objects.get()
    assert (states(), shop.carried_out("return")) == ([("back", "sent", "")], [("70001", told)])
    assert (message.payload["seller_address_id"], "13812345678" in str(message.payload)) == (2, False)


@pytest.mark.parametrize("is_late", [False, True])
def test_words_of_an_answer_that_was_undone_are_not_said_with_the_next(store, shop, clock, sending, li, is_late):
    shop.addresses = BOOK
    address(store)
    refund = returned(store, shop, clock)
    clock.on(seconds=30)
    if is_late:  # the platform had left the version before we answered to it
        shop.change_refund("70001", refund_version=1717214400009)
        clock.on(seconds=20)
    agree(refund, clock, li, text="请寄回仓库")
    clock.on(seconds=30)
    if not is_late:
        shop.change_refund("70001", refund_version=1717214400009)
        clock.on(seconds=30)
    take_cases(store=store, clock=clock)
    clock.on(seconds=30)
    agree(refund, clock, li)

    send_all(store, clock)

    assert states() == [("back", "kept", "changed"), ("back", "sent", "")]
    assert [told["remark"] for _number, told in shop.carried_out("return")] == ["请按此地址寄回商品，并填写快递单号。"]


@pytest.mark.parametrize(("has_address", "book"), [(False, BOOK), (True, BOOK[:1]), (True, [])])
def test_return_without_an_address_that_the_platform_knows_is_not_sent(
    store, shop, clock, sending, li, has_address, book
):
    shop.addresses = book
    if has_address:
        address(store)
    agree(returned(store, shop, clock), clock, li)

    send(store, clock)

    assert (states(), shop.calls[AGREE_RETURN]) == ([("back", "failed", "no_address")], 0)


def test_refusal_takes_its_words_and_its_picture_along(store, shop, clock, sending, li):
    refuse(asked(store, shop, clock), clock, li)

    send(store, clock)

    assert states() == [("deny", "sent", "")]
    assert shop.carried_out("refuse") == [("70001", "与描述一致，见图", PNG)]


def test_picture_that_the_platform_does_not_take_is_said(store, shop, clock, sending, li):
    refuse(asked(store, shop, clock), clock, li, content=PNG + b"\0" * 130_000)

    send(store, clock)

    assert (states(), shop.calls[REFUSE]) == ([("deny", "failed", "no_proof")], 0)


def test_cases_of_the_shop_and_of_silence_and_kinds_without_money_do_not_leave(store, shop, clock, sending, li):
    own = open_case(
        store=store, order_id=make_order(store=store, number="35526", status="shipped").pk, kind="refund_only",
        amount=Decimal(10), reason="质量问题", actor=li, at=clock(),
    )  # fmt: skip
    agree(own, clock, li)
    silent = asked(store, shop, clock)
    Refund.objects.filter(pk=silent.pk).update(deadline=clock())
    apply_timeout(store=store, refund_id=silent.pk, at=clock())
    make_order(store=store, number=str(int(TID) + 1), status="shipped")
    shop.ask_refund("70002", str(int(TID) + 1), dispute_type="TMALL_EXCHANGE")
    clock.on(minutes=1)
    take_cases(store=store, clock=clock)
    agree(Refund.objects.get(number="70002"), clock, li)

    assert (Refund.objects.get(pk=silent.pk).status, states()) == ("succeeded", [])


def test_second_answer_takes_the_place_of_the_first(store, shop, clock, sending, li):
    refund = refuse(asked(store, shop, clock), clock, li)
    clock.on(seconds=5)
    agree(refund, clock, li)

    send_all(store, clock)

    assert states() == [("deny", "kept", "changed"), ("agree", "sent", "")]


def test_answers_that_wait_stay_here_when_they_are_switched_off(store, shop, clock, sending, connection, li):
    agree(asked(store, shop, clock), clock, li)
    values = ConnectionValues(gateway=connection.gateway, app_key=connection.app_key)

    save_connection(store=store, values=values, actor=None, at=clock())
    send(store, clock)

    assert (states(), shop.calls[READ]) == ([("agree", "kept", "off")], 1)


def test_older_answers_are_not_sent_when_they_are_switched_on(store, shop, clock, connection, li):
    agree(asked(store, shop, clock), clock, li)
    PlatformConnection.objects.update(sends_answers=True)
    clock.on(days=1)

    send(store, clock)

    assert (states(), shop.done) == ([], [])


def test_dialog_says_whether_the_answer_leaves(store, shop, clock, connection, manager_client):
    refund = asked(store, shop, clock)
    address = f"/aftersales/refunds/{refund.number}/agree/"

    here = manager_client.get(address).content.decode()
    PlatformConnection.objects.update(sends_answers=True)
    there = manager_client.get(address).content.decode()

    assert ("data-not-sent" in here, "data-sent" in here) == (True, False)
    assert ("data-not-sent" in there, "data-sent" in there) == (False, True)


def test_history_of_the_order_says_what_became_of_the_answer(store, shop, clock, sending, manager_client, li):
    agree(asked(store, shop, clock), clock, li)

    waits = manager_client.get(f"/orders/{TID}/").content.decode()
    send(store, clock)
    sent = manager_client.get(f"/orders/{TID}/").content.decode()

    assert "(waits to be sent to the platform)" in waits
    assert 'data-outbox="sent">(sent to the platform)' in sent
