"""What buyers speak of: added up by day, proved by a recount, and shown by week, topic and product."""

import json
import random
import re
from datetime import date, timedelta
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from aftersales.topics.models import TopicMention
from aftersales.topics.services import add_action
from analytics.models import DirtyDay, ProductSales, ProductWeek, TopicDay, TopicWeek
from analytics.queries import Period
from analytics.queries.topics import product_figures, topic_sums, topic_weeks
from analytics.queries.weeks import weeks_ending
from analytics.rollups.runs import roll_nightly, roll_range
from analytics.rollups.verification import verify_rollups
from analytics.views import topics as views
from backoffice.common.access import Role
from orders.fulfilment.models import Product, Sku
from tests.factories import NOON, make_line, make_order, make_store, make_title, make_user
from tests.refunds.cases import make_case
from tests.topics.helpers import make_mention, make_topic

DAY = date(2026, 6, 1)  # a Monday
TODAY = NOON + timedelta(days=1)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _second_of_june(monkeypatch):
    monkeypatch.setattr(views, "clock_now", lambda: TODAY)


@pytest.fixture
def store():
    return make_store()


@pytest.fixture
def page(client, store):
    person = make_user("boss", store=store, roles=(Role.MANAGER,), language="en")
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client


def roll(store, first=DAY - timedelta(days=120), last=DAY):
    return roll_range(stores=[store], first=first, last=last, at=NOON)


def held(store):
    rows = TopicDay.objects.filter(store=store).order_by("day", "title_id", "topic__code", "source")
    fields = ("day", "title_id", "topic__code", "source", "mention_count", "negative_count", "confirmed_count")
    return list(rows.values_list(*fields))


def value(content, name, key=None):
    """Return data-value of a figure, or of the one with this data-key."""
    tags = [tag for tag in re.findall(r"<[^>]*data-metric[^>]*>", content) if f'data-metric="{name}"' in tag]
    if key is not None:
        tags = [tag for tag in tags if f'data-key="{key}"' in tag]
    return re.search(r'data-value="([^"]*)"', tags[0])[1]


def quotes_of(content):
    """Return the address of the part that comes after a product's page."""
    return unescape(re.search(r'hx-get="(/analytics/products/[^"]*)"', content)[1])


def test_mentions_are_added_up_by_day_product_topic_and_source(store):
    title, colour, slow = make_title(store=store), make_topic(store, "colour"), make_topic(store, "slow")
    make_mention(colour, title=title)
    make_mention(colour, title=title, is_negative=True, verdict="confirmed")
    make_mention(colour, title=title, source="note")
    make_mention(slow, title=title, day=DAY - timedelta(days=1))
    make_mention(slow)
    make_mention(slow, verdict="rejected")

    roll(store)

    assert held(store) == [
        (DAY - timedelta(days=1), title.pk, "slow", "review", 1, 0, 0),
        (DAY, 0, "slow", "review", 1, 0, 0),
        (DAY, title.pk, "colour", "note", 1, 0, 0),
        (DAY, title.pk, "colour", "review", 2, 1, 1),
    ]


def test_rolling_twice_writes_nothing(store):
    make_mention(make_topic(store))
    roll(store)

    assert roll(store).rows_written == 0


@pytest.mark.parametrize(
    "change",
    [
        lambda one: TopicMention.objects.filter(pk=one.pk).update(verdict="rejected"),
        lambda one: TopicMention.objects.filter(pk=one.pk).update(is_negative=True),
        lambda one: TopicMention.objects.filter(pk=one.pk).update(day=DAY - timedelta(days=3)),
        lambda one: one.delete(),
    ],
)
def test_a_changed_mention_marks_its_days_and_the_night_brings_the_sums_in_line(store, change):
    mention = make_mention(make_topic(store))
    make_mention(mention.topic, source="note")
    roll(store)
    change(mention)

    assert DirtyDay.objects.filter(store=store, day=DAY).exists()
    assert verify_rollups(stores=[store], first=DAY - timedelta(days=7), last=DAY).mismatches != []
    roll_nightly(stores=[store], at=TODAY)

    assert verify_rollups(stores=[store], first=DAY - timedelta(days=7), last=DAY).mismatches == []
    assert not DirtyDay.objects.filter(store=store, day__lte=DAY).exists()


