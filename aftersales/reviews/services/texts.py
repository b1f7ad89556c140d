"""The ready replies of a store: what they may say, and how one reads for a review."""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from aftersales.reviews.models import ReplyTemplate, Review
from aftersales.reviews.services.errors import ReviewError
from aftersales.reviews.statuses import REPLY_LIMIT, ReviewResult
from backoffice.common.audit import write_audit
from backoffice.common.display import listed
from backoffice.common.models import Store, User
from backoffice.common.outgoing import OutgoingError, check_outgoing
from orders.core.services import is_order_number

TITLE_LENGTH = 60
_VARIABLE = re.compile(r"\{([^{}]*)\}")
VARIABLES: Mapping[str, Callable[[Review], str]] = {
    "buyer": lambda review: review.nick or (review.buyer.nick if review.buyer else ""),
    "product": lambda review: review.title.text if review.title else "",
    "shop": lambda review: review.store.name,
    "number": lambda review: review.order_number,
    "stars": lambda review: str(review.stars or ""),
}


def fill_reply(text: str, review: Review) -> str:
    """Return a ready reply for one review, its variables filled in; one that is not known stays to be seen."""
    return _VARIABLE.sub(lambda found: VARIABLES[found[1]](review) if found[1] in VARIABLES else found[0], text)


def clean_reply(text: str, *, store: Store) -> str:
    """Return a reply as it may go out.

    Raises:
        ReviewError: it is empty, too long, or holds what must not go out.
    """
    text = text.replace("\r\n", "\n").replace("\0", "").strip()
    if not text:
        raise ReviewError(_("Write the reply."), "field")
    if len(text) > REPLY_LIMIT:
        raise ReviewError(
            _("A reply has up to %(limit)s characters; this one has %(count)s.")
            % {"limit": REPLY_LIMIT, "count": len(text)},
            "field",
        )
    try:
        check_outgoing(text, store=store, is_known=lambda number: is_order_number(number, store=store))
    except OutgoingError as error:
        raise ReviewError(str(error), error.code) from error
    return text


@transaction.atomic
def save_template(
    *,
    store: Store,
    title: str,
    text: str,
    results: Iterable[str] = (),
    is_thanks: bool = False,
    actor: User | None,
    at: datetime,
    template_id: int | None = None,
) -> ReplyTemplate:
    """Make a ready reply, or change one.

    Raises:
        ReplyTemplate.DoesNotExist: the store has no such reply.
        ReviewError: title or text will not do, or the title is taken.
    """
    templates = ReplyTemplate.objects.select_for_update(of=("self",)).filter(store=store)
    template = templates.get(pk=template_id) if template_id else ReplyTemplate(store=store)
    values = _checked(store, title, text, results) | {"is_thanks": is_thanks, "updated_at": at}
    for name, value in values.items():
        setattr(template, name, value)
    try:
        with transaction.atomic():
            template.save()
    except IntegrityError as error:
        raise ReviewError(_("There is a reply “%(title)s” already.") % {"title": template.title}, "field") from error
    data = {"is_thanks": is_thanks, "results": values["results"]}
    write_audit(store=store, actor=actor, action="reply_template_saved", at=at, subject=template.title, data=data)
    return template


def _checked(store: Store, title: str, text: str, results: Iterable[str]) -> dict[str, Any]:
    title = " ".join(title.replace("\0", "").split())
    if not 0 < len(title) <= TITLE_LENGTH:
        raise ReviewError(
            _("A ready reply has a title of up to %(count)s characters.") % {"count": TITLE_LENGTH}, "field"
        )
    text = clean_reply(text, store=store)
    unknown = [name for name in _VARIABLE.findall(text) if name not in VARIABLES]
    if unknown:
        raise ReviewError(
            _("{%(name)s} is not known. A reply may use %(names)s.")
            % {"name": unknown[0][:40], "names": listed(f"{{{name}}}" for name in VARIABLES)},
            "field",
        )
    wanted = set(results)
    if strange := wanted - set(ReviewResult.values):
        raise ReviewError(_("“%(text)s” is no result of a review.") % {"text": min(strange)[:40]}, "field")
    return {"title": title, "text": text, "results": [value for value in ReviewResult.values if value in wanted]}


@transaction.atomic
def delete_template(*, store: Store, template_id: int, actor: User | None, at: datetime) -> None:
    """Take a ready reply away; replies that were written with it stay.

    Raises:
        ReplyTemplate.DoesNotExist: the store has no such reply.
    """
    template = ReplyTemplate.objects.select_for_update(of=("self",)).get(store=store, pk=template_id)
    write_audit(store=store, actor=actor, action="reply_template_deleted", at=at, subject=template.title, data={})
    template.delete()
