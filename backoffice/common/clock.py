"""Business days: half-open days from midnight to midnight in settings.TIME_ZONE."""

from datetime import date, datetime, time, timedelta

from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils import timezone

# of a day that somebody typed: with a day at the end of the calendar there is no next midnight
DAY_LIMITS = [MinValueValidator(date(1990, 1, 1)), MaxValueValidator(date(2199, 12, 31))]


def business_day(at: datetime) -> date:
    return timezone.localdate(at)


def day_start(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def day_bounds(day: date) -> tuple[datetime, datetime]:
    """Return the first moment of the day and of the next."""
    return day_start(day), day_start(day + timedelta(days=1))
