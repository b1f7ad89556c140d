"""The counts of what notes ask for equal a count in Python, and every change of notes marks its day."""

from datetime import date, datetime, time, timedelta
from random import Random

import pytest
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.module_loading import import_string

from orders.core.models import OrderLine, ProductTitle
from orders.notes.models import BuyerNote, TopicCount, TopicMark
from orders.notes.queries import topics
from orders.notes.rollups import recount_days, recount_marked, wrong_days
from orders.notes.services import assign_note, recognise_notes, record_note, sort_note
from orders.notes.tasks import recount_topics
from tests.factories import NOON, make_line, make_store, make_title, make_user
from tests.notes.helpers import SILK, make_noted_order, make_sold_order, target
from tests.notes.topic_counting import days_of, recount
from tests.parallel import in_parallel

DAY = date(2026, 6, 1)
TEXTS = (
    "换成白色",
    "换成紫色",
    "发顺丰",
    "不要圆通",
    "刻字:平安",
    "阿巴阿巴",
    "换成白色,发顺丰",
    "送个礼盒",
    "明天送到",
)
TITLES = (SILK, "围巾", "帽子")


@pytest.fixture
def noted(store):
    """Thirty orders of six days with notes, most of them read; another store with one of its own."""
    dice = Random(7)
    for _ in range(30):
        order = make_sold_order(dice.choice(TEXTS), store=store, title=dice.choice(TITLES))
        if dice.random() < 0.4:
            make_line(order=order, position=2, title=dice.choice(TITLES))
    recognise_notes(store=store, at=NOON)
    for _ in range(3):
        make_noted_order("发顺丰", store=store)
    for note in BuyerNote.objects.filter(store=store).order_by("pk")[3:]:
        note.received_at = NOON - timedelta(hours=dice.randrange(0, 140), minutes=dice.randrange(60))
        note.save(update_fields=["received_at"])
    other = make_store()
    make_sold_order("换成白色", store=other)
    recognise_notes(store=other, at=NOON)
    return store


def kept(store, day):
    titles = {0: ""} | dict(ProductTitle.objects.values_list("pk", "text"))
    rows = TopicCount.objects.filter(store=store, day=day)
    return {(titles[row.title_id], row.key, row.value): (row.count, row.latest) for row in rows}


def counted(store, since, until):
    counts, newest = recount(store, since, until)
    return {thing: (count, [note.pk for note in newest[thing]]) for thing, count in counts.items()}


def midnight(day):
    return timezone.make_aware(datetime.combine(day, time.min))


def assert_right(store):
    """Check the table of every day, and the page over several times, against Python."""
    for day in days_of(store):
        if not TopicMark.objects.filter(store=store, day=day).exists():
            assert kept(store, day) == counted(store, midnight(day), midnight(day) + timedelta(days=1))
    for since, until in ((-200, 1), (-72, 1), (-100, -30), (-20, -19), (-60, -12), (-12, 12)):
        assert_page_right(store, NOON + timedelta(hours=since), NOON + timedelta(hours=until))


def assert_page_right(store, since, until):
    counts, newest = recount(store, since, until)
    found = topics(store, since, until)
    shown = {("", "total", ""): found.total, ("", "unread", ""): found.unread}
    shown |= {("", "type", topic.kind): topic.count for topic in found.types}
    shown |= {(topic.product, topic.key, topic.wanted): topic.count for topic in found.wishes}
    assert {thing: count for thing, count in shown.items() if count} == dict(counts)
    for thing, topic in [(("", "type", one.kind), one) for one in found.types] + [
        ((one.product, one.key, one.wanted), one) for one in found.wishes
    ]:
        assert [(q.number, q.text) for q in topic.quotes] == [(n.order.number, n.text) for n in newest[thing]]


def unmarked(store):
    while recount_marked():
        pass
    return store


@pytest.mark.django_db
def test_counts_are_those_of_python_twice_and_again_after_changes(noted):
    assert_right(noted)  # all counted now: nothing is kept yet

    days = [recount_marked(limit=3), recount_marked(), recount_marked()]

    assert days == [3, len(days_of(noted)) + 1 - 3, 0]  # the other store has one day
    assert wrong_days(noted, days_of(noted)) == []
    assert_right(noted)
    dice = Random(11)
    for _ in range(6):
        change(noted, dice)
        assert_right(noted)
        unmarked(noted)
        assert wrong_days(noted, days_of(noted)) == []
        assert_right(noted)


