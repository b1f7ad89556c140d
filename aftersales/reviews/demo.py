"""The demo shop's reviews: a file as the platform's tools write it, and what the shop's people did about them."""

import csv
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from django.db import transaction
from django.utils import timezone, translation

from aftersales.reviews import demo_texts as texts
from aftersales.reviews.files.columns import TEMPLATE
from aftersales.reviews.files.services import import_reviews
from aftersales.reviews.models import Review, ReviewTask
from aftersales.reviews.services import close_task, mark_read, own_task, reply_review, save_template
from aftersales.reviews.services.base import Doing
from aftersales.reviews.services.sentiment import read_sentiments
from aftersales.reviews.statuses import TaskState
from backoffice.common.models import Store, User
from orders.core.models import OrderLine
from orders.core.services import OrderError
from orders.core.statuses import EventSource, OrderStatus

_MOST, _SHARE = 1_500, 8  # reviews; one of so many completed orders
_SCORES = ((5, 4, 3, 2, 1), (76, 10, 6, 3, 5))
_POOR, _MILD = 2, 3  # stars
_RESULTS = {5: "好评", 4: "好评", 3: "中评", 2: "差评", 1: "差评"}
_SILENT, _LATER, _ANSWERED, _ANSWERED_POOR = 0.12, 0.13, 0.3, 0.5
_WORN = ("连衣裙", "衬衫", "防晒衣", "跑步鞋", "围巾")


def furnish(*, store: Store, at: datetime, rng: Random) -> int:
    """Fill the pages of reviews; return how many there are. A small shop has fewer."""
    people = {user.username: user for user in User.objects.filter(memberships__store=store)}
    with translation.override("zh-hans"), transaction.atomic():
        for title, text, results, is_thanks in texts.TEMPLATES:
            save_template(
                store=store, title=title, text=text, results=results, is_thanks=is_thanks, actor=people["manager"],
                at=at,
            )  # fmt: skip
        _take_in(store, at, rng)
        _work(store, people, at, rng)
        while read_sentiments():
            pass
    return Review.objects.for_store(store).count()


# What buyers wrote


def _take_in(store: Store, at: datetime, rng: Random) -> None:
    rows = sorted(_rows(store, at, rng), key=lambda row: row["评价时间"])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"评价导出{timezone.localtime(at):%Y%m%d%H%M}.csv"
        with path.open("w", encoding="utf-8-sig", newline="") as stream:
            sheet = csv.DictWriter(stream, TEMPLATE, restval="")
            sheet.writeheader()
            sheet.writerows(rows)
        doing = Doing(None, at, EventSource.PLATFORM)
        import_reviews(store=store, path=path, name=path.name, snapshot_at=at, doing=doing)


