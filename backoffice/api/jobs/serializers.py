from typing import Any

from django.utils import timezone
from rest_framework import serializers

from backoffice.api.paging import PageSerializer
from backoffice.api.serializers import JobSerializer
from backoffice.common.jobs.schedules import next_run
from backoffice.common.models import Schedule


class AnyJobSerializer(JobSerializer):
    kind = serializers.CharField()
    requested_by = serializers.CharField(source="requested_by.username", default=None, allow_null=True)


class JobPageSerializer(PageSerializer):
    results = AnyJobSerializer(many=True)


class ScheduleSerializer(serializers.Serializer[Schedule]):
    """When a kind of work is due by itself: every so many seconds, or daily at a time of day in Asia/Shanghai."""

    id = serializers.IntegerField()
    kind = serializers.CharField()
    daily_at = serializers.SerializerMethodField(help_text="hours and minutes")
    every_seconds = serializers.IntegerField(allow_null=True)
    is_active = serializers.BooleanField(source="is_enabled")
    next = serializers.SerializerMethodField()

    def get_daily_at(self, schedule: Schedule) -> str | None:
        return f"{schedule.daily_at:%H:%M}" if schedule.daily_at else None

    def get_next(self, schedule: Schedule) -> str | None:
        due = next_run(schedule, timezone.now())
        return due.isoformat() if due else None


class SchedulesSerializer(serializers.Serializer[Any]):
    results = ScheduleSerializer(many=True)


class ScheduleSwitchSerializer(serializers.Serializer[Any]):
    is_active = serializers.BooleanField()


class BackfillSerializer(serializers.Serializer[Any]):
    date_from = serializers.DateField()
    date_to = serializers.DateField(help_text="the last day; at most three years, closed days only")
