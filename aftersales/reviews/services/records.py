"""What the platform says of one review, as it is handed to `record_review`."""

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from aftersales.reviews.defaults import is_default_text
from aftersales.reviews.models import Review
from aftersales.reviews.services.errors import ReviewError
from aftersales.reviews.statuses import ReplyState, ReviewResult
from backoffice.common.masking import mask_text
from backoffice.common.sealing import SealError, seal_json, unseal_json

_WORDS = ("text", "follow_up")  # what buyers write: masked, and sealed as written
_LONGEST, _KEY_LENGTH, _NUMBER_LENGTH, _NICK_LENGTH, _ID_LENGTH = 5000, 100, 64, 120, 40
MOST_STARS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewRecord:
    """One review as a source tells it; None: the source does not say."""

    snapshot_at: datetime
    reviewed_at: datetime
    number: str = ""  # of the order
    line_key: str = ""
    key: str = ""  # the platform's own id of the review
    nick: str | None = None
    title: str = ""
    product_id: str = ""
    result: str | None = None
    stars: int | None = None
    text: str | None = None
    follow_up: str | None = None
    followed_up_at: datetime | None = None
    reply: str | None = None
    replied_at: datetime | None = None

    @property
    def review_key(self) -> str:
        """The same from every source: order and line where they are known, else the platform's id."""
        if self.number and self.line_key:
            return f"{self.number}:{self.line_key}"[:_KEY_LENGTH]
        return self.key or (f"{self.number}:{self.product_id}" if self.number else "")

    @property
    def digest(self) -> str:
        """The hash of all that is said, which decides between two records of one moment."""
        said = {name: value for name, value in asdict(self).items() if value is not None and name != "snapshot_at"}
        return hashlib.sha256(json.dumps(said, sort_keys=True, default=str).encode()).hexdigest()


def check_record(record: ReviewRecord) -> None:
    """Refuse a record that is no review.

    Raises:
        ReviewError: it names neither order nor review, or holds what no review has.
    """
    if not 0 < len(record.review_key) <= _KEY_LENGTH or len(record.number) > _NUMBER_LENGTH:
        raise ReviewError(_("The review names neither its order nor an id of its own."), "field")
    if record.result is not None and record.result not in ReviewResult.values:
        raise ReviewError(_("“%(text)s” is no result of a review.") % {"text": record.result[:40]}, "field")
    if record.stars is not None and not 1 <= record.stars <= MOST_STARS:
        raise ReviewError(_("A review has 1 to 5 stars, not %(stars)s.") % {"stars": record.stars}, "field")
    if any(len(getattr(record, name) or "") > _LONGEST for name in (*_WORDS, "reply")):
        raise ReviewError(_("The text is longer than %(count)s characters.") % {"count": _LONGEST}, "field")


def platform_values(record: ReviewRecord, review: Review | None) -> dict[str, Any]:
    """Return the columns that the record says something of, as they are stored."""
    nick = record.nick and record.nick[:_NICK_LENGTH]
    plain = {"nick": nick, "result": record.result, "stars": record.stars}
    values: dict[str, Any] = {name: value for name, value in plain.items() if value is not None}
    values |= {"reviewed_at": record.reviewed_at}
    values |= {"product_id": record.product_id[:_ID_LENGTH]} if record.product_id else {}
    if record.text is not None:
        values |= {"text": mask_text(record.text), "is_default": is_default_text(record.text)}
    return values | _follow_up(record, review) | _reply(record, review)


def _follow_up(record: ReviewRecord, review: Review | None) -> dict[str, Any]:
    """Return the follow-up with its time; a source that names no time gives that at which it was first seen."""
    if record.follow_up is None:
        return {}
    if not record.follow_up:
        return {"follow_up": "", "followed_up_at": None}
    known = review.followed_up_at if review is not None else None
    at = record.followed_up_at or known or record.snapshot_at
    return {"follow_up": mask_text(record.follow_up), "followed_up_at": at}


def _reply(record: ReviewRecord, review: Review | None) -> dict[str, Any]:
    """Return the reply as the platform shows it; one that is only recorded here stays until the platform has one."""
    if record.reply is None:
        return {}
    ours = review if review is not None and review.reply_state else None
    if not record.reply:
        is_gone = ours is not None and ours.reply_state == ReplyState.SENT
        return {"reply": "", "reply_state": "", "replied_by": None, "replied_at": None} if is_gone else {}
    text = mask_text(record.reply)
    if ours is not None and ours.reply == text:
        return {"reply_state": ReplyState.SENT.value}
    return {
        "reply": text, "reply_state": ReplyState.SENT.value, "replied_by": None, "replied_at": record.replied_at
    }  # fmt: skip


def review_context(store_id: int, key: str) -> str:
    return f"review:{store_id}:{key}"


def sealed_words(record: ReviewRecord, review: Review | None, *, store_id: int, key: str) -> bytes | None:
    """Seal the buyer's words as written, where masking changes them; those of which nothing is said stay."""
    words = _opened(review, store_id=store_id, key=key)
    for name in _WORDS:
        text = getattr(record, name)
        if text is not None:
            words.pop(name, None)
            words |= {name: text} if mask_text(text) != text else {}
    return seal_json(words, context=review_context(store_id, key)) if words else None


def _opened(review: Review | None, *, store_id: int, key: str) -> dict[str, str]:
    if review is None or review.sealed is None:
        return {}
    try:
        return dict(unseal_json(review.sealed, context=review_context(store_id, key)))
    except SealError:  # its key is gone: what is said now is all that is known
        return {}
