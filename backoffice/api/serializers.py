"""Shapes that several parts of the API share."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, cast

from django.core.validators import MaxValueValidator, MinValueValidator
from rest_framework import serializers
from rest_framework.request import Request

from backoffice.common.models import Job
from backoffice.common.models.jobs import JobState

TIMES = [  # validators: what lies outside is a slip, and not every zone has a date for it
    MinValueValidator(datetime(1990, 1, 1, tzinfo=UTC)),
    MaxValueValidator(datetime(2199, 12, 31, tzinfo=UTC)),
]


class MoneyField(serializers.DecimalField):
    """CNY, to the fen, as a string."""

    def __init__(self, **kwargs: object) -> None:
        super().__init__(max_digits=14, decimal_places=2, **kwargs)  # type: ignore[arg-type]


class JobSerializer(serializers.Serializer[Job]):
    """Long work: poll until `state` is done, failed or cancelled."""

    id = serializers.IntegerField()
    state = serializers.ChoiceField(choices=JobState.values)
    rows_total = serializers.IntegerField(allow_null=True)
    rows_done = serializers.IntegerField()
    attempts = serializers.IntegerField()
    error = serializers.CharField()
    created_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)


def listed(shape: type[serializers.Serializer[Any]], rows: Iterable[Any]) -> Any:
    return shape(cast("Any", rows), many=True).data


def read_values(shape: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    """Return the checked values of a request's body.

    Raises:
        ValidationError: a field is missing or bad.
    """
    serializer = shape(data=request.data)
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)
