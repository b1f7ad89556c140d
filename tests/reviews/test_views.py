"""The inbox, one review, its acts and thanks, as pages."""

import pytest
import time_machine
from django.urls import reverse

from aftersales.reviews.models import ReplyTemplate, Review, ReviewTask
from aftersales.reviews.services import reply_review
from aftersales.topics.models import Topic, TopicMention
from backoffice.common.jobs import run_pending_jobs
from backoffice.common.models import Job
from orders.core.services import log_contact
from tests.factories import NOON, make_order
from tests.reviews.helpers import HOUR, make_review, make_template

pytestmark = pytest.mark.django_db
LIST = "/aftersales/reviews/"
HX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture(autouse=True)
def _noon():
    with time_machine.travel(NOON, tick=False):
        yield


def shown(client, query=""):
    """Return the ids of the rows, in order."""
    html = client.get(f"{LIST}{query}", **HX).content.decode()
    return [int(part.split('"')[0]) for part in html.split('data-row data-review="')[1:]]


@pytest.mark.parametrize(
    ("tab", "names"),
    [
        ("unread", ["good", "poor", "later", "answered"]),
        ("unreplied", ["good", "poor", "later"]),
        ("poor", ["poor"]),
        ("follow_up", ["later"]),
        ("tasks", ["poor"]),
        ("all", ["good", "poor", "later", "silent", "answered"]),
    ],
)
def test_tab_holds_its_reviews_and_counts_them(shop, agent_client, tab, names):
    html = agent_client.get(f"{LIST}?tab={tab}").content.decode()

    assert shown(agent_client, f"?tab={tab}") == [shop[name] for name in names]
    assert f'data-queue="{tab}" data-count="{len(names)}"' in html
    assert f'data-total="{len(names)}"' in html


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("result=bad", ["poor"]),
        ("stars=2", ["poor"]),
        ("q=质量", ["poor"]),
        ("q=质", ["poor"]),
        ("q=缩水", ["later"]),
        ("q=nothing", []),
        ("product=真丝", ["good", "poor", "later", "silent", "answered"]),
        ("product=围巾", []),
        ("product=真丝&q=太差&result=bad", ["poor"]),
        ("sentiment=negative", ["poor"]),
        ("topic=quality", ["poor"]),
        ("reviewed_from=2026-06-01", ["good", "poor", "later", "silent", "answered"]),
        ("reviewed_to=2026-05-31", []),
    ],
)
def test_filters_narrow_the_list(store, shop, agent_client, query, names):
    Review.objects.filter(pk=shop["poor"]).update(sentiment="negative")
    topic = Topic.objects.create(store=store, code="quality", name="质量", words=["质量"], updated_at=NOON)
    TopicMention.objects.create(
        store=store, topic=topic, source="review", source_id=shop["poor"], day=NOON.date(), quote="质量太差"
    )

    assert shown(agent_client, f"?tab=all&{query}") == [shop[name] for name in names]


def test_filter_of_many_is_walked(store, agent_client, monkeypatch):
    monkeypatch.setattr("aftersales.reviews.queries.finding.COUNT_CAP", 2)
    ids = [make_review(store, make_order(store=store), text=f"质量好 {at}").pk for at in range(4)]

    assert shown(agent_client, "?tab=all&q=质量") == ids[::-1]


@pytest.mark.parametrize(
    ("query", "word"),
    [
        ("stars=9", "stars"),
        ("result=x", "result"),
        ("topic=none", "topic"),
        ("reviewed_from=soon", "reviewed_from"),
        ("reviewed_from=0001-01-01", "reviewed_from"),
        ("reviewed_to=9999-12-31", "reviewed_to"),
        ("tab=none", "tab"),
    ],
)
def test_filter_that_cannot_be_read_is_said(shop, agent_client, query, word):
    response = agent_client.get(f"{LIST}?{query}", **HX)

    assert response.status_code == 422
    assert f'data-error="{word}"' in response.content.decode()


@pytest.mark.parametrize("tab", ["all", "tasks", "follow_up"])
def test_pages_go_there_and_back(store, agent_client, monkeypatch, tab):
    monkeypatch.setattr(
        "aftersales.reviews.views.inbox.review_page.__kwdefaults__", {"after": "", "before": "", "size": 2}
    )
    ids = [
        make_review(store, make_order(store=store), stars=1, follow_up="x", followed_up_at=NOON - at * HOUR).pk
        for at in range(5)
    ]
    expected = ids[::-1] if tab == "all" else ids

    pages, url = [], f"?tab={tab}"
    while url:
        html = agent_client.get(f"{LIST}{url}", **HX).content.decode()
        pages.append(shown(agent_client, url))
        last = url
        url = html.partition('data-next="')[2].partition('"')[0].replace("&amp;", "&").removeprefix(LIST)
    back = agent_client.get(f"{LIST}{last}", **HX).content.decode()
    before = back.partition('data-previous="')[2].partition('"')[0].replace("&amp;", "&").removeprefix(LIST)

    assert pages == [expected[:2], expected[2:4], expected[4:]]
    assert shown(agent_client, before) == expected[2:4]


