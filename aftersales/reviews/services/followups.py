"""The follow-ups of poor reviews: opened by the review itself or by hand, owned, closed with what came of them."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from aftersales.reviews.models import Review, ReviewSettings, ReviewTask
from aftersales.reviews.queries.shop import is_low, reply_until, settings_of
from aftersales.reviews.services.base import Doing, lock_review, tell_order
from aftersales.reviews.services.errors import ReviewError
from aftersales.reviews.statuses import TaskState
from backoffice.common.access import ROLE_RIGHTS, Right
from backoffice.common.models import Job, Membership, Store, User
from backoffice.common.statements import Prepared
from orders.core.services import OrderError, clean_reason, refuse_cards
from orders.core.statuses import EventKind, EventSource

_STORE = -1  # the sample whose place a store takes
_ROLES = [str(role) for role, rights in ROLE_RIGHTS.items() if Right.REPLY_REVIEWS in rights]
_MEMBERS = Prepared(
    lambda: Membership.objects.active().filter(store=_STORE, roles__overlap=_ROLES).select_related("user"), _STORE
)
ENDS = (TaskState.SOLVED, TaskState.EXPLAINED, TaskState.UNREACHED)


def open_due_task(review: Review, settings: ReviewSettings, at: datetime) -> ReviewTask | None:
    """Open the follow-up of a locked review that is poor and has none; an old one, as of a first import, opens none."""
    due = due_task(review, settings, at)
    if due is None:
        return None
    values = {"store": due.store, "opened_at": due.opened_at, "deadline": due.deadline}
    task, is_new = ReviewTask.objects.get_or_create(review=review, defaults=values)
    return task if is_new else None


def due_task(review: Review, settings: ReviewSettings, at: datetime) -> ReviewTask | None:
    """Return the follow-up, not saved yet, that a review asks for."""
    if not is_low(review, settings) or reply_until(review, settings) < at:
        return None
    return ReviewTask(store=review.store, review=review, opened_at=at, deadline=_deadline(settings, at))


def _deadline(settings: ReviewSettings, at: datetime) -> datetime:
    return at + timedelta(hours=settings.task_hours)


@transaction.atomic
def open_task(
    *, store: Store, review_id: int, actor: User | None, at: datetime, source: str = EventSource.STAFF,
    job: Job | None = None,
) -> ReviewTask:  # fmt: skip
    """Open a follow-up by hand, or again when it was closed; an open one stays as it is.

    Raises:
        Review.DoesNotExist: the store has no such review.
    """
    review = lock_review(store=store, review_id=review_id)
    deadline = _deadline(settings_of(store), at)
    task = ReviewTask.objects.select_for_update(of=("self",)).filter(review=review).first()
    if task is not None and task.state == TaskState.OPEN:
        return task
    if task is None:
        task = ReviewTask.objects.create(store=store, review=review, owner=actor, opened_at=at, deadline=deadline)
    else:
        task.state, task.outcome, task.closed_by, task.closed_at = TaskState.OPEN, "", None, None
        task.owner, task.deadline, task.version = actor, deadline, task.version + 1
        task.save(update_fields=["state", "outcome", "closed_by", "closed_at", "owner", "deadline", "version"])
    after = {"review_end": TaskState.OPEN.value}
    tell_order(review.order, EventKind.REVIEW_FOLLOWED, Doing(actor, at, source, job), after)
    return task


@transaction.atomic
def own_task(
    *, store: Store, review_id: int, owner: User | None, version: int | None = None
) -> ReviewTask:  # fmt: skip
    """Give an open follow-up to somebody who may answer reviews, or to nobody.

    Raises:
        Review.DoesNotExist: the store has no such review.
        ReviewError: there is no open follow-up, it changed, or the person may not answer reviews.
    """
    _review, task = _open_task_of(store, review_id, version)
    if owner is not None and owner not in people_of(store):
        raise ReviewError(_("%(who)s may not answer reviews here.") % {"who": owner}, "field")
    if task.owner_id != (owner.pk if owner else None):
        task.owner, task.version = owner, task.version + 1
        task.save(update_fields=["owner", "version"])
    return task


def people_of(store: Store) -> list[User]:
    """Return who may answer reviews of the store, by name."""
    return sorted([member.user for member in _MEMBERS.fetch(store.pk)], key=str)


@transaction.atomic
def close_task(
    *,
    store: Store,
    review_id: int,
    state: str,
    outcome: str,
    actor: User | None,
    at: datetime,
    version: int | None = None,
    source: str = EventSource.STAFF,
    job: Job | None = None,
) -> ReviewTask:
    """Close the follow-up, saying what came of it.

    Raises:
        Review.DoesNotExist: the store has no such review.
        ReviewError: there is no open follow-up, it changed, or the end or its words will not do.
    """
    if state not in ENDS:
        raise ReviewError(_("Choose how the follow-up ended."), "field")
    text = _outcome(outcome, store)
    review, task = _open_task_of(store, review_id, version)
    task.state, task.outcome, task.closed_by, task.closed_at = TaskState(state), text, actor, at
    task.version += 1
    task.save(update_fields=["state", "outcome", "closed_by", "closed_at", "version"])
    after = {"review_end": str(state), "outcome": text}
    tell_order(review.order, EventKind.REVIEW_FOLLOWED, Doing(actor, at, source, job), after)
    return task


def _outcome(text: str, store: Store) -> str:
    try:
        refuse_cards(text, store=store)
        return clean_reason(text)
    except OrderError as error:
        raise ReviewError(str(error), error.code) from error


def _open_task_of(store: Store, review_id: int, version: int | None) -> tuple[Review, ReviewTask]:
    review = lock_review(store=store, review_id=review_id)
    task = ReviewTask.objects.select_for_update(of=("self",)).select_related("owner").filter(review=review).first()
    if task is None or task.state != TaskState.OPEN:
        raise ReviewError(_("This review has no open follow-up.") if task is None else _closed(task))
    if version is not None and task.version != version:
        raise ReviewError(
            _("Somebody changed this follow-up while you were working on it. Nothing was saved."), "version"
        )
    return review, task


def _closed(task: ReviewTask) -> str:
    who = task.closed_by or ""
    return _("The follow-up was closed already: %(state)s (%(who)s).") % {
        "state": task.get_state_display(), "who": who,
    }  # fmt: skip
