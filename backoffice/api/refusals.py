"""Refusals that views raise; `backoffice.api.errors` answers them."""

from typing import Any

from rest_framework import status
from rest_framework.exceptions import APIException

from orders.core.services import OrderError


class Refusal(APIException):
    """A refusal with a code of ours and a translated sentence."""

    def __init__(self, detail: str, code: str, status_code: int = status.HTTP_422_UNPROCESSABLE_ENTITY) -> None:
        super().__init__(detail, code)
        self.status_code = status_code


class Conflict(Refusal):
    """A stale version; `current` is the order, case or review as it is now."""

    def __init__(self, error: OrderError, current: dict[str, Any]) -> None:
        super().__init__(str(error), "version", status.HTTP_409_CONFLICT)
        self.current = current
