"""What the platform says of a review: newest wins, twice is once, what the buyer adds is unread again."""

from dataclasses import replace
from datetime import timedelta
from itertools import permutations

import pytest

from aftersales.reviews.models import Review, ReviewTask
from aftersales.reviews.services import (
    CREATED,
    STALE,
    UNCHANGED,
    UPDATED,
    ReviewError,
    ReviewRecord,
    adopt_reviews,
    mark_read,
    record_review,
    record_reviews,
    reply_review,
)
from aftersales.reviews.services.records import review_context
from backoffice.common.models import Alert
from backoffice.common.sealing import unseal_json
from orders.core.models import OrderEvent
from tests.factories import NOON, make_line, make_order
from tests.parallel import in_parallel
from tests.reviews.helpers import DAY, HOUR, make_record, make_review

pytestmark = pytest.mark.django_db


def record(store, one: ReviewRecord, at=NOON):
    return record_review(store=store, record=one, at=at)


def test_review_is_tied_to_its_order_line_buyer_and_title(store):
    order = make_order(store=store)

    done = record(store, make_record(order))

    review = done.review
    line = order.lines.get()
    assert (done.outcome, review.key) == (CREATED, f"{order.number}:{line.key}")
    assert (review.order, review.line, review.buyer, review.title) == (order, line, order.buyer, line.title)
    event = OrderEvent.objects.get()
    assert (event.kind, event.source, event.after["stars"]) == ("reviewed", "platform", 5)


def test_same_record_twice_changes_nothing(store):
    order = make_order(store=store)
    record(store, make_record(order))

    again = record(store, make_record(order))
    later = record(store, make_record(order, snapshot_at=NOON + HOUR))

    assert (again.outcome, later.outcome, Review.objects.count()) == (UNCHANGED, UNCHANGED, 1)
    assert (Review.objects.get().version, Review.objects.get().snapshot_at) == (1, NOON + HOUR)
    assert OrderEvent.objects.count() == 1


def test_newest_snapshot_wins_in_every_order(store):
    order = make_order(store=store)
    records = [
        make_record(order, text="first", stars=1, snapshot_at=NOON - 2 * HOUR),
        make_record(order, text="second", stars=3, follow_up="later", followed_up_at=NOON, snapshot_at=NOON - HOUR),
        make_record(order, text="third", stars=4, follow_up="last", followed_up_at=NOON, snapshot_at=NOON),
    ]
    ends = set()
    for arrived in permutations(records):
        Review.objects.all().delete()
        for one in arrived:
            record(store, one)
        ends.add(Review.objects.values_list("text", "stars", "follow_up", "snapshot_at").get())

    assert ends == {("third", 4, "last", NOON)}


def test_of_one_moment_the_greater_hash_wins_in_both_orders(store):
    order = make_order(store=store)
    one, other = make_record(order, text="one"), make_record(order, text="other")
    ends = set()
    for arrived in ((one, other), (other, one)):
        Review.objects.all().delete()
        for found in arrived:
            record(store, found)
        ends.add(Review.objects.get().text)

    assert ends == {max((one, other), key=lambda found: found.digest).text}


def test_older_snapshot_is_stale(store):
    order = make_order(store=store)
    record(store, make_record(order))

    done = record(store, make_record(order, text="older", snapshot_at=NOON - HOUR))

    assert (done.outcome, Review.objects.get().text) == (STALE, "很好看, 穿着舒服")


def test_what_a_source_does_not_say_stays(store):
    order = make_order(store=store)
    record(store, make_record(order, follow_up="later", followed_up_at=NOON))

    silent = make_record(order, snapshot_at=NOON + HOUR, text=None, stars=None, follow_up=None, result=None, nick=None)
    done = record(store, silent)

    review = Review.objects.get()
    assert done.outcome == UNCHANGED
    assert (review.text, review.stars, review.follow_up, review.nick) == ("很好看, 穿着舒服", 5, "later", "t**5")


