"""`Idempotency-Key` on POST: the same key within 24 h gets the same answer, and the act is done once."""

import hashlib
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from rest_framework import status
from rest_framework.response import Response
from rest_framework.utils.encoders import JSONEncoder

from backoffice.api.authentication import ApiRequest
from backoffice.api.errors import Refusal
from backoffice.common.models import IdempotencyKey

_LIFE = timedelta(hours=24)
_ABANDONED = timedelta(minutes=2)  # a first request that never ended: its worker died
_MAX_KEY = 120
_CONFLICT = status.HTTP_409_CONFLICT


def once(request: ApiRequest, act: Callable[[], Response]) -> Response:
    """Run the act, or give the stored answer of the first request with the same key.

    A refusal (4xx) is not stored: nothing was done, so the same key may be tried again.
    """
    key = request.headers.get("Idempotency-Key", "")
    if not key:
        return act()
    if len(key) > _MAX_KEY:
        raise Refusal(f"Idempotency-Key is longer than {_MAX_KEY} characters.", "invalid")
    row, is_first = _reserve(request, key, timezone.now())
    if not is_first:
        return _stored(row, _digest(request))
    try:
        response = act()
    except Exception:
        row.delete()
        raise
    row.status_code, row.body = response.status_code, json.loads(json.dumps(response.data, cls=JSONEncoder))
    row.save(update_fields=["status_code", "body"])
    return response


def _reserve(request: ApiRequest, key: str, now: datetime) -> tuple[IdempotencyKey, bool]:
    own = IdempotencyKey.objects.filter(token=request.auth, key=key)
    own.filter(created_at__lt=now - _LIFE).delete()
    own.filter(status_code__isnull=True, created_at__lt=now - _ABANDONED).delete()
    values: dict[str, Any] = {"token": request.auth, "key": key, "request_hash": _digest(request), "created_at": now}
    try:
        with transaction.atomic():
            return IdempotencyKey.objects.create(**values), True
    except IntegrityError:
        row = own.first()
    if row is None:
        raise Refusal("The first request with this key has just failed; send it again.", "in_progress", _CONFLICT)
    return row, False


def _stored(row: IdempotencyKey, digest: str) -> Response:
    if row.request_hash != digest:
        raise Refusal("This Idempotency-Key was used for another request.", "idempotency")
    if row.status_code is None:
        raise Refusal("The first request with this key is still under way.", "in_progress", _CONFLICT)
    return Response(row.body, status=row.status_code, headers={"Idempotent-Replay": "true"})


def _digest(request: ApiRequest) -> str:
    body = json.dumps(request.data, sort_keys=True, default=str) if request.content_type == "application/json" else ""
    return hashlib.sha256(f"{request.method} {request.path} {body}".encode()).hexdigest()
