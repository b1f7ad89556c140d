"""The rows of the review inbox, made quickly: texts translated once for a language, one function for each cell."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from aftersales.reviews.queries import Row
from aftersales.reviews.statuses import ReplyState, ReviewResult, Sentiment, TaskState
from backoffice.common.display import SCRIPT_TEXTS, due_text, due_tone
from backoffice.common.quick_html import escaped
from backoffice.common.templatetags.ui import icon

AVATAR_TONES = 8  # of static/css/lists.css
RESULT_TONES = {"good": "green", "neutral": "amber", "bad": "red", "": "grey"}
SENTIMENT_TONES = {"positive": "green", "neutral": "grey", "negative": "red-outline"}
_REPLY_TONES = {"": "outline", "recorded": "blue", "sent": "green"}
_SAMPLE = 0
_CUT = 300  # characters of a text that a row holds


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """One review of the inbox and the `<tbody>` that shows it."""

    pk: int
    html: SafeString


_BADGE = '<span class="badge tone-{}">{}</span>'


@lru_cache(maxsize=8)
def _words_of(_language: str | None) -> dict[str, str]:
    """Return the texts of a language, which is in force, as HTML."""
    words = {
        **{key: str(SCRIPT_TEXTS[key]) for key in ("left", "late", "days")},
        "select": _("Select the review of order %(number)s"),
        "today": _("Today %(time)s"),
        "yesterday": _("Yesterday %(time)s"),
        "copy": _("Copy %(text)s"),
        "stars": _("%(stars)s of 5 stars"),
        "none": _("The buyer wrote nothing."),
        "later": _("Follow-up"),
        "unread": _("not read yet"),
        "no order": _("order not known"),
        "shop": _("Shop"),
        "no owner": _("nobody's"),
        "open": _("Open the review"),
    }
    made = {key: escaped(text) for key, text in words.items()}
    for prefix, choices, tones in (
        ("result", ReviewResult.choices, RESULT_TONES),
        ("reply", ReplyState.choices, _REPLY_TONES),
        ("tone", Sentiment.choices, SENTIMENT_TONES),
    ):
        made |= {f"{prefix} {key}": _BADGE.format(tones.get(key, "grey"), escaped(str(text))) for key, text in choices}
    return made


class ReviewRowMaker:
    """Makes the rows of one answer."""

    def __init__(self, now: datetime) -> None:
        self.now, self.words = now, _words_of(get_language())
        self.zone = timezone.get_current_timezone()
        local = now.astimezone(self.zone)
        self.year = f"{local.year}-"
        self.days = {local.date().isoformat(): "today", (local.date() - timedelta(days=1)).isoformat(): "yesterday"}
        self.url_head, self.url_tail = _halves()
        self.later = icon("playlist-add", "icon-sm")

    def rows(self, reviews: Iterable[Row]) -> list[ReviewRow]:
        return [ReviewRow(review["id"], self.html(review)) for review in reviews]

    def html(self, review: Row) -> SafeString:
        url = f"{self.url_head}{review['id']}{self.url_tail}"
        label = self.words["select"] % {"number": escaped(review["order_number"])}
        html = _ROW.format(
            review["id"], "unread" if review["read_at"] is None else "read", review["reply_state"] or "none", label,
            _result(self, review), _text(self, review, url), _product(self, review), _reply(self, review),
            _task(self, review),
        )  # fmt: skip
        return SafeString(html)  # nosec B308 B703 # every part is escaped where it is made

    def when(self, moment: datetime) -> str:
        """Write a moment as `display.when_text` does, whose look at the calendar is taken once for all rows."""
        stamp = moment.astimezone(self.zone).isoformat(timespec="seconds")
        day, time = stamp[:10], stamp[11:16]
        if name := self.days.get(day):
            text = self.words[name] % {"time": time}
        else:
            text = day[5:] if day.startswith(self.year) else day
        return f'<time datetime="{stamp}" title="{day} {stamp[11:19]}">{text}</time>'


@lru_cache(maxsize=1)
def _halves() -> list[str]:
    """Return what stands before and after a review's number in an address."""
    return reverse("reviews:review-detail", args=[_SAMPLE]).split(str(_SAMPLE))


_ROW = (
    '<tbody id="review-{0}" data-row data-review="{0}" data-read="{1}" data-reply="{2}"><tr>'
    '<td class="col-check"><label class="row-check"><input type="checkbox" class="form-check-input" form="bulk" '
    'name="selected" value="{0}" aria-label="{3}"></label></td>'
    '<td class="col-result">{4}</td><td class="review-cell grow">{5}</td><td class="product-cell grow">{6}</td>'
    '<td class="reply-cell grow">{7}</td><td class="col-task">{8}</td></tr></tbody>'
)
_STARS = (
    '<span class="stars stars-{0}" role="img" aria-label="{1}" title="{1}">{2}<span class="stars-off">{3}</span></span>'
)


