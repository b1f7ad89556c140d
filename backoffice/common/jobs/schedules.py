"""Scheduled jobs: rows say when, a unique (kind, slot) makes two beats one effect."""

from datetime import datetime, time, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from backoffice.common.jobs.services import create_job
from backoffice.common.models import Job, Schedule


def current_slot(schedule: Schedule, now: datetime) -> str | None:
    """Return the newest slot that is due, or None before the first of the day."""
    if schedule.every_seconds:
        return str(int(now.timestamp()) // schedule.every_seconds)
    local = timezone.localtime(now)
    return local.date().isoformat() if local.time() >= _daily_at(schedule) else None


def _daily_at(schedule: Schedule) -> time:
    assert schedule.daily_at is not None  # noqa: S101 -- the table's constraint: daily or every so many seconds
    return schedule.daily_at


def next_run(schedule: Schedule, now: datetime) -> datetime | None:
    """Return when the schedule is due next, in settings.TIME_ZONE; None when it is switched off."""
    if not schedule.is_enabled:
        return None
    if schedule.every_seconds:
        step = schedule.every_seconds
        return datetime.fromtimestamp((int(now.timestamp()) // step + 1) * step, tz=timezone.get_current_timezone())
    local = timezone.localtime(now)
    due = timezone.make_aware(datetime.combine(local.date(), _daily_at(schedule)))
    return due if due > now else due + timedelta(days=1)


@transaction.atomic
def switch_schedule(*, schedule_id: int, is_enabled: bool) -> Schedule:
    """Switch a schedule on or off, for all stores.

    Raises:
        Schedule.DoesNotExist: there is no such schedule.
    """
    schedule = Schedule.objects.select_for_update().get(pk=schedule_id)
    schedule.is_enabled = is_enabled
    schedule.save(update_fields=["is_enabled"])
    return schedule


def create_due_jobs(*, now: datetime) -> int:
    """Create the jobs of schedules whose slot has come; return how many."""
    created = 0
    for schedule in Schedule.objects.filter(is_enabled=True).order_by("pk"):
        slot = current_slot(schedule, now)
        if slot is not None and slot != schedule.last_slot:
            created += _create(schedule, slot, now)
    return created


def _create(schedule: Schedule, slot: str, now: datetime) -> bool:
    try:
        with transaction.atomic():
            create_job(store=None, kind=schedule.kind, params={"slot": slot}, actor=None, at=now, slot=slot)
    except IntegrityError:
        return False  # the other beat was first
    finally:
        Schedule.objects.filter(pk=schedule.pk).update(last_slot=slot)
    return True


def has_runnable_jobs(*, now: datetime) -> bool:
    return Job.objects.runnable(now).exists()