def test_follow_up_makes_the_review_unread_again(store, agent):
    order = make_order(store=store)
    review = record(store, make_record(order)).review
    mark_read(store=store, review_ids=[review.pk], actor=agent, at=NOON)

    done = record(store, make_record(order, snapshot_at=NOON + HOUR, follow_up="it tore", followed_up_at=NOON))

    review.refresh_from_db()
    assert (done.outcome, review.read_at, review.followed_up_at, review.sentiment) == (UPDATED, None, NOON, "")
    assert OrderEvent.objects.order_by("pk").last().after == {"follow_up": "it tore"}


def test_follow_up_without_a_time_was_seen_when_the_snapshot_was_taken(store):
    order = make_order(store=store)
    record(store, make_record(order, follow_up="it tore"))

    record(store, make_record(order, follow_up="it tore", snapshot_at=NOON + DAY))

    assert Review.objects.get().followed_up_at == NOON


def test_two_sources_of_one_line_are_one_review(store):
    order = make_order(store=store)
    record(store, make_record(order))

    by_id = make_record(order, line_key="", key="platform-7", product_id="1", snapshot_at=NOON + HOUR, stars=3)
    done = record(store, by_id)

    assert (done.outcome, Review.objects.get().stars) == (UPDATED, 3)


def test_lines_of_an_order_are_reviewed_apart(store):
    order = make_order(store=store, lines=2)

    for position in (1, 2):
        record(store, make_record(order, line_key=f"{order.number}-{position}"))

    assert list(Review.objects.order_by("pk").values_list("line__position", flat=True)) == [1, 2]


def test_reviews_of_lines_that_are_not_known_yet_are_two(store):
    order = make_order(store=store)

    for key in ("x1", "x2"):
        record(store, make_record(order, line_key=key))

    assert sorted(Review.objects.values_list("key", flat=True)) == [f"{order.number}:x1", f"{order.number}:x2"]
    assert {review.line for review in Review.objects.all()} == {order.lines.get()}


def test_line_is_found_by_its_product(store):
    order = make_order(store=store)
    make_line(order=order, position=2, title="围巾", product_id="77")

    by_id = record(store, make_record(order, line_key="", product_id="77", key="a")).review
    by_title = record(store, make_record(order, line_key="x", title="真丝连衣裙")).review

    assert (by_id.line.position, by_title.line.position) == (2, 1)


def test_review_of_an_unknown_order_is_tied_to_it_when_it_arrives(store, other_store):
    orphan = make_review(store, None, number="A77", line_key="A77-1", title="围巾")
    adopt_reviews(NOON)
    make_order(store=other_store, number="A77")
    order = make_order(store=store, number="A77")

    assert (orphan.order, orphan.title.text) == (None, "围巾")
    assert adopt_reviews(NOON + 2 * HOUR) == 0  # the ids have just been seen
    assert adopt_reviews(NOON + 3 * HOUR) == 1
    orphan.refresh_from_db()
    assert (orphan.order, orphan.line, orphan.buyer) == (order, order.lines.get(), order.buyer)
    assert adopt_reviews(NOON + 4 * HOUR) == 0


def test_looks_for_orders_are_a_minute_apart(store):
    adopt_reviews(NOON)

    make_order(store=store)

    assert adopt_reviews(NOON + timedelta(seconds=15)) == 0


def test_numbers_are_masked_and_sealed_as_written(store):
    order = make_order(store=store)

    review = record(store, make_record(order, text="call 13812341234", follow_up="or a@example.com")).review

    review.refresh_from_db()
    assert (review.text, review.follow_up) == ("call 138****1234", "or a***@example.com")
    words = unseal_json(review.sealed, context=review_context(store.pk, review.key))
    assert words == {"text": "call 13812341234", "follow_up": "or a@example.com"}
    record(store, make_record(order, text="nothing", follow_up=None, snapshot_at=NOON + HOUR))
    review.refresh_from_db()
    words = unseal_json(review.sealed, context=review_context(store.pk, review.key))
    assert words == {"follow_up": "or a@example.com"}


@pytest.mark.parametrize("text", ["", "此用户没有填写评价。", "评价方未及时做出评价,系统默认好评!", "系统默认评论"])
def test_default_words_are_nothing_to_read(store, text):
    review = make_review(store, make_order(store=store), text=text)

    assert (review.is_default, review.read_at) == (True, NOON)


