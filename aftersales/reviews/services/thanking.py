"""One thank-you to many good reviews: looked through first, then written by a job with a row for each."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from aftersales.reviews.models import ReplyTemplate, Review, ReviewSettings
from aftersales.reviews.queries.shop import is_good, reply_until, settings_of
from aftersales.reviews.services.errors import ReviewError
from aftersales.reviews.services.replying import reply_problem, reply_review
from aftersales.reviews.services.texts import clean_reply, fill_reply
from backoffice.common.jobs import JobRun, create_job
from backoffice.common.models import Job, JobRow, Store, User
from orders.core.services import OrderError

KIND = "review_thanks"
THANKED_AT_MOST, SHOWN = 1000, 20


@dataclass(slots=True)
class ThanksPreview:
    """What thanking these reviews would do."""

    ids: list[int] = field(default_factory=list)  # that get the reply
    left_out: dict[str, int] = field(default_factory=dict)  # why, and how many
    examples: list[tuple[Review, str]] = field(default_factory=list)  # the first of them, with what they get

    @property
    def count(self) -> int:
        return len(self.ids)


def preview_thanks(*, store: Store, template: ReplyTemplate, review_ids: Sequence[int], at: datetime) -> ThanksPreview:
    """Say which of the reviews would get the reply, in this order, and why the others would not."""
    settings, made, reasons = settings_of(store), ThanksPreview(), Counter[str]()
    chosen = Review.objects.for_store(store).filter(pk__in=review_ids[:THANKED_AT_MOST])
    found = chosen.select_related("title", "buyer", "order").in_bulk()
    for pk in dict.fromkeys(review_ids[:THANKED_AT_MOST]):
        if pk not in found:
            continue
        review = found[pk]
        review.store = store
        if problem := _problem(review, template.text, settings, at):
            reasons[problem] += 1
            continue
        made.ids.append(pk)
        if len(made.examples) < SHOWN:
            made.examples.append((review, fill_reply(template.text, review)))
    made.left_out = dict(reasons.most_common())
    return made


def _problem(review: Review, text: str, settings: ReviewSettings, at: datetime) -> str:
    """Say why this review does not get the thanks; the job asks again."""
    if not is_good(review):
        return _("It is no good review.")
    if review.reply_state:
        return _("It is answered already.")
    if problem := reply_problem(review, reply_until(review, settings), at):
        return problem
    try:
        clean_reply(fill_reply(text, review), store=review.store)
    except ReviewError as error:
        return str(error)
    return ""


@transaction.atomic
def thank_reviews(
    *, store: Store, template_id: int, review_ids: Sequence[int], actor: User | None, at: datetime
) -> Job:  # fmt: skip
    """Write the job that thanks, with the text as it reads now.

    Raises:
        ReplyTemplate.DoesNotExist: the store has no such reply.
        ReviewError: the reply is none for many at once, or none of the reviews would get it.
    """
    template = ReplyTemplate.objects.get(store=store, pk=template_id)
    if not template.is_thanks:
        raise ReviewError(_("“%(title)s” is not meant for many reviews at once.") % {"title": template.title}, "field")
    preview = preview_thanks(store=store, template=template, review_ids=review_ids, at=at)
    if not preview.ids:
        raise ReviewError(_("None of these reviews can be thanked: %(why)s") % {"why": _reasons(preview.left_out)})
    params = {
        "template": template.pk, "title": template.title, "text": template.text, "ids": preview.ids,
        "left_out": preview.left_out,
    }  # fmt: skip
    job = create_job(store=store, kind=KIND, params=params, actor=actor, at=at)
    Job.objects.filter(pk=job.pk).update(rows_total=preview.count)
    return job


def _reasons(left_out: Mapping[str, int]) -> str:
    return " ".join(list(left_out)[:3]) or _("they are gone.")


def run_thanks(run: JobRun) -> dict[str, Any]:
    """Answer each review of the job once, and write down what became of it (job kind `review_thanks`)."""
    job, store = run.job, run.job.store
    if store is None:
        return {"done": 0, "left_out": 0}
    settled = set(job.rows.values_list("position", flat=True))  # by an attempt before this one
    for position, review_id in enumerate(job.params["ids"], start=1):
        if position not in settled:
            _thank(store, job, position, review_id)
        run.progress(position)
    done = job.rows.filter(outcome=JobRow.Outcome.DONE).count()
    return {"done": done, "left_out": job.rows.count() - done}


@transaction.atomic
def _thank(store: Store, job: Job, position: int, review_id: int) -> None:
    """Answer one; its row of the receipt is written with it."""
    review = Review.objects.for_store(store).filter(pk=review_id).first()
    subject = (review.order_number or review.key) if review is not None else str(review_id)
    reason = _answer(store, job, review) if review is not None else _("The review is gone.")
    outcome = JobRow.Outcome.SKIPPED if reason else JobRow.Outcome.DONE
    JobRow.objects.create(
        job=job, position=position, subject=subject, outcome=outcome, reason=reason, data={"review": review_id}
    )


def _answer(store: Store, job: Job, review: Review) -> str:
    """Answer the review; return why it was left out."""
    if not is_good(review):
        return _("It is no good review.")
    try:
        with transaction.atomic():
            reply_review(
                store=store, review_id=review.pk, text=job.params["text"], template_id=job.params["template"],
                is_first=True, actor=job.requested_by, at=timezone.now(), job=job,
            )  # fmt: skip
    except OrderError as error:
        return str(error)
    return ""
