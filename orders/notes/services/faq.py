"""Questions that notes about a product keep asking, and the shop's answers for the product's page."""

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from backoffice.common.masking import mask_text
from backoffice.common.models import Store, User
from orders.notes.models import FaqEntry
from orders.notes.queries.topics import count_asking, is_sold
from orders.notes.queries.words import pair_value
from orders.notes.services.errors import NoteError
from orders.notes.statuses import NoteType

QUESTION_LENGTH, ANSWER_LENGTH = 200, 2000
LOOK_BACK = timedelta(days=90)


@transaction.atomic
def draft_faq(*, store: Store, product: str, kind: str, wanted: str, actor: User | None, at: datetime) -> FaqEntry:
    """Draft a question and its answer from what notes about a product ask; one that is there already stays as it is.

    Raises:
        NoteError: there is no such type of note, or product and wish are not named.
    """
    product, wanted = product.strip()[:500], mask_text(wanted.strip())[:100]
    if kind not in NoteType.values:
        raise NoteError(_("There is no note type “%(type)s”.") % {"type": kind[:40]}, "field")
    if not product:
        raise NoteError(_("Say which product the question is about."), "field")
    count = count_asking(store, product=product, kind=kind, wanted=wanted, since=at - LOOK_BACK, until=at)
    values = {"kind": kind, "answer": _answer(store, product, kind, wanted), "note_count": count}
    return FaqEntry.objects.get_or_create(
        store=store, product=product, question=_question(kind, wanted)[:QUESTION_LENGTH],
        defaults={**values, "updated_by": actor, "updated_at": at},
    )[0]  # fmt: skip


def _question(kind: str, wanted: str) -> str:
    if kind == NoteType.COLOUR_SIZE and wanted:
        return _("Is there a %(wanted)s one?") % {"wanted": wanted}
    if kind == NoteType.DELIVERY_TIME:
        wanted = pair_value("delivery_slot", wanted)
    subject = NoteType(kind).label
    return (
        _("%(subject)s: can I have %(wanted)s?") % {"subject": subject, "wanted": wanted}
        if wanted
        else _("%(subject)s: is that possible?") % {"subject": subject}
    )


def _answer(store: Store, product: str, kind: str, wanted: str) -> str:
    """Return what the order data says; the rest is for a person to write."""
    if kind != NoteType.COLOUR_SIZE or not wanted:
        return ""
    if is_sold(store, product, wanted):
        return _("Yes: choose %(wanted)s when you order.") % {"wanted": wanted}
    return _("Not at present. These are the ones on the product's page.")


@transaction.atomic
def save_faq(
    *, store: Store, entry_id: int, question: str, answer: str, is_draft: bool, actor: User | None, at: datetime
) -> FaqEntry:
    """Change a question and its answer; one that is no draft has an answer.

    Raises:
        FaqEntry.DoesNotExist: the store has no such entry.
        NoteError: question or answer will not do, or the product has that question already.
    """
    question, answer = mask_text(" ".join(question.split())), mask_text(answer.strip())
    if not 0 < len(question) <= QUESTION_LENGTH or len(answer) > ANSWER_LENGTH:
        raise NoteError(
            _("A question has 1 to %(question)s characters, its answer up to %(answer)s.")
            % {"question": QUESTION_LENGTH, "answer": ANSWER_LENGTH},
            "field",
        )
    if not (answer or is_draft):
        raise NoteError(_("Write the answer first, or leave it a draft."), "field")
    entry = FaqEntry.objects.select_for_update(of=("self",)).get(store=store, pk=entry_id)
    entry.question, entry.answer, entry.is_draft = question, answer, is_draft
    entry.updated_by, entry.updated_at = actor, at
    try:
        with transaction.atomic():
            entry.save(update_fields=["question", "answer", "is_draft", "updated_by", "updated_at"])
    except IntegrityError as error:
        raise NoteError(_("The product has this question already."), "field") from error
    return entry


def delete_faq(*, store: Store, entry_id: int) -> None:
    """Delete a question.

    Raises:
        FaqEntry.DoesNotExist: the store has no such entry.
    """
    FaqEntry.objects.get(store=store, pk=entry_id).delete()