def test_poor_default_review_is_to_be_read(store):
    review = make_review(store, make_order(store=store), text="", result="bad", stars=1)

    assert (review.is_default, review.read_at) == (True, None)


def test_poor_review_opens_one_follow_up_and_tells_of_it(store):
    order = make_order(store=store)

    done = record(store, make_record(order, stars=2, result="bad"))
    record(store, make_record(order, stars=1, result="bad", snapshot_at=NOON + HOUR))

    assert done.task == ReviewTask.objects.get()
    assert (done.task.state, done.task.owner, done.task.deadline) == ("open", None, NOON + DAY)
    alert = Alert.objects.get()
    assert (alert.kind, alert.right, alert.count, alert.subjects) == ("low_review", "reply_reviews", 1, [order.number])


def test_review_that_becomes_poor_opens_a_follow_up(store):
    order = make_order(store=store)
    record(store, make_record(order))

    done = record(store, make_record(order, stars=1, snapshot_at=NOON + HOUR))

    assert (done.outcome, done.task is not None) == (UPDATED, True)


def test_old_poor_review_opens_nothing(store):
    make_review(store, make_order(store=store), stars=1, reviewed_at=NOON - 31 * DAY)

    assert (ReviewTask.objects.count(), Alert.objects.count()) == (0, 0)


def test_many_poor_reviews_are_told_at_once(store):
    orders = [make_order(store=store) for _at in range(7)]

    done = record_reviews(store=store, records=[make_record(order, stars=1) for order in orders], at=NOON)

    alert = Alert.objects.get()
    assert ([one.outcome for one in done], alert.count) == ([CREATED] * 7, 7)
    assert alert.subjects == [order.number for order in orders[:5]]


def test_reply_on_the_platform_confirms_or_replaces_ours(store, agent):
    order = make_order(store=store)
    review = record(store, make_record(order)).review
    reply_review(store=store, review_id=review.pk, text="thank you", actor=agent, at=NOON)

    record(store, make_record(order, snapshot_at=NOON + HOUR))
    review.refresh_from_db()
    assert (review.reply, review.reply_state) == ("thank you", "recorded")  # not there yet
    record(store, make_record(order, snapshot_at=NOON + 2 * HOUR, reply="thank you"))
    review.refresh_from_db()
    assert (review.reply_state, review.replied_by, review.replied_at) == ("sent", agent, NOON)
    record(store, make_record(order, snapshot_at=NOON + 3 * HOUR, reply="other words"))
    review.refresh_from_db()
    assert (review.reply, review.replied_by) == ("other words", None)
    record(store, make_record(order, snapshot_at=NOON + 4 * HOUR, reply=""))
    review.refresh_from_db()
    assert (review.reply, review.reply_state) == ("", "")


@pytest.mark.parametrize(
    "values",
    [
        {"stars": 6},
        {"stars": 0},
        {"result": "excellent"},
        {"text": "x" * 5001},
        {"number": "", "line_key": ""},
        {"number": "9" * 65},
    ],
)
def test_garbage_is_refused(store, values):
    with pytest.raises(ReviewError) as refused:
        record(store, replace(make_record(make_order(store=store)), **values))

    assert (refused.value.code, Review.objects.count()) == ("field", 0)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_known", [True, False])
def test_two_at_once_are_one_review(store, is_known):
    order = make_order(store=store) if is_known else None
    one = make_record(order, stars=1, **({} if order else {"number": "A1", "line_key": "1"}))

    done = in_parallel(*[lambda: record(store, one)] * 3)

    assert sorted(found.outcome for found in done) == [CREATED, UNCHANGED, UNCHANGED]
    assert (Review.objects.count(), ReviewTask.objects.count(), Alert.objects.count()) == (1, 1, 1)


def test_same_number_in_another_store_is_another_review(store, other_store):
    mine, theirs = make_order(store=store, number="A1"), make_order(store=other_store, number="A1")

    record(store, make_record(mine))
    record(other_store, make_record(theirs))

    assert sorted(Review.objects.values_list("store__code", "order_id")) == [("demo", mine.pk), ("other", theirs.pk)]
