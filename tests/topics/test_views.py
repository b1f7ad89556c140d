import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from aftersales.topics.models import ProductAction, Topic
from backoffice.common.access import Role
from orders.notes.models import FaqEntry
from tests.factories import make_store, make_title, make_user
from tests.reviews.helpers import make_review
from tests.topics.helpers import make_mention, make_topic, read_all

PATH = "/aftersales/topics/"
SETTINGS = "/settings/topics/"

pytestmark = pytest.mark.django_db


@pytest.fixture
def store():
    return make_store()


@pytest.fixture
def boss(store):
    return make_user("boss", store=store, roles=(Role.MANAGER,), language="en")


@pytest.fixture
def page(client, boss):
    client.force_login(boss)
    return client


def rows_of(response):
    return response.content.decode().count("data-mention=")


def test_the_list_shows_what_was_found_and_leads_to_it(page, store):
    make_topic(store, name="色差")
    review = make_review(store, text="有色差 <b>")
    read_all(store)

    content = page.get(PATH).content.decode()

    assert f'<a href="/aftersales/reviews/{review.pk}/">有色差 &lt;b&gt;</a>' in content
    assert 'data-verdict="by_rule"' in content


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 3), ("?topic=colour", 2), ("?source=note", 1), ("?verdict=rejected", 1), ("?verdict=by_rule", 2),
        ("?verdict=confirmed", 1), ("?day_from=2026-06-01&day_to=2026-06-01", 3), ("?day_to=2026-05-31", 0),
        ("?negative=on", 1), ("?title=0", 2),
    ],
)  # fmt: skip
def test_the_list_is_narrowed(page, store, query, count):
    colour, slow = make_topic(store, "colour"), make_topic(store, "slow")
    make_mention(colour, is_negative=True)
    make_mention(colour, verdict="confirmed", title=make_title(store=store))
    make_mention(slow, source="note")
    make_mention(slow, verdict="rejected")
    make_mention(make_topic(make_store()))

    assert rows_of(page.get(PATH + query)) == count


@pytest.mark.parametrize("query", ["?topic=nothing", "?source=x", "?day_from=yesterday", "?title=x"])
def test_a_filter_that_cannot_be_read_is_told(page, store, query):
    make_mention(make_topic(store))

    response = page.get(PATH + query)

    assert response.status_code == 422
    assert rows_of(response) == 0


def test_pages_follow_each_other_without_gap_or_repeat(page, store):
    topic = make_topic(store)
    for _ in range(60):
        make_mention(topic)

    first = page.get(PATH)
    second = page.get(first.context["next_url"])

    shown = [one.row.pk for response in (first, second) for one in response.context["page"].mentions]
    assert len(shown) == len(set(shown)) == 60
    assert shown == sorted(shown, reverse=True)
    assert second.context["next_url"] == ""


def test_statements_are_as_many_for_one_row_as_for_many(page, store):
    topic = make_topic(store)
    make_mention(topic, title=make_title(store=store))
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as captured:
            page.get(PATH)
        counts.append(len(captured))
        for number in range(5):
            make_mention(topic, title=make_title(store=store, text=f"t{number}"))

    assert counts[0] == counts[1]


def test_a_mention_is_confirmed_and_the_list_comes_back(page, store, boss):
    mention = make_mention(make_topic(store))

    response = page.post(f"{PATH}decide/", {"confirmed": mention.pk, "next": f"{PATH}?topic=colour"})

    assert (response.status_code, response.url) == (302, f"{PATH}?topic=colour")
    mention.refresh_from_db()
    assert (mention.verdict, mention.decided_by) == ("confirmed", boss)


@pytest.mark.parametrize("data", [{}, {"confirmed": "x"}, {"confirmed": "999999"}, {"rejected": "٣"}])
def test_deciding_about_nothing_is_not_found(page, data):
    assert page.post(f"{PATH}decide/", data).status_code == 404


def test_the_next_page_is_never_elsewhere(page, store):
    mention = make_mention(make_topic(store))

    response = page.post(f"{PATH}decide/", {"rejected": mention.pk, "next": "https://elsewhere.example/"})

    assert response.url == PATH