def test_who_decided_marks_nothing(store):
    mention = make_mention(make_topic(store))
    roll(store)

    TopicMention.objects.filter(pk=mention.pk).update(quote="another", decided_at=NOON)

    assert not DirtyDay.objects.exists()


@pytest.mark.parametrize("seed", range(3))
def test_sums_equal_a_naive_count_of_random_mentions(store, seed):
    chance = random.Random(seed)
    topics = [make_topic(store, code) for code in "abc"]
    titles = [None, *(make_title(store=store, text=text) for text in "xyz")]
    for _ in range(80):
        make_mention(
            chance.choice(topics), title=chance.choice(titles), source=chance.choice(["note", "refund", "review"]),
            day=DAY - timedelta(days=chance.randint(0, 30)), is_negative=chance.random() < 0.5,
            verdict=chance.choice(["", "confirmed", "rejected"]),
        )  # fmt: skip
    roll(store)

    naive = {}
    for one in TopicMention.objects.exclude(verdict="rejected"):
        key = (one.day, one.title_id or 0, one.topic.code, one.source)
        count, bad, sure = naive.get(key, (0, 0, 0))
        naive[key] = (count + 1, bad + one.is_negative, sure + (one.verdict == "confirmed"))

    assert {row[:4]: row[4:] for row in held(store)} == naive
    assert verify_rollups(stores=[store], first=DAY - timedelta(days=40), last=DAY).mismatches == []
    weeks = topic_weeks(store, weeks_ending(DAY, 6))
    assert sum(week.total for week in weeks) == sum(count for count, _bad, _sure in naive.values())
    sums = topic_sums(store, Period(DAY - timedelta(days=30), DAY))
    assert sum(one.total for one in sums) == sum(count for count, _bad, _sure in naive.values())


def test_verify_rollups_names_the_topic_row_that_is_wrong(store):
    make_mention(make_topic(store), title=make_title(store=store, text="真丝连衣裙"))
    roll(store)
    TopicDay.objects.update(mention_count=7)

    (mismatch,) = verify_rollups(stores=[store], first=DAY, last=DAY).mismatches

    assert mismatch["table"] == "analytics_topicday"
    assert mismatch["key"].startswith("真丝连衣裙 ")
    assert (mismatch["rollup"], mismatch["orders"]) == ({"mention_count": 7}, {"mention_count": 1})


def test_whole_weeks_are_added_up_at_their_sundays(store):
    title, colour = make_title(store=store), make_topic(store, "colour")
    for day, source in ((25, "review"), (31, "note"), (31, "note"), (24, "refund")):
        make_mention(colour, title=title, source=source, day=date(2026, 5, day), is_negative=source == "review")

    roll(store)

    fields = ("day", "title_id", "note_count", "refund_count", "review_count", "negative_count", "confirmed_count")
    assert list(TopicWeek.objects.order_by("day").values_list(*fields)) == [
        (date(2026, 5, 24), title.pk, 0, 1, 0, 0, 0),
        (date(2026, 5, 31), title.pk, 2, 0, 1, 1, 0),
    ]


def test_rolling_one_day_again_rolls_its_week(store):
    topic = make_topic(store)
    mention = make_mention(topic, day=date(2026, 5, 27))
    make_mention(topic, day=date(2026, 5, 29))
    roll(store)
    TopicMention.objects.filter(pk=mention.pk).delete()

    roll_nightly(stores=[store], at=TODAY)

    assert TopicWeek.objects.get(day=date(2026, 5, 31)).review_count == 1
    assert verify_rollups(stores=[store], first=date(2026, 5, 1), last=DAY).mismatches == []