def _rows(store: Store, at: datetime, rng: Random) -> Iterator[dict[str, str]]:
    done = OrderLine.objects.filter(
        order__store=store, order__status=OrderStatus.COMPLETED, order__completed_at__isnull=False, is_gift=False
    )
    ids = list(done.order_by("order__number", "position", "pk").values_list("pk", flat=True))
    chosen = rng.sample(ids, min(_MOST, len(ids) // _SHARE))
    lines = OrderLine.objects.select_related("order__buyer", "title").in_bulk(chosen)
    for pk in chosen:
        yield _row(lines[pk], at, rng)


def _row(line: OrderLine, at: datetime, rng: Random) -> dict[str, str]:
    order = line.order
    began = order.completed_at or order.placed_at
    reviewed_at = min(
        began + timedelta(minutes=rng.randint(5, 6 * 24 * 60)), at - timedelta(minutes=rng.randint(3, 2000))
    )
    stars = rng.choices(*_SCORES)[0]
    row = {
        "订单编号": order.number,
        "子订单编号": line.key,
        "买家昵称": _masked(order.buyer.nick if order.buyer else ""),
        "商品标题": line.title.text,
        "商品ID": line.product_id,
        "评价结果": _RESULTS[stars],
        "星级": str(stars),
        "评价内容": _text(line.title.text, stars, rng),
        "评价时间": _time(reviewed_at),
    }
    return row | _later(stars, reviewed_at, at, rng) | _answer(stars, reviewed_at, at, rng)


def _masked(nick: str) -> str:
    return f"{nick[0]}***{nick[-1]}" if nick else ""


def _time(moment: datetime) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M:%S}"


def _text(title: str, stars: int, rng: Random) -> str:
    if stars <= _POOR:
        return rng.choice(_blame(title))
    if stars == _MILD:
        return rng.choice(texts.MILD)
    if rng.random() < _SILENT:
        return rng.choice(texts.SILENT)
    own = next((said for word, said in texts.PRAISE.items() if word in title), ())
    said = rng.sample((*own, *own, *texts.PRAISE_OF_ALL), rng.choice((1, 1, 2)))
    return f"{rng.choice(texts.OPENINGS)}{','.join(dict.fromkeys(said))}。{rng.choice(texts.CLOSINGS)}"


def _blame(title: str) -> list[str]:
    """Return what may be said against such goods: nobody wears a pan."""
    wrong = frozenset[str]() if any(word in title for word in _WORN) else texts.BLAME_WORN
    wrong |= frozenset[str]() if "杯" in title or "壶" in title else texts.BLAME_LIQUID
    return [text for text in texts.BLAME if text not in wrong]


def _later(stars: int, reviewed_at: datetime, at: datetime, rng: Random) -> dict[str, str]:
    said_at = reviewed_at + timedelta(hours=rng.randint(24, 30 * 24))
    if rng.random() >= _LATER or said_at >= at:
        return {}
    known = texts.LATER_SOLVED if stars <= _MILD else rng.choice((texts.LATER_GOOD, texts.LATER_GOOD, texts.LATER_BAD))
    return {"追评内容": rng.choice(known), "追评时间": _time(said_at)}


def _answer(stars: int, reviewed_at: datetime, at: datetime, rng: Random) -> dict[str, str]:
    """Return what the shop answered on the platform, before it had this back office."""
    said_at = reviewed_at + timedelta(hours=rng.randint(2, 60))
    if said_at >= at - timedelta(days=4) or rng.random() >= (_ANSWERED_POOR if stars <= _MILD else _ANSWERED):
        return {}
    return {"商家回复": rng.choice(texts.SORRY if stars <= _MILD else texts.THANKS), "回复时间": _time(said_at)}


# What the shop did


def _work(store: Store, people: dict[str, User], at: datetime, rng: Random) -> None:
    agent = people["agent"]
    reviews = Review.objects.for_store(store)
    old = reviews.filter(reviewed_at__lt=at - timedelta(days=3)).order_by("key").values_list("pk", flat=True)
    mark_read(store=store, review_ids=list(old), actor=agent, at=at - timedelta(hours=20))
    newest = list(reviews.filter(reply_state="").order_by("-reviewed_at", "key")[:40])
    for review in rng.sample(newest, len(newest) // 3):
        is_poor = (review.stars or 5) <= _MILD
        _try(reply_review, store, review, agent, at, text=rng.choice(texts.SORRY if is_poor else texts.THANKS))
    _follow_up(store, people, at, rng)


def _follow_up(store: Store, people: dict[str, User], at: datetime, rng: Random) -> None:
    """Settle what is long past; of the rest some have somebody who sees to it."""
    tasks = ReviewTask.objects.filter(store=store, state=TaskState.OPEN).select_related("review")
    for task in tasks.order_by("review__reviewed_at", "review__key"):
        age = at - task.review.reviewed_at
        if age > timedelta(days=10):
            state, outcome = rng.choice(texts.ENDS)
            _try(close_task, store, task.review, people["agent"], at, state=state, outcome=outcome)
        elif rng.random() < 0.4:  # noqa: PLR2004 -- two of five
            with suppress(OrderError):
                own_task(store=store, review_id=task.review_id, owner=people["agent"])


def _try(act: Any, store: Store, review: Review, actor: User, at: datetime, **values: Any) -> None:
    with suppress(OrderError):
        act(store=store, review_id=review.pk, actor=actor, at=at - timedelta(minutes=5), **values)