def change(store, dice):
    """Do one of the things that change what notes ask for."""
    note = dice.choice(list(BuyerNote.objects.filter(store=store, recognised_at__isnull=False).select_related("order")))
    kind = dice.randrange(6)
    if kind == 0:
        record_note(order=note.order, text=dice.choice(TEXTS) + "!", at=NOON)
    elif kind == 1:
        sort_note(**target(note.order), types=["gift", "other"])
    elif kind == 2:
        note.delete()
    elif kind == 3:
        OrderLine.objects.filter(order=note.order).update(title=make_title(store=store, text="手套"))
    elif kind == 4:
        make_line(order=note.order, position=dice.randrange(9, 9999), title="袜子")
    else:
        recognise_notes(store=store, at=NOON)


@pytest.mark.django_db
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_page_is_right_between_changes_and_counting(noted, seed):
    dice = Random(seed)
    unmarked(noted)

    for _ in range(8):
        change(noted, dice)
        if dice.random() < 0.3:
            recount_marked(limit=1)

        assert wrong_days(noted, days_of(noted)) == []

    assert_right(noted)


@pytest.mark.django_db
def test_counting_a_day_again_changes_nothing(noted):
    unmarked(noted)
    before = kept(noted, DAY)

    recount_days(days=[(noted.pk, DAY), (noted.pk, DAY - timedelta(days=900))])

    assert kept(noted, DAY) == before
    assert before[("", "total", "")][0] == BuyerNote.objects.filter(received_at__gte=midnight(DAY), store=noted).count()


@pytest.mark.django_db
def test_wrong_counts_are_found_and_mended(noted):
    unmarked(noted)
    TopicCount.objects.filter(store=noted, day=DAY, key="total").update(count=999)

    found = wrong_days(noted, days_of(noted))
    recount_days(days=[(noted.pk, DAY)])

    assert (found, wrong_days(noted, days_of(noted))) == ([DAY], [])


def title_changes(order, _agent):
    OrderLine.objects.filter(order=order).update(title=make_title(store=order.store, text="围巾"))


def spec_changes(order, _agent):
    OrderLine.objects.filter(order=order).update(spec="颜色分类:白色;尺码:L")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "is_marked"),
    [
        (lambda order, _agent: record_note(order=order, text="发顺丰", at=NOON), True),
        (lambda order, _agent: sort_note(**target(order), types=["gift"]), True),
        (lambda order, _agent: order.note.delete(), True),
        (lambda order, _agent: order.lines.all().delete(), True),
        (lambda order, _agent: make_line(order=order, position=2), True),
        (title_changes, True),
        (spec_changes, False),
        (lambda order, agent: assign_note(**target(order), assignee=agent), False),
    ],
)
def test_only_what_is_counted_marks_its_day(store, agent, change, is_marked):
    order = make_sold_order("换成白色", store=store)
    recognise_notes(store=store, at=NOON)
    unmarked(store)

    change(order, agent)

    marks = set(TopicMark.objects.values_list("store", "day"))
    assert marks == ({(store.pk, DAY)} if is_marked else set())


@pytest.mark.django_db
def test_lines_of_an_order_without_a_read_note_mark_nothing(store):
    order = make_noted_order(store=store)
    unmarked(store)

    make_line(order=order, position=5)

    assert not TopicMark.objects.exists()


@pytest.mark.django_db
def test_the_tick_counts_what_is_marked(store):
    make_sold_order("换成白色", store=store)

    counts = [recount_topics(NOON), recount_topics(NOON)]

    assert counts == [1, 0]
    assert recount_topics in [import_string(path) for path in settings.TICKERS]
    assert kept(store, DAY) == counted(store, midnight(DAY), midnight(DAY) + timedelta(days=1))


@pytest.mark.django_db(transaction=True)
def test_a_change_that_is_not_committed_yet_is_counted_after_it_is():
    order = make_sold_order("换成白色", store=make_store())
    recognise_notes(store=order.store, at=NOON)
    unmarked(order.store)

    with transaction.atomic():
        sort_note(**target(order), types=["gift"])
        meanwhile = in_parallel(recount_marked)

    assert meanwhile == [0]
    assert recount_marked() == 1
    assert kept(order.store, DAY) == counted(order.store, midnight(DAY), midnight(DAY) + timedelta(days=1))


@pytest.mark.django_db(transaction=True)
def test_days_that_are_counted_twice_at_once_are_right():
    person = make_user("li")
    order = make_sold_order("换成白色", store=make_store())
    recognise_notes(store=order.store, at=NOON)

    results = in_parallel(
        *[lambda: recount_days(days=[(order.store_id, DAY)])] * 3,
        lambda: sort_note(**target(order, actor=person), types=["gift"]),
    )

    assert not any(isinstance(result, Exception) for result in results)
    unmarked(order.store)
    assert kept(order.store, DAY) == counted(order.store, midnight(DAY), midnight(DAY) + timedelta(days=1))
