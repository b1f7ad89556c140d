"""Reviews over the API: taken in, listed, read, answered, followed up; thanks to many; ready replies and settings."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from aftersales.reviews.files import services as files
from aftersales.reviews.models import ReplyTemplate, Review, ReviewTask
from backoffice.common.access import Role
from backoffice.common.models import Job
from backoffice.common.models.tokens import Scope
from orders.core.models import OrderEvent
from orders.intake import sheet_files
from tests.api.client import error, make_api
from tests.factories import make_order, make_user
from tests.reviews.helpers import DAY, HOUR, make_review, make_template


@pytest.fixture
def api(store):
    return make_api(store, Role.MANAGER)


@pytest.fixture
def now():
    return timezone.now()


def record(now, **values):
    return {
        "key": "r1",
        "result": "good",
        "stars": 5,
        "text": "很好看",
        "reviewed_at": (now - HOUR).isoformat(),
    } | values


def take_in(api, *records, **headers):
    return api.post("reviews/", {"reviews": list(records)}, **headers)


def fresh(store, now, order=None, **values):
    return make_review(store, order, at=now, **{"snapshot_at": now, "reviewed_at": now - HOUR} | values)


# Taking in


def test_records_are_taken_in_by_themselves(api, store, now):
    order = make_order(store=store, number="1001")

    answer = take_in(
        api,
        record(now, order="1001", line_key="1001-1", text="电话 13812345678"),
        record(now, key="r2", stars=1, result="bad", text="起球"),
        {"reviewed_at": now.isoformat(), "text": "whose?"},
    )

    assert answer.status_code == 200, answer.content
    found = answer.json()
    assert [found[name] for name in ("created", "updated", "unchanged", "stale", "refused")] == [2, 0, 0, 0, 1]
    assert [one["result"] for one in found["outcomes"]] == ["created", "created", "refused"]
    assert found["outcomes"][2]["reason"]
    first, second = Review.objects.order_by("pk")
    assert (first.order, first.line, first.text) == (order, order.lines.get(), "电话 138****5678")
    assert ReviewTask.objects.get().review == second
    assert OrderEvent.objects.filter(kind="reviewed").values_list("source", flat=True).get() == "api"


def test_same_record_changes_nothing_and_an_older_one_is_stale(api, now):
    later, earlier = (now + HOUR).isoformat(), (now - HOUR).isoformat()
    take_in(api, record(now, snapshot_at=later))

    answers = [
        take_in(api, record(now, snapshot_at=later)).json(),
        take_in(api, record(now, snapshot_at=earlier, text="older")).json(),
    ]

    assert [answers[0]["unchanged"], answers[1]["stale"]] == [1, 1]
    assert Review.objects.get().text == "很好看"


@pytest.mark.parametrize(
    "change",
    [
        {"stars": 6},
        {"result": "splendid"},
        {"reviewed_at": "yesterday"},
        {"reviewed_at": "9999-12-31T00:00:00Z"},
        {"text": "x" * 5001},
    ],
)
def test_record_with_a_bad_value_is_refused_with_all_others(api, now, change):
    answer = take_in(api, record(now, key="r0"), record(now, **change))

    assert error(answer) == (422, "invalid")
    assert not Review.objects.exists()


def test_same_key_takes_in_once(api, now):
    first, second = (take_in(api, record(now), Idempotency_Key="k") for _ in range(2))

    assert first.json() == second.json()
    assert second["Idempotent-Replay"] == "true"


# Lists and one


def test_list_goes_page_by_page_and_is_narrowed(api, store, now):
    for number in range(52):
        fresh(store, now, key=f"r{number}", reviewed_at=now - number * HOUR)
    fresh(store, now, key="bad", stars=1, result="bad", text="起球严重", reviewed_at=now - 2 * DAY)

    first = api.get("reviews/").json()
    second = api.client.get(first["next"], headers={"Authorization": f"Bearer {api.clear}"}).json()

    assert (len(first["results"]), len(second["results"]), second["next"]) == (50, 3, None)
    for query in ({"result": "bad"}, {"stars": "1"}, {"q": "起球"}, {"tab": "poor"}, {"tab": "tasks"}):
        assert [one["text"] for one in api.get("reviews/", query).json()["results"]] == ["起球严重"], query


@pytest.mark.parametrize("query", [{"tab": "x"}, {"stars": "7"}, {"colour": "red"}, {"after": "x"}, {"topic": "none"},
                                   {"reviewed_from": "x"}, {"reviewed_to": "9999-12-31"}])  # fmt: skip
def test_list_refuses_what_it_does_not_know(api, query):
    assert api.get("reviews/", query).status_code == 422


@pytest.mark.parametrize("count", [1, 3])
def test_list_asks_as_often_for_many_reviews(api, store, now, count, django_assert_num_queries):
    for number in range(count):
        fresh(store, now, make_order(store=store), stars=1, key=f"r{number}")
    api.get("reviews/")

    with django_assert_num_queries(4):
        assert len(api.get("reviews/").json()["results"]) == count


def test_review_is_shown_with_ready_replies_and_stays_unread(api, store, now):
    review = fresh(store, now, make_order(store=store), nick="t**5")
    template = make_template(store, text="谢谢 {buyer}")

    found = api.get(f"reviews/{review.pk}/").json()

    assert found["replies"] == [{"id": template.pk, "title": "thanks", "text": "谢谢 t**5"}]
    assert (found["read_at"], found["reply_problem"], found["task"]) == (None, "", None)


def test_reviews_are_read_one_or_many(api, store, now):
    first, second, third = (fresh(store, now, key=f"r{number}").pk for number in range(3))

    one = api.post(f"reviews/{first}/read/").json()
    many = api.post("reviews/read/", {"reviews": [first, second, third]}).json()

    assert (one["read_by"], many) == (api.owner.username, {"read": 2})


# Answering


def test_reply_is_recorded_and_counts_its_template(api, store, now):
    review, template = fresh(store, now, make_order(store=store)), make_template(store)

    answer = api.post(
        f"reviews/{review.pk}/reply/",
        {"text": "谢谢 {buyer}", "template": template.pk, "version": review.version},
    )

    found = answer.json()
    assert (answer.status_code, found["reply"], found["reply_state"]) == (200, "谢谢 t**5", "recorded")
    assert (found["replied_by"], found["read_by"]) == (api.owner.username,) * 2
    assert ReplyTemplate.objects.get().use_count == 1
    assert OrderEvent.objects.get(kind="review_replied").source == "api"


@pytest.mark.parametrize("text", ["", "x" * 501, "请打 13812345678", "好评返现", "卡号 6222021001116245702"])
def test_reply_that_must_not_go_out_is_refused(api, store, now, text):
    review = fresh(store, now)

    answer = api.post(f"reviews/{review.pk}/reply/", {"text": text})

    assert answer.status_code == 422, answer.content
    assert Review.objects.get().reply == ""


def test_reply_after_the_platforms_time_is_refused(api, store, now):
    review = fresh(store, now, reviewed_at=now - 31 * DAY)

    assert error(api.post(f"reviews/{review.pk}/reply/", {"text": "谢谢"})) == (409, "state")


def test_stale_version_is_a_conflict_with_the_review_as_it_is(api, store, now):
    review = fresh(store, now)
    api.post(f"reviews/{review.pk}/reply/", {"text": "谢谢"})

    answer = api.post(f"reviews/{review.pk}/reply/", {"text": "多谢", "version": review.version})

    assert error(answer) == (409, "version")
    assert answer.json()["current"]["reply"] == "谢谢"


def test_same_key_answers_once(api, store, now):
    review = fresh(store, now, make_order(store=store))

    answers = [
        api.post(f"reviews/{review.pk}/reply/", {"text": "谢谢"}, Idempotency_Key="k").status_code for _ in range(3)
    ]

    assert answers == [200] * 3
    assert OrderEvent.objects.filter(kind="review_replied").count() == 1


def test_review_of_another_store_is_not_there(api, other_store, now):
    foreign = fresh(other_store, now).pk

    answers = [api.get(f"reviews/{foreign}/"), *(
        api.post(f"reviews/{foreign}/{act}/", {"text": "谢谢"}) for act in ("reply", "read", "task/open"))]  # fmt: skip

    assert [error(answer) for answer in answers] == [(404, "not_found")] * 4
    assert api.post("reviews/read/", {"reviews": [foreign]}).json() == {"read": 0}


# Follow-ups


def test_follow_up_is_owned_and_closed(api, store, now):
    review, li = fresh(store, now, make_order(store=store), stars=1), make_user("li", store=store, roles=(Role.AGENT,))
    path = f"reviews/{review.pk}/task"

    given = api.post(f"{path}/own/", {"owner": li.username}).json()["task"]
    stale = api.post(f"{path}/close/", {"state": "solved", "outcome": "sent a new one", "version": 1})
    closed = api.post(f"{path}/close/", {"state": "solved", "outcome": "sent a new one", "version": given["version"]})

    assert (given["state"], given["owner"]) == ("open", "li")
    assert error(stale) == (409, "version")
    assert stale.json()["current"]["task"]["owner"] == "li"
    task = closed.json()["task"]
    assert (task["state"], task["outcome"], task["closed_by"]) == ("solved", "sent a new one", api.owner.username)
    assert error(api.post(f"{path}/own/")) == (409, "state")


def test_follow_up_is_opened_by_hand(api, store, now):
    review = fresh(store, now)

    task = api.post(f"reviews/{review.pk}/task/open/").json()["task"]

    assert (task["state"], task["owner"]) == ("open", api.owner.username)


@pytest.mark.parametrize("body", [{}, {"state": "open", "outcome": "x"}, {"state": "solved"}])
def test_follow_up_without_an_end_stays_open(api, store, now, body):
    review = fresh(store, now, stars=1)

    assert error(api.post(f"reviews/{review.pk}/task/close/", body)) == (422, "invalid")
    assert ReviewTask.objects.get().state == "open"


def test_follow_up_is_given_to_nobody_who_may_not_answer(api, store, now):
    review, packer = fresh(store, now, stars=1), make_user("wu", store=store, roles=(Role.WAREHOUSE,))

    assert error(api.post(f"reviews/{review.pk}/task/own/", {"owner": packer.username})) == (422, "field")
    assert error(api.post(f"reviews/{review.pk}/task/own/", {"owner": "nobody"})) == (422, "field")


# Thanks to many


def test_thanks_are_looked_through_then_written_as_a_job(api, store, now):
    good, bad = fresh(store, now, make_order(store=store)), fresh(store, now, key="r2", stars=1, result="bad")
    body = {"template": make_template(store).pk, "reviews": [good.pk, bad.pk]}

    preview = api.post("reviews/thanks/preview/", body).json()
    started = api.post("reviews/thanks/", body)
    receipt = api.get(f"reviews/thanks/{started.json()['id']}/").json()

    assert (preview["count"], [one["review"] for one in preview["examples"]]) == (1, [good.pk])
    assert list(preview["left_out"].values()) == [1]
    assert (started.status_code, started.json()["rows_total"]) == (202, 1)
    assert (receipt["rows"], list(receipt["left_out"].values())) == ([], [1])
    assert Job.objects.get(kind="review_thanks").params["ids"] == [good.pk]


def test_thanks_that_nobody_would_get_are_refused(api, store, now):
    bad, plain = fresh(store, now, stars=1, result="bad"), make_template(store, title="plain", is_thanks=False)

    none = api.post("reviews/thanks/", {"template": make_template(store).pk, "reviews": [bad.pk]})

    assert error(none) == (409, "state")
    assert error(api.post("reviews/thanks/", {"template": plain.pk, "reviews": [bad.pk]})) == (422, "field")
    assert error(api.post("reviews/thanks/", {"template": 999, "reviews": [bad.pk]})) == (404, "not_found")


# Ready replies and settings


def test_ready_reply_is_made_changed_and_deleted(api, store):
    body = {"title": "感谢", "text": "谢谢 {buyer}", "results": ["good"], "is_thanks": True}

    made = api.post("reply-templates/", body)
    path = f"reply-templates/{made.json()['id']}/"
    changed = api.put(path, {"title": "感谢", "text": "多谢"}).json()
    listed = api.get("reply-templates/").json()["results"]

    assert (made.status_code, made.json()["results"], made.json()["is_thanks"]) == (201, ["good"], True)
    assert (changed["text"], changed["results"], changed["is_thanks"]) == ("多谢", [], False)
    assert [one["title"] for one in listed] == ["感谢"]
    assert api.delete(path).status_code == 204
    assert error(api.delete(path)) == (404, "not_found")


def test_ready_reply_of_another_store_is_not_there(api, other_store):
    foreign = make_template(other_store).pk

    assert error(api.put(f"reply-templates/{foreign}/", {"title": "x", "text": "y"})) == (404, "not_found")
    assert error(api.delete(f"reply-templates/{foreign}/")) == (404, "not_found")


def test_settings_keep_what_a_change_leaves_out(api, store):
    before = api.get("reviews/settings/").json()

    after = api.put("reviews/settings/", {"low_stars": 3, "forbidden_words": ["加群"]}).json()

    assert (after["low_stars"], after["task_hours"], after["forbidden_words"]) == (3, before["task_hours"], ["加群"])
    assert error(api.put("reviews/settings/", {"low_stars": 1, "version": before["version"]})) == (409, "version")


# Files


def test_file_of_reviews_is_uploaded_and_started(store, monkeypatch):
    api = make_api(store, Role.OPS)
    monkeypatch.setattr(sheet_files, "preview_file", lambda *_args, **_more: {"rows": 1})

    made = api.upload("reviews/imports/", {"file": SimpleUploadedFile("评价.csv", b"x"), "start": "false"})
    path = f"reviews/imports/{made.json()['id']}/"
    started = api.post(f"{path}start/")

    assert (made.status_code, made.json()["state"]) == (201, "uploaded")
    assert (started.status_code, started.json()["state"]) == (200, "queued")
    assert [one["name"] for one in api.get("reviews/imports/").json()["results"]] == ["评价.csv"]
    assert error(api.post(f"{path}start/")) == (409, "state")
    assert Job.objects.get().kind == files.KIND


def test_file_that_is_none_is_refused_and_not_kept(store, monkeypatch):
    api = make_api(store, Role.OPS)
    monkeypatch.setattr(sheet_files, "preview_file", lambda *_args, **_more: {"error": "no reviews"})

    assert error(api.upload("reviews/imports/", {"file": SimpleUploadedFile("a.csv", b"x")})) == (422, "file")
    assert api.get("reviews/imports/").json()["results"] == []


# Who may


def test_scopes_part_reading_from_writing(store, now):
    review = fresh(store, now)
    reader, writer = (make_api(store, Role.AGENT, scope) for scope in (Scope.REVIEWS_READ, Scope.REVIEWS_WRITE))

    assert reader.get(f"reviews/{review.pk}/").status_code == 200
    assert error(reader.post(f"reviews/{review.pk}/reply/", {"text": "谢谢"})) == (403, "permission_denied")
    assert error(writer.get(f"reviews/{review.pk}/")) == (403, "permission_denied")


@pytest.mark.parametrize("role", [Role.WAREHOUSE, Role.FINANCE])
def test_who_does_not_answer_reviews_writes_nothing(store, now, role):
    review = fresh(store, now)

    assert error(make_api(store, role).post(f"reviews/{review.pk}/reply/", {"text": "谢谢"})) == (
        403, "permission_denied",
    )  # fmt: skip
