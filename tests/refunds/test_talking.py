import pytest

from aftersales.refunds.models import Refund, RefundMessage
from aftersales.refunds.services import RefundError, say
from backoffice.common.sealing import unseal
from orders.core.models import OrderEvent
from tests.factories import NOON, make_order, make_store, make_user
from tests.refunds.cases import make_case, make_picture, target

pytestmark = pytest.mark.django_db


def test_the_first_word_of_the_shop_is_its_answer_and_moves_nothing():
    refund, li = make_case(), make_user("li")
    picture = make_picture(refund.store)

    say(**target(refund, role="buyer", text="打 13812345678"))
    unanswered = Refund.objects.get().answered_at
    say(**target(refund, text=" 您好，请拍照给我们看看 ", actor=li, attachments=[picture]))
    say(**target(refund, text="谢谢", actor=li, at=NOON.replace(hour=9)))

    first, second, _third = RefundMessage.objects.order_by("pk")
    assert (first.text, first.author) == ("打 138****5678", None)
    context = f"refund_message:{refund.store_id}:{refund.number}"
    assert unseal(bytes(first.sealed), context=context).decode() == "打 13812345678"
    assert (second.text, second.sealed, second.author_name) == ("您好，请拍照给我们看看", None, str(li))
    assert second.files.get().attachment == picture
    refund.refresh_from_db()
    assert (unanswered, refund.answered_at, refund.version) == (None, NOON, 1)
    assert not OrderEvent.objects.exclude(kind__in=["case_opened", "refund_changed"]).exists()


def test_a_message_of_the_platform_is_taken_in_once_with_its_pictures_as_links():
    refund = make_case()
    message = {"text": "请举证", "role": "platform", "source": "platform", "external_id": "M-1"}

    for _ in range(2):
        say(**target(refund, picture_urls=["https://img.example/1.jpg"], **message))
    say(**target(make_case(), **message))

    assert list(RefundMessage.objects.values_list("external_id", "picture_urls")) == [
        ("M-1", ["https://img.example/1.jpg"]), ("M-1", []),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"text": ""}, "1 to 1000 characters"),
        ({"text": "x" * 1001}, "1 to 1000 characters"),
        ({"text": "卡号 6222020200112230111"}, "phone number|bank card|identity"),
        ({"text": "请加微信"}, "微信"),
        ({"text": "打 13812345678"}, "phone number"),
    ],
)
def test_what_must_not_go_to_a_buyer_is_refused(values, sentence):
    with pytest.raises(RefundError, match=sentence) as refusal:
        say(**target(make_case(), **values))

    assert (refusal.value.code, RefundMessage.objects.count()) == ("field", 0)


def test_a_picture_alone_is_a_message_and_ten_are_the_most():
    refund = make_case()
    pictures = [make_picture(refund.store) for _ in range(11)]

    say(**target(refund, text="", attachments=pictures[:10]))
    with pytest.raises(RefundError, match="up to 10 pictures"):
        say(**target(refund, text="", attachments=pictures))
    with pytest.raises(RefundError, match="not a picture of this shop"):
        say(**target(refund, text="", attachments=[make_picture(make_store())]))

    assert RefundMessage.objects.get().files.count() == 10


def test_numbers_of_orders_and_cases_are_no_bank_cards():
    order = make_order(number="4111111111111111")  # with a card's check digit, as one number in ten
    refund = make_case(order=order, number="5555555555554444")

    say(**target(refund, text="订单 4111111111111111 的退款 5555555555554444 已同意"))
    with pytest.raises(RefundError, match="looks like a bank card number"):
        say(**target(refund, text="退到 4242424242424242"))

    assert RefundMessage.objects.count() == 1
