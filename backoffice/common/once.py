"""An act that is sent twice happens once: a form carries a token of its own, the job a digest of what was sent."""

import hashlib
import json
import re
import secrets

from django.http import HttpRequest

from backoffice.common.models import Store, User

FIELD = "once"
_TOKEN = re.compile(r"[\w-]{22}", re.ASCII)
_DIGEST_LENGTH = 40  # with its prefix well within Job.slot
_UNSAID = {"csrfmiddlewaretoken"}


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
