"""An act that is sent twice happens once: a form carries a token of its own, the batch a digest of what was sent."""

import hashlib
import json
import re
import secrets

from django.db import connection
from django.http import HttpRequest

from backoffice.common.models import Job, Store, User
from orders.desk.refusals import DeskError
from orders.desk.undoing import KIND

FIELD = "once"
_TOKEN = re.compile(r"[\w-]{22}", re.ASCII)
_DIGEST_LENGTH = 40  # with its prefix well within Job.slot
_LOCK_SPACE = 0x0A0D19  # of advisory locks
_UNSAID = {"csrfmiddlewaretoken"}


class BatchRepeatedError(DeskError):
    """The same form was sent before: `job` is what it did."""

    def __init__(self, job: Job) -> None:
        super().__init__(str(job))
        self.job = job


def new_token() -> str:
    """Return a token for one rendered form."""
    return secrets.token_urlsafe(16)


def once_slot(request: HttpRequest, *, store: Store, user: User) -> str:
    """Return what makes this request and its repeats one: the person, the form's token and all that was sent.

    Another act from the same page, which the browser may show again from its memory, is another one. Empty: the form
    carried no token.
    """
    if not _TOKEN.fullmatch(request.POST.get(FIELD, "")):
        return ""
    sent = sorted((name, values) for name, values in request.POST.lists() if name not in _UNSAID)
    text = json.dumps([store.pk, user.pk, request.path, sent])
    return f"{FIELD}:{hashlib.sha256(text.encode()).hexdigest()[:_DIGEST_LENGTH]}"


def wait_for_twin(slot: str) -> None:
    """Wait until another transaction with the same form has ended; held to the end of this one."""
    if slot:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [_LOCK_SPACE, slot])


def refuse_repeat(slot: str) -> None:
    """Refuse a form that was sent before.

    Raises:
        BatchRepeatedError: it was; the error holds the batch.
    """
    if slot and (job := Job.objects.select_related("store", "requested_by").filter(kind=KIND, slot=slot).first()):
        raise BatchRepeatedError(job)