@pytest.mark.parametrize(("table", "field"), [(TopicWeek, "review_count"), (ProductWeek, "piece_count")])
def test_verify_rollups_names_the_week_that_is_wrong(store, table, field):
    order = make_order(store=store, paid_at=NOON - timedelta(days=3), placed_at=NOON - timedelta(days=3))
    make_mention(make_topic(store), title=order.lines.get().title, day=date(2026, 5, 29))
    roll(store)
    table.objects.update(**{field: 77})

    (mismatch,) = verify_rollups(stores=[store], first=date(2026, 5, 1), last=DAY).mismatches

    assert (mismatch["day"], mismatch["rollup"]) == ("2026-05-31", {field: 77})
    assert mismatch["orders"] == {field: 1}


@pytest.mark.parametrize(("first", "days"), [(20, 12), (25, 7), (26, 3), (27, 5), (18, 14), (31, 1), (19, 13)])
def test_any_days_are_weeks_and_the_days_beside_them(store, first, days):
    title, topic = make_title(store=store), make_topic(store)
    for day in range(1, 32):
        make_mention(topic, title=title, day=date(2026, 5, day))
        make_order(store=store, paid_at=NOON - timedelta(days=32 - day), placed_at=NOON - timedelta(days=32 - day))
    roll(store)
    period = Period(date(2026, 5, first), date(2026, 5, first) + timedelta(days=days - 1))
    sold = ProductSales.objects.values_list("title_id", flat=True)[0]

    (sums,) = topic_sums(store, period, title=title.pk)
    figures, _returns = product_figures(store, period, sold)

    within = min(days, 31 - first + 1)
    assert (sums.total, figures.order_count) == (within, within)
    assert sums.before == len([day for day in range(1, 32) if first - days <= day < first])


def test_weeks_begin_on_mondays_and_the_last_may_be_part_of_one():
    period = weeks_ending(date(2026, 6, 3), 3)

    assert (period.first, period.last) == (date(2026, 5, 18), date(2026, 6, 3))


def test_topics_page_shows_counts_by_source_week_and_change(page, store):
    colour = make_topic(store, "colour")
    make_mention(colour)
    make_mention(colour, source="note")
    make_mention(colour, day=DAY - timedelta(days=7))
    make_mention(colour, day=DAY - timedelta(days=60))
    make_mention(make_topic(make_store()))
    roll(store)

    content = page.get("/analytics/topics/?weeks=4").content.decode()

    assert [value(content, name, "colour") for name in ("topic_review", "topic_note", "topic_refund")] == [
        "2",
        "1",
        "0",
    ]
    assert value(content, "topic_total", "colour") == "3"
    assert value(content, "week_total", "2026-06-01") == "2"
    assert value(content, "week_review", "2026-05-25") == "1"
    assert re.search(r'"/aftersales/topics/\?topic=colour&amp;day_from=[^"]*&amp;source=note"', content)


def test_products_page_lists_what_is_spoken_of_and_what_sold(page, store):
    order = make_order(store=store, status="shipped")
    spoken, sold = make_title(store=store, text="一件"), order.lines.get().title
    make_mention(make_topic(store, name="色差"), title=spoken)
    make_case(order=order, line=order.lines.get(), title=sold)
    roll(store)

    response = page.get("/analytics/products/")
    content = response.content.decode()

    assert [row.text for row in response.context["rows"]] == ["一件", "真丝连衣裙"]
    assert value(content, "product_mentions", spoken.pk) == "1"
    assert value(content, "product_return_rate", sold.pk) == "1.0000"
    assert [row.text for row in page.get("/analytics/products/?q=真丝").context["rows"]] == ["真丝连衣裙"]
    assert page.get("/analytics/products/?q=nothing").context["rows"] == []