@pytest.mark.parametrize(
    "place", ["after=x", "before=all.1.1", "after=unread.99999999999999999999.1", "after=unread.%00.1"]
)
def test_place_that_is_gone_gives_the_first_page(shop, agent_client, place):
    assert len(shown(agent_client, f"?tab=unread&{place}")) == 4


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("query", ["", "?tab=tasks", "?tab=all&q=很好&product=真丝"])
def test_list_takes_the_same_statements_for_one_and_three(store, agent_client, django_assert_num_queries, count, query):
    for _at in range(count):
        make_review(store, make_order(store=store), stars=1, result="bad")
    agent_client.get(LIST)

    with django_assert_num_queries(8 if "q=" in query else 7):
        agent_client.get(f"{LIST}{query}", **HX)


def test_list_escapes_what_buyers_write(store, agent_client):
    make_review(store, make_order(store=store), text="<b>x</b>", follow_up="<i>", nick='"<u>', followed_up_at=NOON)

    html = agent_client.get(LIST).content.decode()

    assert "<b>x</b>" not in html
    assert "&lt;b&gt;x&lt;/b&gt;" in html
    assert "<i>" not in html
    assert '"<u>' not in html


def test_list_shows_nothing_of_another_store(review, outsider_client):
    assert shown(outsider_client, "?tab=all") == []
    assert outsider_client.get(f"{LIST}{review.pk}/").status_code == 404
    assert outsider_client.post(f"{LIST}{review.pk}/reply/", {"text": "x"}).status_code == 404
    assert outsider_client.post(f"{LIST}{review.pk}/task/open/").status_code == 404


# One review


def test_opening_a_review_reads_it(review, agent_client, agent):
    html = agent_client.get(f"{LIST}{review.pk}/?pane=1", **HX).content.decode()

    review.refresh_from_db()
    assert (review.read_by, review.read_at) == (agent, NOON)
    assert "很好看" in html
    assert 'data-stars="5"' in html
    assert "<html" not in html


def test_who_may_not_answer_does_not_read_it(review, warehouse_client):
    html = warehouse_client.get(f"{LIST}{review.pk}/").content.decode()

    review.refresh_from_db()
    assert review.read_at is None
    assert 'data-action="reply"' not in html
    assert warehouse_client.post(f"{LIST}{review.pk}/reply/", {"text": "x"}).status_code == 403


def test_page_shows_order_contacts_and_the_buyers_other_reviews(store, review, agent_client):
    other = make_review(store, make_order(store=store, buyer=review.buyer), text="another one")
    log_contact(store=store, order_id=review.order_id, channel="chat", text="asked for the size", actor=None, at=NOON)

    html = agent_client.get(f"{LIST}{review.pk}/").content.decode()

    assert "/orders/A1/" in html
    assert "asked for the size" in html
    assert f'data-other="{other.pk}"' in html


def test_review_without_an_order_says_so(store, agent_client):
    review = make_review(store, None, number="B7", line_key="1")

    html = agent_client.get(f"{LIST}{review.pk}/").content.decode()

    assert "Order B7 is not known yet" in html


def test_reply_is_recorded_and_the_list_reads_itself_again(review, agent_client, agent):
    url = f"{LIST}{review.pk}/reply/"

    response = agent_client.post(url, {"text": "Thank you {buyer}", "version": "1", "pane": "1"}, **HX)

    review.refresh_from_db()
    assert (review.reply, review.replied_by) == ("Thank you t**5", agent)
    assert (response.status_code, "list-changed" in response.headers["HX-Trigger"]) == (200, True)
    assert "answered after 1.0 h" in response.content.decode()


def test_reply_without_script_goes_back_to_the_page(review, agent_client):
    response = agent_client.post(f"{LIST}{review.pk}/reply/", {"text": "Thank you"})

    assert (response.status_code, response.url) == (302, f"{LIST}{review.pk}/")


@pytest.mark.parametrize(
    ("text", "status"), [("x" * 501, 422), ("加微信", 422), ("6222021001116245702", 422), ("", 422)]
)
def test_refused_reply_keeps_what_was_typed(review, agent_client, text, status):
    response = agent_client.post(f"{LIST}{review.pk}/reply/", {"text": text}, **HX)

    html = response.content.decode()
    assert (response.status_code, "data-refusal" in html, text in html) == (status, True, True)


def test_reply_to_what_a_colleague_answered_is_a_conflict(review, agent_client):
    reply_review(store=review.store, review_id=review.pk, text="mine", actor=None, at=NOON)

    response = agent_client.post(f"{LIST}{review.pk}/reply/", {"text": "other", "version": "1"}, **HX)

    html = response.content.decode()
    assert (response.status_code, "Somebody changed this review" in html) == (409, True)
    assert (">other</textarea>" in html, "mine" in html) == (True, True)