def stars_html(stars: int | None, label: str) -> str:
    """Return the stars of a review; the label, which is escaped, says them in words."""
    return _STARS.format(stars, label, "★" * stars, "★" * (5 - stars)) if stars is not None else ""


def _result(maker: ReviewRowMaker, review: Row) -> str:
    stars, result = review["stars"], review["result"]
    shown = stars_html(stars, maker.words["stars"] % {"stars": stars})
    badge = maker.words[f"result {result}"] if result or not shown else ""
    return f'<div class="l1">{shown}{badge}</div><div class="l2">{maker.when(review["reviewed_at"])}</div>'


_TEXT = '<p class="review-text"><a href="{0}" data-row-link data-pane-url="{0}?pane=1" title="{1}">{2}{3}</a></p>'
_LATER = '<p class="review-later" title="{0}"><span class="tag">{1}</span>{0}</p>'
_UNREAD = '<span class="unread-dot" title="{0}"><span class="visually-hidden">{0}</span></span>'


def _text(maker: ReviewRowMaker, review: Row, url: str) -> str:
    """What the buyer wrote, a dot before what nobody has read, and the follow-up below."""
    words = escaped(review["text"][:_CUT])
    if review["is_default"]:
        words = f'<span class="muted">{words or maker.words["none"]}</span>'
    title = escaped(review["text"][:_CUT]) or maker.words["open"]
    dot = _UNREAD.format(maker.words["unread"]) if review["read_at"] is None else ""
    later = review["follow_up"] and _LATER.format(escaped(review["follow_up"][:_CUT]), maker.words["later"])
    return _TEXT.format(url, title, dot, words) + later


_PRODUCT = (
    '<div class="l1" title="{0} {1}"><span class="cut">{0}</span></div>'
    '<div class="l2">{2}<span class="muted">{3}</span></div>'
)
_NUMBER = (
    '<span class="number">{0}</span><button type="button" class="copy" data-copy="{0}" aria-label="{1}" title="{1}">'
    '<span class="i i-copy" aria-hidden="true"></span></button>'
)


def _product(maker: ReviewRowMaker, review: Row) -> str:
    title, spec, number = (escaped(review[name] or "") for name in ("title__text", "line__spec", "order_number"))
    copied = _NUMBER.format(number, maker.words["copy"] % {"text": number}) if number else ""
    who = escaped(review["nick"]) if review["order_id"] is not None else maker.words["no order"]
    return _PRODUCT.format(title or "—", spec, copied, who)


def _reply(maker: ReviewRowMaker, review: Row) -> str:
    """The reply and how far it is; else the tone of the words."""
    state, tone = review["reply_state"], review["sentiment"]
    badge = maker.words[f"reply {state}"]
    if not state:
        read = maker.words[f"tone {tone}"] if tone and not (review["is_default"] and not review["follow_up"]) else ""
        return f'<div class="l1">{badge}</div><div class="l2">{read}</div>'
    who = review["replied_by__display_name"] or review["replied_by__username"]
    by = escaped(who) if who else maker.words["shop"]
    text = escaped(review["reply"][:_CUT])
    return f'<div class="l1" title="{text}">{text}</div><div class="l2">{badge} <span class="muted">{by}</span></div>'


_AVATAR = '<span class="avatar-name person-{}" title="{}" data-owner="{}">{}</span>'
_DUE = '<time class="due due-{}" datetime="{}" data-countdown title="{}">{}</time>'


def _task(maker: ReviewRowMaker, review: Row) -> str:
    """The time left of an open follow-up and whose it is."""
    if review["task__state"] != TaskState.OPEN:
        return ""
    deadline: datetime = review["task__deadline"]
    stamp = deadline.astimezone(maker.zone).isoformat(timespec="seconds")
    text, tone = due_text(deadline, maker.now, maker.words), due_tone(deadline, maker.now)
    left = _DUE.format(tone, stamp, f"{stamp[:10]} {stamp[11:16]}", text)
    return f'<div class="l1">{left}</div><div class="l2">{_owner(maker, review)}</div>'


def _owner(maker: ReviewRowMaker, review: Row) -> str:
    owner: Any = review["task__owner_id"]
    if owner is None:
        return f'<span class="muted">{maker.words["no owner"]}</span>'
    username = review["task__owner__username"]
    name = review["task__owner__display_name"] or username
    return _AVATAR.format(owner % AVATAR_TONES, escaped(name), escaped(username), escaped(name[:1]))