def test_product_page_shows_weeks_topics_quotes_and_what_was_done(page, store):
    title = make_title(store=store)
    topic = make_topic(store, name="色差")
    make_mention(topic, title=title, quote="色差太大了", is_negative=True)
    make_mention(topic, title=title, day=DAY - timedelta(days=7))
    make_mention(topic, title=make_title(store=store, text="另一件"), quote="另一件的")
    add_action(
        store=store, title_id=title.pk, text="改尺码表", day=DAY, topic_id=topic.pk,
        actor=make_user("li", store=store), at=NOON,
    )  # fmt: skip
    roll(store)

    content = page.get(f"/analytics/products/{title.pk}/?weeks=4").content.decode()
    quotes = page.get(quotes_of(content)).content.decode()

    assert value(content, "week_total", "2026-06-01") == value(content, "week_total", "2026-05-25") == "1"
    assert value(content, "mentions") == "2"
    assert "色差太大了" in quotes
    assert "另一件的" not in quotes
    assert f'name="next" value="/analytics/products/{title.pk}/?weeks=4#quotes"' in quotes
    assert "06-01 改尺码表" in content  # in the row of its week
    chart = json.loads(re.search(r'id="chart-weeks"[^>]*>(.*?)</script>', content)[1])
    assert chart["marks"] == [{"x": 3, "text": "改尺码表"}]
    assert chart["series"][2]["data"] == [0, 0, 1, 1]


def test_a_topic_leads_to_an_answer_a_reply_and_the_packing(page, store):
    line = make_line(order=make_order(store=store, lines=0), sku_code="S1")
    title = line.title
    make_mention(make_topic(store, name="包装"), title=title)
    product = Product.objects.create(store=store, code="P1", title="x", supplier="杭州一厂")
    Sku.objects.create(store=store, product=product, code="S1")
    roll(store)

    content = page.get(f"/analytics/products/{title.pk}/").content.decode()

    assert 'action="/aftersales/topics/draft/"' in content
    assert 'href="/settings/replies/?title=%E5%8C%85%E8%A3%85"' in content
    assert f'href="/orders/stock/products/{product.pk}/"' in content
    assert "杭州一厂" in content


def test_product_of_another_store_is_not_found(page):
    assert page.get(f"/analytics/products/{make_title(store=make_store()).pk}/").status_code == 404


@pytest.mark.parametrize(
    "path",
    ["/analytics/topics/", "/analytics/products/", "/analytics/products/{pk}/", "/analytics/products/{pk}/quotes/"],
)
def test_statements_are_as_many_for_one_as_for_many(page, store, path):
    title = make_title(store=store)
    path = path.format(pk=title.pk)
    counts = []
    for count in (1, 4):
        for number in range(count):
            topic = make_topic(store, f"t{count}{number}")
            make_mention(topic, title=title)
            make_mention(topic, title=make_title(store=store, text=f"p{number}"))
        roll(store)
        page.get(path)
        with CaptureQueriesContext(connection) as captured:
            page.get(path)
        counts.append(len(captured))

    assert counts[0] == counts[1]


def test_who_may_not_see_orders_reads_figures_without_quotes(client, store):
    title = make_title(store=store)
    make_mention(make_topic(store), title=title, quote="色差太大了")
    roll(store)
    client.force_login(make_user("ops", store=store, roles=(Role.OPS,)))

    content = client.get(f"/analytics/products/{title.pk}/").content.decode()

    assert "色差太大了" not in content
    assert "/aftersales/topics/" not in content.partition("<main")[2]
    assert client.get(f"/analytics/products/{title.pk}/quotes/").status_code == 403
    assert value(content, "mentions") == "1"


@pytest.mark.parametrize(
    "path", ["/analytics/products/", "/analytics/products/{pk}/", "/analytics/products/{pk}/quotes/"]
)
def test_words_of_others_are_never_html(page, store, path):
    title, topic = make_title(store=store, text="<b>裙"), make_topic(store, name="<i>色差")
    make_mention(topic, title=title, quote="<script>alert(1)</script>", verdict="confirmed")
    add_action(
        store=store, title_id=title.pk, text="<u>改尺码表", day=DAY, topic_id=topic.pk,
        actor=make_user("li", store=store), at=NOON,
    )  # fmt: skip
    roll(store)

    content = page.get(path.format(pk=title.pk)).content.decode()

    assert "&lt;i&gt;色差" in content
    assert not [tag for tag in ("<b>裙", "<i>色差", "<script>alert", "<u>改") if tag in content]
