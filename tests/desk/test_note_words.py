"""The ready question to a buyer."""

import pytest

from orders.desk.detail.note_card import problem_words
from orders.desk.note_words import question_of
from orders.notes.models import BuyerNote

COLOUR = {"key": "colour", "wanted": "紫色", "ordered": "黑色", "allowed": ["黑色", "白色"]}
CASES = [
    ({"code": "missing", "key": "engraving"}, "You asked for engraving. Which text shall we engrave?",
     "Text to engrave: the note does not say it."),
    ({"code": "missing", "key": "quantity"}, "Please tell us: Quantity.", "Quantity: the note does not say it."),
    ({**COLOUR, "code": "conflict"},
     "We do not have “紫色”; you can choose from: 黑色, 白色. Which one shall we send?",
     "Colour: the product is not sold in “紫色”; it comes in 黑色, 白色."),
    ({**COLOUR, "code": "difference"}, "You ordered “黑色” and ask for “紫色”. Shall we send “紫色”?",
     "Colour: “紫色” is wanted, “黑色” was ordered."),
    ({**COLOUR, "code": "contradiction", "wanted": "红/蓝"},
     "Your note names several (红/蓝). Which one shall we send?",
     "Colour: the note names several: 红/蓝."),
    ({"code": "new_kind", "key": "colour", "wanted": "红"}, "", "Colour: 红"),
]  # fmt: skip


@pytest.mark.parametrize(("problem", "question", "words"), CASES)
def test_problem_is_said_to_staff_and_asked_of_the_buyer(problem, question, words):
    note = BuyerNote(findings={"problems": [problem]})

    assert question_of(note) == question
    assert problem_words(problem) == words


def test_the_same_question_is_asked_once():
    note = BuyerNote(findings={"problems": [{"code": "missing", "key": "address"}] * 2})

    assert question_of(note).count("another address") == 1


def test_note_without_problems_needs_no_question():
    assert question_of(BuyerNote(findings={})) == ""
