"""What must not leave the shop: card numbers by their check digit, contacts, promises."""

import pytest

from backoffice.common.outgoing import OutgoingError, card_numbers, check_outgoing, forbidden_word, outgoing_problem
from tests.factories import make_store

pytestmark = pytest.mark.django_db
CARD = "6222021001116245702"  # passes the check digit of cards


@pytest.mark.parametrize(
    "text",
    [
        CARD,
        f"card {CARD}.",
        "6222 0210 0111 6245 702",
        "6222-0210-0111-6245-702",
        "6222\u30000210\u30000111\u30006245\u3000702",
        "６２２２０２１００１１１６２４５７０２",
        "6 2 2 2 0 2 1 0 0 1 1 1 6 2 4 5 7 0 2",
        "call me, 5 days, 6222021001116245702 1",
        "six 陆: 6222\u200b0210\u200b01116245702",
    ],
)
def test_card_numbers_are_found_however_they_are_written(text):
    assert card_numbers(text)[0] == CARD


def test_card_of_sixteen_digits_is_found():
    assert card_numbers("4111 1111 1111 1111") == ["4111111111111111"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "6222021001116245703",  # another check digit
        "62220210011162",  # too short
        "62220210011162457020000",  # too long for a card
        "0000000000000000",
        "3552 6018 0831 5901, ship 2026-06-01",
        "号码 12, 13, 14",
    ],
)
def test_other_numbers_are_no_cards(text):
    assert card_numbers(text) == []


def test_number_that_is_known_as_something_else_is_no_card():
    assert card_numbers(f"{CARD} 4111111111111111", is_known=lambda number: number == CARD) == ["4111111111111111"]


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("好评返现5元", "好评返现"),
        ("好 评 返 现 ", "好评返现"),
        ("请加V信联系", "加v信"),
        ("加 ＶＸ：abc", "加vx"),
        ("请加-微-信", "加微信"),
        ("we give a GOLDEN  egg", "golden egg"),
    ],
)
def test_promise_is_refused_and_named(text, word):
    store = make_store(forbidden_words=["golden egg"])

    with pytest.raises(OutgoingError) as refused:
        check_outgoing(text, store=store)

    assert (refused.value.code, word in str(refused.value)) == ("field", True)


@pytest.mark.parametrize(
    "text",
    ["感谢您的五星好评，期待再次光临！", "Thank you, see you again", "订单 35526018083159016", "尺码偏小可以换货", ""],
)
def test_plain_texts_may_go_out(text):
    assert outgoing_problem(text, store=make_store(forbidden_words=["", " "])) == ""


@pytest.mark.parametrize("text", ["call 13812345678", "１３８１２３４５６７８", "a@example.com", "138 1234 5678"])
def test_contacts_are_refused_but_the_shops_own(text):
    store = make_store()

    assert "phone number" in outgoing_problem(text, store=store)
    store.sender = {"phone": "13812345678"}
    assert outgoing_problem("call 13812345678", store=store) == ""


def test_words_without_letters_forbid_nothing():
    assert forbidden_word("anything", ["", "!!"]) == ""
