"""Ready texts to buyers: a person's own, and those that the store shares."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.common.display import listed
from backoffice.common.masking import mask_text
from backoffice.common.models import Store, User
from backoffice.common.outgoing import card_problem, promise_problem
from orders.core.models import Order, OrderLine
from orders.notes.models import QuickReply
from orders.notes.queries.notes import note_of
from orders.notes.queries.replies import replies_of
from orders.notes.queries.words import missing_words
from orders.notes.services.errors import NoteError
from orders.notes.statuses import NoteType

TITLE_LENGTH, TEXT_LENGTH = 60, 500
_VARIABLE = re.compile(r"\{([^{}]*)\}")


@transaction.atomic
def save_reply(
    *,
    store: Store,
    title: str,
    text: str,
    actor: User,
    at: datetime,
    kind: str = "",
    is_shared: bool = False,
    may_share: bool = False,
    reply_id: int | None = None,
) -> QuickReply:
    """Make a ready text, or change one; `may_share` says that the person may write those of the whole store.

    Raises:
        QuickReply.DoesNotExist: the person has no such reply.
        NoteError: title or text will not do, or the person may not share.
    """
    values = _checked(title, text, kind)
    _refuse_outgoing(text, store)
    if is_shared and not may_share:
        raise NoteError(_("Only a manager of the store writes replies for everybody. Save it as your own."), "field")
    reply = _reply_to_write(store, actor, reply_id, may_share=may_share) if reply_id else QuickReply(store=store)
    for name, value in {**values, "owner": None if is_shared else actor, "updated_at": at}.items():
        setattr(reply, name, value)
    try:
        with transaction.atomic():
            reply.save()
    except IntegrityError as error:
        raise NoteError(_("There is a reply “%(title)s” already.") % {"title": values["title"]}, "field") from error
    return reply


def _checked(title: str, text: str, kind: str) -> dict[str, Any]:
    title, text = mask_text(" ".join(title.split())), mask_text(text.strip())
    if not 0 < len(title) <= TITLE_LENGTH or not 0 < len(text) <= TEXT_LENGTH:
        raise NoteError(
            _("A reply has a title of up to %(title)s characters and a text of up to %(text)s.")
            % {"title": TITLE_LENGTH, "text": TEXT_LENGTH},
            "field",
        )
    if kind and kind not in NoteType.values:
        raise NoteError(_("There is no note type “%(type)s”.") % {"type": kind[:40]}, "field")
    unknown = [name for name in _VARIABLE.findall(text) if name not in VARIABLES]
    if unknown:
        raise NoteError(
            _("{%(name)s} is not known. A reply may use %(names)s.")
            % {"name": unknown[0][:40], "names": listed(f"{{{name}}}" for name in VARIABLES)},
            "field",
        )
    return {"title": title, "text": text, "kind": kind}


def _refuse_outgoing(text: str, store: Store) -> None:
    """Refuse what must not go out; phone-like numbers are masked anyway."""
    if problem := card_problem(text) or promise_problem(text, store=store):
        raise NoteError(problem, "field")


def _reply_to_write(store: Store, actor: User, reply_id: int, *, may_share: bool) -> QuickReply:
    reply = replies_of(store, actor).select_for_update(of=("self",)).get(pk=reply_id)
    if reply.owner_id is None and not may_share:
        raise NoteError(_("“%(title)s” is everybody's reply: a manager of the store changes it.") % {"title": reply})
    return reply


@transaction.atomic
def delete_reply(*, store: Store, reply_id: int, actor: User, may_share: bool = False) -> None:
    """Delete a ready text.

    Raises:
        QuickReply.DoesNotExist: the person has no such reply.
        NoteError: it is everybody's, and the person may not share.
    """
    _reply_to_write(store, actor, reply_id, may_share=may_share).delete()


def use_reply(*, reply: QuickReply, order: Order, actor: User, at: datetime) -> str:
    """Return the text for one order, its variables filled in, and count the use.

    Raises:
        NoteError: reply and order are not of one store, or it is a colleague's own.
    """
    if reply.store_id != order.store_id or reply.owner_id not in (None, actor.pk):
        raise NoteError(_("This reply is not yours."), "field")
    QuickReply.objects.filter(pk=reply.pk).update(use_count=F("use_count") + 1, used_at=at)
    return _VARIABLE.sub(lambda found: _filled(found[1], order), reply.text)


def _filled(name: str, order: Order) -> str:
    return VARIABLES[name](order) if name in VARIABLES else ""


def _first_line(order: Order) -> OrderLine | None:
    return order.lines.select_related("title").order_by("position", "pk").first()


def _product(order: Order) -> str:
    line = _first_line(order)
    return line.title.text if line else ""


def _spec(order: Order) -> str:
    line = _first_line(order)
    return line.shown_spec if line else ""


def _ship_by(order: Order) -> str:
    return f"{timezone.localtime(order.ship_by):%m-%d %H:%M}" if order.ship_by else ""


def _missing(order: Order) -> str:
    note = note_of(order)
    return listed(missing_words(note)) if note else ""


VARIABLES: Mapping[str, Callable[[Order], str]] = {
    "buyer": lambda order: order.buyer.nick if order.buyer else "",
    "number": lambda order: order.number,
    "product": _product,
    "spec": _spec,
    "shop": lambda order: order.store.name,
    "ship_by": _ship_by,
    "missing": _missing,
}
