"""Business days: half-open days from midnight to midnight in settings.TIME_ZONE."""

from datetime import date, datetime, time, timedelta

from django.utils import timezone


def business_day(at: datetime) -> date:
    return timezone.localdate(at)


def day_start(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def day_bounds(day: date) -> tuple[datetime, datetime]:
    """Return the first moment of the day and of the next."""
    return day_start(day), day_start(day + timedelta(days=1))
