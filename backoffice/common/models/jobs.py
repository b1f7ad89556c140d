from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from backoffice.common.models.stores import Store


class JobState(models.TextChoices):
    QUEUED = "queued", _("Waiting")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")


ACTIVE_STATES = (JobState.QUEUED, JobState.RUNNING)


class JobQuerySet(models.QuerySet["Job"]):
    def for_store(self, store: Store) -> Self:
        return self.filter(store=store)

    def beside(self, store: Store) -> Self:
        """Return the store's own jobs and those that are for all stores."""
        return self.filter(models.Q(store=store) | models.Q(store__isnull=True))

    def active(self) -> Self:
        return self.filter(state__in=ACTIVE_STATES)

    def runnable(self, now: datetime) -> Self:
        """Queued and due, or running with a lease that ran out because its worker died."""
        queued = models.Q(state=JobState.QUEUED, not_before__lte=now)
        abandoned = models.Q(state=JobState.RUNNING, lease_expires_at__lt=now)
        return self.filter(queued | abandoned)


class Job(models.Model):
    """One row of long work. The row is the truth; the broker is only a doorbell.

    A worker owns the job while `token` is its own; finishing is an UPDATE on id and token, so a worker that lost its
    lease can no longer write. `slot` makes a scheduled job unique: two beats, one row.
    """

    store = models.ForeignKey(Store, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    kind = models.CharField(max_length=40)
    slot = models.CharField(max_length=60, null=True, blank=True)  # noqa: DJ001 -- NULL is "not scheduled", many allowed
    params = models.JSONField(default=dict)
    state = models.CharField(max_length=12, choices=JobState, default=JobState.QUEUED)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    token = models.UUIDField(null=True)
    lease_expires_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField()
    rows_total = models.PositiveIntegerField(null=True)
    rows_done = models.PositiveIntegerField(default=0)
    result = models.JSONField(default=dict)
    error = models.TextField(blank=True)  # one sentence for the person who asked
    file = models.FileField(max_length=200, blank=True)
    file_name = models.CharField(max_length=200, blank=True)  # what the person who downloads it sees
    file_size = models.PositiveBigIntegerField(null=True)
    file_sha256 = models.CharField(max_length=64, blank=True)
    downloads = models.PositiveIntegerField(default=0)
    file_expires_at = models.DateTimeField(null=True)
    is_cancel_requested = models.BooleanField(default=False)
    retry_of = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "slot"], name="job_kind_slot_unique"),
            models.CheckConstraint(condition=models.Q(state__in=JobState.values), name="job_state_known"),
            models.CheckConstraint(
                condition=~models.Q(state=JobState.RUNNING)
                | models.Q(token__isnull=False, lease_expires_at__isnull=False),
                name="job_running_has_lease",
            ),
        ]
        indexes = [
            models.Index(fields=["not_before"], name="job_active", condition=models.Q(state__in=ACTIVE_STATES)),
            models.Index(fields=["store", "kind", "-id"], name="job_store_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} #{self.pk}"

    @property
    def is_active(self) -> bool:
        # See also JobQuerySet.active
        return self.state in ACTIVE_STATES

    @property
    def percent(self) -> int:
        return min(100, 100 * self.rows_done // self.rows_total) if self.rows_total else 0


class JobRow(models.Model):
    """What a bulk job did with one of its rows."""

    class Outcome(models.TextChoices):
        DONE = "done", _("Done")
        SKIPPED = "skipped", _("Skipped")
        FAILED = "failed", _("Failed")

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="rows")
    position = models.PositiveIntegerField()
    subject = models.CharField(max_length=120)  # an order number
    outcome = models.CharField(max_length=8, choices=Outcome)
    reason = models.TextField(blank=True)
    data = models.JSONField(default=dict)  # what is needed to retry or undo it

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["job", "position"], name="jobrow_job_position_unique"),
            models.CheckConstraint(
                condition=models.Q(outcome__in=["done", "skipped", "failed"]), name="jobrow_outcome_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject}: {self.outcome}"


class Schedule(models.Model):
    """When a kind of job is due: every so many seconds, or daily at a time of day in settings.TIME_ZONE."""

    kind = models.CharField(max_length=40, unique=True)
    daily_at = models.TimeField(null=True, blank=True)
    every_seconds = models.PositiveIntegerField(null=True, blank=True)
    is_enabled = models.BooleanField(default=True)
    last_slot = models.CharField(max_length=60, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(daily_at__isnull=True, every_seconds__gt=0)
                | models.Q(daily_at__isnull=False, every_seconds__isnull=True),
                name="schedule_daily_or_every",
            ),
        ]

    def __str__(self) -> str:
        return self.kind
