import pytest

from bench import note_scores
from bench.note_scores import Answer, Score, by_obvious_words, by_rules, flag_score, pair_score, type_scores
from bench.output import FAIL, NOTE, PASS


def note(text, types=(), pairs=None, *, needs_info=False, conflict=False):
    return {
        "text": text, "types": list(types), "pairs": pairs or {}, "needs_info": needs_info, "spec": "", "allowed": [],
        "conflict": conflict,
    }  # fmt: skip


NOTES = [
    note("开发票，尽快发货", ["invoice", "urge"], needs_info=True),
    note("送个小礼物", ["gift"], {"gift": "小礼物"}),
    note("不用发票，发顺丰", ["courier"], {"courier": "顺丰"}),
]
ANSWERS = {
    "开发票，尽快发货": Answer(("invoice",), {}, needs_info=True),
    "送个小礼物": Answer(("gift",), {"gift": "个小礼物"}),
    "不用发票，发顺丰": Answer(("invoice", "courier"), {"courier": "中通"}, needs_info=True),
}


def said(each):
    return ANSWERS[each["text"]]


@pytest.mark.parametrize(
    ("kind", "score"),
    [("invoice", Score(1, 2, 1)), ("urge", Score(0, 0, 1)), ("gift", Score(1, 1, 1)), ("packing", Score(0, 0, 0))],
)
def test_type_scores_count_right_given_and_labelled(kind, score):
    assert type_scores(NOTES, said)[kind] == score


def test_pair_score_compares_gifts_loosely_and_couriers_exactly():
    assert pair_score(NOTES, said) == Score(1, 2, 2)


def test_flag_score_counts_notes():
    assert flag_score(NOTES, said, "needs_info") == Score(1, 2, 1)


def test_score_says_precision_and_recall():
    assert (str(Score(1, 2, 4)), str(Score(0, 0, 0))) == ("P 0.50 R 0.25", "P 1.00 R 1.00")


def test_rules_do_not_take_a_refused_invoice_as_the_obvious_word_does():
    refused = NOTES[2]

    assert (by_obvious_words(refused).types, by_rules(refused).types) == (("invoice", "courier"), ("courier",))


def test_rows_have_goals_on_the_held_out_half_only(monkeypatch):
    monkeypatch.setattr(note_scores, "read_notes", lambda half: NOTES)

    rows = list(note_scores.rows())

    assert len(rows) == 2 * (11 + 3)
    assert {row.mark for row in rows[:14]} <= {PASS, FAIL}
    assert {row.mark for row in rows[14:]} == {NOTE}
    assert (rows[1].what, rows[1].measured, rows[1].floor) == (
        "notes, heldout: invoice", "P 1.00 R 1.00 (1/1/1)", "发票: P 0.50 R 1.00",
    )  # fmt: skip


def test_notes_of_the_other_half_are_read():
    read = note_scores.read_notes(note_scores.DEV)

    assert set(read[0]) == {"text", "types", "pairs", "needs_info", "spec", "allowed", "conflict"}
