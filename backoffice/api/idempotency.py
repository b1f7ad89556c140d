"""`Idempotency-Key` on POST: the same key within 24 h gets the same answer, and the act is done once."""

import hashlib
import json
from collections.abc import Callable
from contextlib import nullcontext
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework import status
from rest_framework.response import Response
from rest_framework.utils.encoders import JSONEncoder

from backoffice.api.authentication import ApiRequest
from backoffice.api.refusals import Refusal
from backoffice.api.schema import LONGEST_KEY
from backoffice.common.models import IdempotencyKey

_LIFE = timedelta(hours=24)
_ABANDONED = timedelta(minutes=2)  # a first request that never ended: its worker died
_CONFLICT = status.HTTP_409_CONFLICT


def once(
    request: ApiRequest,
    act: Callable[[], Response],
    *,
    content: str = "",
    is_atomic: bool = True,
    instead: dict[str, str] | None = None,
) -> Response:
    """Run the act, or give the stored answer of the first request with the same key.

    A refusal (4xx) is not stored: nothing was done, so the same key may be tried again. `content` stands for a body
    that is no JSON. The act and its answer are one transaction unless it must not be one. `instead` is the refusal that
    a second request gets when the answer itself must not be kept.
    """
    key = request.headers.get("Idempotency-Key", "")
    if not key:
        return act()
    if len(key) > LONGEST_KEY or not key.isascii() or not key.isprintable():
        raise Refusal(
            _("An Idempotency-Key has up to %(count)s visible ASCII characters.") % {"count": LONGEST_KEY}, "invalid"
        )
    digest = _digest(request, content)
    row, is_first = _reserve(request, key, digest, timezone.now())
    if not is_first:
        return _stored(row, digest)
    try:
        with transaction.atomic() if is_atomic else nullcontext():
            return _act_and_keep(row, act, instead)
    except BaseException:
        row.delete()
        raise


def _act_and_keep(row: IdempotencyKey, act: Callable[[], Response], instead: dict[str, str] | None) -> Response:
    response = act()
    row.status_code = _CONFLICT if instead else response.status_code
    row.body = instead or json.loads(json.dumps(response.data, cls=JSONEncoder))
    row.save(update_fields=["status_code", "body"])
    return response


def _reserve(request: ApiRequest, key: str, digest: str, now: datetime) -> tuple[IdempotencyKey, bool]:
    own = IdempotencyKey.objects.filter(token=request.auth, key=key)
    own.filter(created_at__lt=now - _LIFE).delete()
    own.filter(status_code__isnull=True, created_at__lt=now - _ABANDONED).delete()
    values: dict[str, Any] = {"token": request.auth, "key": key, "request_hash": digest, "created_at": now}
    try:
        with transaction.atomic():
            return IdempotencyKey.objects.create(**values), True
    except IntegrityError:
        row = own.first()
    if row is None:
        raise Refusal(_("The first request with this key has just failed; send it again."), "in_progress", _CONFLICT)
    return row, False


def _stored(row: IdempotencyKey, digest: str) -> Response:
    if row.request_hash != digest:
        raise Refusal(_("This Idempotency-Key was used for another request."), "idempotency")
    if row.status_code is None:
        raise Refusal(_("The first request with this key is still under way."), "in_progress", _CONFLICT)
    return Response(row.body, status=row.status_code, headers={"Idempotent-Replay": "true"})


def _digest(request: ApiRequest, content: str) -> str:
    body = content or json.dumps(request.data, sort_keys=True, default=str)
    return hashlib.sha256(f"{request.method} {request.path} {body}".encode()).hexdigest()