def test_ready_reply_fills_the_form(store, review, agent_client):
    template = make_template(store)

    html = agent_client.get(f"{LIST}{review.pk}/?template={template.pk}&pane=1", **HX).content.decode()

    assert "Thank you t**5 for 真丝连衣裙</textarea>" in html
    agent_client.post(f"{LIST}{review.pk}/reply/", {"text": "Thank you", "template": template.pk}, **HX)
    assert ReplyTemplate.objects.get().use_count == 1


def test_preview_counts_fills_in_and_warns(review, agent_client):
    url = f"{LIST}{review.pk}/preview/"

    html = agent_client.post(url, {"text": "Dear {buyer} 加微信"}, **HX).content.decode()
    long = agent_client.post(url, {"text": "好" * 501}, **HX).content.decode()

    assert ("Dear t**5 加微信" in html, "data-text-problem" in html) == (True, True)
    assert 'data-length="501" class="text-bad"' in long


def test_follow_up_goes_through_its_acts(store, agent_client, agent):
    review = make_review(store, make_order(store=store), stars=1)
    task = ReviewTask.objects.get()
    url = f"{LIST}{review.pk}/task"

    agent_client.post(f"{url}/own/", {"owner": agent.pk, "task_version": task.version}, **HX)
    stale = agent_client.post(f"{url}/own/", {"owner": "", "task_version": task.version}, **HX)
    empty = agent_client.post(f"{url}/close/", {"state": "solved", "outcome": ""}, **HX)
    agent_client.post(f"{url}/close/", {"state": "solved", "outcome": "sent another", "task_version": 2}, **HX)
    late = agent_client.post(f"{url}/close/", {"state": "solved", "outcome": "again"}, **HX)

    task.refresh_from_db()
    assert (task.owner, task.state, task.outcome, task.closed_by) == (agent, "solved", "sent another", agent)
    assert (stale.status_code, empty.status_code, late.status_code) == (409, 422, 409)
    agent_client.post(f"{url}/open/", **HX)
    task.refresh_from_db()
    assert (task.state, task.owner) == ("open", agent)
    assert agent_client.post(f"{url}/own/", {"owner": "77"}, **HX).status_code == 422
    assert agent_client.post(f"{url}/burn/", **HX).status_code == 404


# Many at once


def test_selected_reviews_are_read(store, shop, agent_client, agent):
    response = agent_client.post(f"{LIST}bulk/", {"act": "read", "selected": [shop["good"], shop["poor"]]}, **HX)

    assert Review.objects.filter(read_by=agent).count() == 2
    assert "selection-done" in response.headers["HX-Trigger"]
    agent_client.post(f"{LIST}bulk/", {"act": "read", "_all": "1", "query": "tab=unread"}, **HX)
    assert Review.objects.filter(read_at=None).count() == 0


@pytest.mark.parametrize(
    "data",
    [
        {"act": "read"},
        {"act": "read", "selected": ["x", "9" * 30]},
        {"act": "burn", "selected": ["1"]},
        {"act": "thank:7", "selected": ["1"]},
        {"act": "read", "_all": "1", "query": "stars=x"},
    ],
)
def test_bulk_act_that_will_not_do_changes_nothing(shop, agent_client, data):
    response = agent_client.post(f"{LIST}bulk/", data, **HX)

    assert (response.status_code, Review.objects.filter(read_at=None).count()) == (200, 4)


def test_thanks_are_shown_first_then_written_with_a_receipt(store, shop, agent_client):
    template = make_template(store)
    data = {"act": f"thank:{template.pk}", "selected": list(shop.values())}

    preview = agent_client.post(f"{LIST}bulk/", data, **HX)
    html = preview.content.decode()
    assert preview.headers["HX-Retarget"] == "#dialog-slot"
    assert ('data-count="2"' in html, Job.objects.count()) == (True, 0)
    ids = html.partition('name="ids" value="')[2].partition('"')[0]
    started = agent_client.post(f"{LIST}thanks/", {"template": template.pk, "ids": ids})
    run_pending_jobs()

    receipt = agent_client.get(started.url).content.decode()
    assert started.url == reverse("reviews:thanks", args=[Job.objects.get().pk])
    assert ('data-done="2"' in receipt, 'data-state="done"' in receipt) == (True, True)
    assert Review.objects.filter(reply_state="recorded").count() == 2


def test_thanks_without_script_are_a_page(store, shop, agent_client):
    data = {"act": f"thank:{make_template(store).pk}", "selected": [shop["good"]]}

    assert "<html" in agent_client.post(f"{LIST}bulk/", data).content.decode()
    refused = agent_client.post(f"{LIST}thanks/", {"template": "x", "ids": "1,x," + "9" * 40})
    assert (refused.status_code, Job.objects.count()) == (302, 0)
