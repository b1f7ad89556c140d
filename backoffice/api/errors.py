"""Refusals of the API, always `{code, detail}`.

409 for state or version, 422 for gates and bad fields, 404 for what is not yours.
"""

import logging
from collections.abc import Callable
from typing import Any

from django.core.exceptions import ObjectDoesNotExist, PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import OperationalError
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework import status
from rest_framework.exceptions import APIException, ErrorDetail, ValidationError
from rest_framework.response import Response
from rest_framework.views import set_rollback

from backoffice.api.refusals import Conflict
from backoffice.common.jobs import JobError
from orders.core.services import OrderError
from orders.desk.exports import ExportError, FileGone
from orders.desk.services import DeskError
from orders.intake.quarantine import QuarantineError
from orders.intake.services import UploadError

logger = logging.getLogger(__name__)

_GATES = {"hold", "field", "quota"}


def handle(error: Exception, context: dict[str, Any]) -> Response | None:
    """Translate any exception of a view; an unexpected one becomes a plain 500 and is logged by Django."""
    set_rollback()
    for kinds, answer in _ANSWERS:
        if isinstance(error, kinds):
            return answer(error)
    return None


def _sentence(status_code: int, code: str) -> Callable[[Exception], Response]:
    """Make the answer to an error that is a sentence for the person who asked."""
    return lambda error: _response(status_code, code, str(error))


def _not_found(error: Exception) -> Response:
    return _response(status.HTTP_404_NOT_FOUND, "not_found", _("There is no such thing in this store."))


def _forbidden(error: Exception) -> Response:
    detail = str(error) or _("This token's scopes, or its owner's role, do not include this operation.")
    return _response(status.HTTP_403_FORBIDDEN, "permission_denied", detail)


def _unreadable(error: Exception) -> Response:
    return _response(status.HTTP_400_BAD_REQUEST, "parse_error", _("The request cannot be read."))


def _too_large(error: Exception) -> Response:
    return _response(status.HTTP_413_REQUEST_ENTITY_TOO_LARGE, "too_large", _("The request is too large."))


def _database_refusal(error: Exception) -> Response | None:
    if "timeout" not in str(error):
        return None
    logger.warning("A request of the API ran into a database time-out.")
    detail = _("The store is busy with this just now. Try again in a moment.")
    return _response(status.HTTP_503_SERVICE_UNAVAILABLE, "busy", detail)


def _order_refusal(error: OrderError) -> Response:
    gate = status.HTTP_422_UNPROCESSABLE_ENTITY if error.code in _GATES else status.HTTP_409_CONFLICT
    return _response(gate, error.code, str(error))


def _conflict(error: Conflict) -> Response:
    return _response(error.status_code, "version", str(error.detail), current=error.current)


def _invalid(error: ValidationError) -> Response:
    fields = error.detail if isinstance(error.detail, dict) else {"detail": error.detail}
    return _response(status.HTTP_422_UNPROCESSABLE_ENTITY, "invalid", _first(fields), fields=fields)


def _first(fields: dict[str, Any]) -> str:
    name, problem = next(iter(fields.items()))
    while isinstance(problem, (list, dict)) and problem:
        problem = problem[0] if isinstance(problem, list) else next(iter(problem.values()))
    return f"{name}: {problem}"


def _api_refusal(error: APIException) -> Response:
    code = error.detail.code if isinstance(error.detail, ErrorDetail) else "error"
    response = _response(error.status_code, str(code), str(error.detail))
    if header := getattr(error, "auth_header", None):
        response["WWW-Authenticate"] = header
    return response


def _response(status_code: int, code: str, detail: str, **more: Any) -> Response:
    return Response({"code": code, "detail": detail, **more}, status=status_code)


_UNPROCESSABLE = status.HTTP_422_UNPROCESSABLE_ENTITY
_ANSWERS: tuple[tuple[tuple[type[Exception], ...], Callable[[Any], Response | None]], ...] = (
    ((OrderError,), _order_refusal),
    ((JobError, UploadError), _sentence(status.HTTP_409_CONFLICT, "state")),
    ((FileGone,), _sentence(status.HTTP_410_GONE, "gone")),
    ((ExportError, DeskError, QuarantineError), _sentence(_UNPROCESSABLE, "invalid")),
    ((Http404, ObjectDoesNotExist), _not_found),
    ((PermissionDenied,), _forbidden),
    ((RequestDataTooBig,), _too_large),
    ((SuspiciousOperation,), _unreadable),
    ((Conflict,), _conflict),
    ((ValidationError,), _invalid),
    ((APIException,), _api_refusal),
    ((OperationalError,), _database_refusal),
)