def test_an_answer_is_drafted_in_one_click(page, store):
    title, topic = make_title(store=store), make_topic(store)

    response = page.post(f"{PATH}draft/", {"topic": topic.pk, "title": title.pk})

    assert response.url == f"/orders/notes/faq/{FaqEntry.objects.get().pk}/"


def test_what_was_done_is_written_down_and_taken_off(page, store):
    title = make_title(store=store)
    data = {"title": title.pk, "text": "改尺码表", "day": "2026-06-01", "next": f"/analytics/products/{title.pk}/"}

    page.post(f"{PATH}actions/", data)
    action = ProductAction.objects.get()
    page.post(f"{PATH}actions/{action.pk}/withdraw/")

    action.refresh_from_db()
    assert (action.text, action.day.isoformat()) == ("改尺码表", "2026-06-01")
    assert action.withdrawn_at is not None


@pytest.mark.parametrize("data", [{"day": "soon"}, {"text": ""}, {"topic": "7"}])
def test_what_cannot_be_written_down_is_told(page, store, data):
    title = make_title(store=store)

    response = page.post(f"{PATH}actions/", {"title": title.pk, "text": "x", "day": "2026-06-01"} | data)

    assert response.status_code == 302
    assert not ProductAction.objects.exists()


def test_the_usual_topics_are_set_up_by_a_button(page, store):
    assert "seed-topics" in page.get(SETTINGS).content.decode()

    page.post(f"{SETTINGS}usual/")

    content = page.get(SETTINGS).content.decode()
    assert "尺码偏小" in content
    assert "seed-topics" not in content


FORM = {"name": "色差", "words": "色差 偏色", "not_words": "", "is_complaint": "on", "is_active": "on"}


def test_trying_shows_what_the_words_find_and_saves_nothing(page, store):
    make_review(store, key="r1", text="有色差")
    make_review(store, key="r2", text="没有色差")

    response = page.post(f"{SETTINGS}new/", FORM | {"act": "try"})

    content = response.content.decode()
    assert response.status_code == 200
    assert 'data-tried="2" data-hits="1"' in content
    assert "有<mark>色差</mark>" in content
    assert not Topic.objects.exists()


def test_trying_compares_with_the_saved_words(page, store):
    topic = make_topic(store, name="色差", words=["色差"])
    make_review(store, key="r1", text="有色差")
    make_review(store, key="r2", text="偏色")

    response = page.post(f"{SETTINGS}{topic.pk}/", FORM | {"act": "try", "version": "1"})

    assert response.context["tried"].hit_count == 2
    assert response.context["held"].hit_count == 1


def test_a_topic_is_saved(page, store):
    response = page.post(f"{SETTINGS}new/", FORM)

    assert (response.status_code, response.url) == (302, SETTINGS)
    assert Topic.objects.get().words == ["色差", "偏色"]


@pytest.mark.parametrize(
    ("data", "status"),
    [({"name": ""}, 422), ({"words": "*"}, 422), ({"act": "try", "words": "*"}, 422), ({"version": "7"}, 409)],
)
def test_a_topic_that_will_not_do_comes_back(page, store, data, status):
    topic = make_topic(store)

    response = page.post(f"{SETTINGS}{topic.pk}/", FORM | data)

    assert response.status_code == status
    topic.refresh_from_db()
    assert topic.words == ["色差"]


def test_a_topic_of_another_store_is_not_found(page):
    topic = make_topic(make_store())

    assert page.get(f"{SETTINGS}{topic.pk}/").status_code == 404


def test_who_may_not_decide_sees_no_buttons(client, store):
    mention = make_mention(make_topic(store))
    client.force_login(make_user("packer", store=store, roles=(Role.WAREHOUSE,)))

    assert 'data-action="confirm"' not in client.get(PATH).content.decode()
    assert client.post(f"{PATH}decide/", {"confirmed": mention.pk}).status_code == 403
    assert client.get(SETTINGS).status_code == 403
