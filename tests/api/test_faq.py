"""Questions that notes keep asking, over the API."""

import pytest

from backoffice.common.access import Role
from orders.notes.models import FaqEntry
from orders.notes.services import draft_faq
from tests.api.client import error, make_api
from tests.factories import NOON
from tests.notes.helpers import SILK

ASKED = {"product": SILK, "kind": "gift", "wanted": "贺卡"}
WRITTEN = {"question": "Is there a card?", "answer": "Yes.", "is_draft": False}


@pytest.fixture
def api(store):
    return make_api(store, Role.AGENT)


def draft(store, **values):
    return draft_faq(store=store, actor=None, at=NOON, **(ASKED | values))


def questions(answer):
    return [entry["question"] for entry in answer.json()["results"]]


def test_question_is_drafted_written_and_deleted(api):
    drafted = api.post("faq/", ASKED)
    path = f"faq/{drafted.json()['id']}/"
    written = api.put(path, WRITTEN)
    read = api.get(path)
    gone = api.delete(path)

    assert drafted.status_code == 201
    assert {name: drafted.json()[name] for name in ("product", "kind", "answer", "is_draft", "note_count")} == {
        "product": SILK, "kind": "gift", "answer": "", "is_draft": True, "note_count": 0,
    }  # fmt: skip
    assert {name: written.json()[name] for name in WRITTEN} == WRITTEN
    assert written.json() == read.json()
    assert written.json()["updated_by"] == api.owner.username
    assert (gone.status_code, error(api.get(path))) == (204, (404, "not_found"))


def test_question_that_is_there_is_the_answer(api, store):
    entry = draft(store)

    assert api.post("faq/", ASKED).json()["id"] == entry.pk
    assert FaqEntry.objects.count() == 1


def test_same_key_gets_the_same_answer(api):
    first, second = (api.post("faq/", ASKED, Idempotency_Key="k") for _ in range(2))

    assert first.json() == second.json()
    assert second["Idempotent-Replay"] == "true"


@pytest.mark.parametrize(
    ("values", "field"),
    [({"product": " "}, "product"), ({"kind": "weather"}, "kind"), ({"wanted": "x" * 101}, "wanted")],
)
def test_bad_draft_is_refused(api, values, field):
    answer = api.post("faq/", ASKED | values)

    assert error(answer) == (422, "invalid")
    assert list(answer.json()["fields"]) == [field]


def test_finished_question_has_an_answer(api, store):
    path = f"faq/{draft(store).pk}/"

    assert error(api.put(path, WRITTEN | {"answer": ""})) == (422, "field")
    assert api.put(path, WRITTEN | {"answer": "", "is_draft": True}).status_code == 200


def test_question_that_the_product_has_is_refused(api, store):
    other = draft(store, wanted="")
    draft(store)

    answer = api.put(f"faq/{other.pk}/", WRITTEN | {"question": FaqEntry.objects.latest("pk").question})

    assert error(answer) == (422, "field")


def test_list_is_narrowed_by_state(api, store):
    finished, _draft = draft(store, wanted="finished"), draft(store, wanted="draft")
    api.put(f"faq/{finished.pk}/", WRITTEN)

    assert questions(api.get("faq/", {"state": "published"})) == [WRITTEN["question"]]
    assert len(questions(api.get("faq/", {"state": "draft"}))) == 1
    assert len(questions(api.get("faq/"))) == 2
    assert error(api.get("faq/", {"state": "old"})) == (422, "invalid")


def test_questions_of_another_store_are_not_there(api, other_store):
    path = f"faq/{draft(other_store).pk}/"

    assert {error(answer) for answer in (api.get(path), api.put(path, WRITTEN), api.delete(path))} == {
        (404, "not_found")
    }
    assert questions(api.get("faq/")) == []


@pytest.mark.parametrize("role", [Role.WAREHOUSE, Role.FINANCE])
def test_who_only_looks_writes_nothing(store, role):
    api, path = make_api(store, role), f"faq/{draft(store).pk}/"

    assert api.get(path).status_code == 200
    for answer in (api.post("faq/", ASKED), api.put(path, WRITTEN), api.delete(path)):
        assert error(answer) == (403, "permission_denied")


@pytest.mark.parametrize("count", [1, 3])
def test_list_asks_as_often_for_many_questions(api, store, count, django_assert_num_queries):
    for number in range(count):
        draft(store, wanted=str(number))

    with django_assert_num_queries(4):
        assert len(questions(api.get("faq/"))) == count
