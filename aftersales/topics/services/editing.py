"""The topics of a store: what a new one begins with, and what its people make of them."""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import uuid4

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from aftersales.topics.defaults import DEFAULT_TOPICS
from aftersales.topics.engine import WILD
from aftersales.topics.models import Topic
from aftersales.topics.services.errors import TopicConflict, TopicError
from backoffice.common.audit import write_audit
from backoffice.common.jobs import create_job
from backoffice.common.models import Job, Store, User
from backoffice.common.models.jobs import JobState

REREAD = "topics_reread"
NAME_LENGTH, WORD_LENGTH, MOST_WORDS, MOST_TOPICS = 40, 40, 200, 100
_PARTS = re.compile(r"[\s，,、;；]+")
_READ_BY = ("words", "not_words", "is_complaint", "is_active")  # what a text must be read again for


def words_of(text: str) -> list[str]:
    """Return the words that somebody wrote down, one a line or parted by commas, each once."""
    return list(dict.fromkeys(word for word in _PARTS.split(text.replace("\0", "")) if word))


@transaction.atomic
def seed_topics(*, store: Store, at: datetime) -> int:
    """Give a store that has none the usual topics; return how many it got."""
    Store.objects.select_for_update(no_key=True).get(pk=store.pk)
    if Topic.objects.for_store(store).exists():
        return 0
    topics = [
        Topic(
            store=store, code=one.code, name=one.name, words=one.words.split(), not_words=one.not_words.split(),
            is_complaint=one.is_complaint, position=number, updated_at=at,
        )
        for number, one in enumerate(DEFAULT_TOPICS)
    ]  # fmt: skip
    return len(Topic.objects.bulk_create(topics))


@transaction.atomic
def save_topic(
    *,
    store: Store,
    name: str,
    words: Iterable[str],
    not_words: Iterable[str] = (),
    is_complaint: bool = True,
    is_active: bool = True,
    actor: User | None,
    at: datetime,
    topic_id: int | None = None,
    version: int | None = None,
) -> Topic:
    """Make a topic or change one; where its words change, a job reads every text again.

    Raises:
        Topic.DoesNotExist: the store has no such topic.
        TopicError: name or words will not do, or the name is taken.
        TopicConflict: somebody else saved it meanwhile.
    """
    values = {"name": _checked_name(name), "is_complaint": is_complaint, "is_active": is_active}
    values |= {"words": checked_words(words), "not_words": checked_words(not_words)}
    if not values["words"]:
        raise TopicError(_("Write down at least one word that says it."), "field")
    topic = _locked(store, topic_id, version, at)
    must_read = any(getattr(topic, field) != values[field] for field in _READ_BY)
    for field, value in values.items():
        setattr(topic, field, value)
    topic.updated_by, topic.updated_at = actor, at
    _save(topic)
    data = {"words": len(topic.words), "is_active": is_active}
    write_audit(store=store, actor=actor, action="topic_saved", at=at, subject=topic.name, data=data)
    if must_read:
        read_again(store=store, actor=actor, at=at)
    return topic


def _checked_name(name: str) -> str:
    name = " ".join(name.replace("\0", "").split())
    if not 0 < len(name) <= NAME_LENGTH:
        raise TopicError(_("A topic has a name of up to %(count)s characters.") % {"count": NAME_LENGTH}, "field")
    return name


def checked_words(words: Iterable[str]) -> list[str]:
    """Return the words of a topic, each once.

    Raises:
        TopicError: there are too many, or one is too long or has no letters.
    """
    found = list(dict.fromkeys(" ".join(word.split()) for word in words if word.strip()))
    if len(found) > MOST_WORDS:
        raise TopicError(_("A topic has up to %(count)s words.") % {"count": MOST_WORDS}, "field")
    for word in found:
        if len(word) > WORD_LENGTH or not word.replace(WILD, ""):
            raise TopicError(
                _("“%(word)s” will not do: a word has 1 to %(count)s characters beside “*”.")
                % {"word": word[:WORD_LENGTH], "count": WORD_LENGTH},
                "field",
            )
    return found


def _locked(store: Store, topic_id: int | None, version: int | None, at: datetime) -> Topic:
    Store.objects.select_for_update(no_key=True).get(pk=store.pk)
    topics = Topic.objects.for_store(store)
    if topic_id is not None:
        topic = topics.select_for_update(of=("self",), no_key=True).get(pk=topic_id)
        if version is not None and topic.version != version:
            raise TopicConflict(
                _("Somebody saved “%(name)s” while you were working on it. Nothing was saved.") % {"name": topic.name}
            )
        topic.version += 1
        return topic
    if topics.count() >= MOST_TOPICS:
        raise TopicError(_("A shop has up to %(count)s topics.") % {"count": MOST_TOPICS})
    last: dict[str, Any] = topics.aggregate(last=Max("position"))
    position = 0 if last["last"] is None else last["last"] + 1
    return Topic(store=store, code=f"t{uuid4().hex[:12]}", position=position, updated_at=at)


def _save(topic: Topic) -> None:
    try:
        with transaction.atomic():
            topic.save()
    except IntegrityError as error:
        raise TopicError(_("There is a topic “%(name)s” already.") % {"name": topic.name}, "field") from error


def read_again(*, store: Store, actor: User | None, at: datetime) -> Job:
    """Have every text of the store read again; a job for it that has not begun yet will do."""
    jobs = Job.objects.for_store(store).filter(kind=REREAD, state=JobState.QUEUED)
    waiting = jobs.order_by("pk").first()
    return waiting or create_job(store=store, kind=REREAD, params={}, actor=actor, at=at)
