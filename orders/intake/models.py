from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from backoffice.common.models import Job, Store


class ImportFile(models.Model):
    """One uploaded order file. Sealed at rest, deleted after a set time; its counts stay."""

    class State(models.TextChoices):
        UPLOADED = "uploaded", _("Previewed, not imported")
        QUEUED = "queued", _("Importing")
        DONE = "done", _("Imported")
        REFUSED = "refused", _("Refused")

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=200)  # as uploaded
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()
    file = models.FileField(max_length=200, blank=True)  # sealed; empty after deletion
    encoding = models.CharField(max_length=20, blank=True)  # chosen on the page; empty: found by the rule
    snapshot_at = models.DateTimeField(null=True)  # chosen, or from the name; NULL: time of import
    format = models.CharField(max_length=20, blank=True)  # order_list or order_detail
    preview = models.JSONField(default=dict)  # columns, counts, first problems, sample rows (masked)
    state = models.CharField(max_length=10, choices=State, default=State.UPLOADED)
    job = models.ForeignKey(Job, on_delete=models.SET_NULL, null=True, related_name="+")
    counts = models.JSONField(default=dict)  # rows, created, updated, unchanged, stale, quarantined
    error = models.TextField(blank=True)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    uploaded_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["uploaded", "queued", "done", "refused"]), name="importfile_state_known"
            ),
        ]
        indexes = [models.Index(fields=["store", "-id"], name="importfile_store")]

    def __str__(self) -> str:
        return self.name


class QuarantinedRowQuerySet(models.QuerySet["QuarantinedRow"]):
    def for_store(self, store: Store) -> Self:
        return self.filter(store=store)

    def open(self) -> Self:
        return self.filter(resolved_at__isnull=True)


class QuarantinedRow(models.Model):
    """A row an import could not take: kept sealed with its line and reason until it is fixed, retried or dropped."""

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="+")
    file = models.ForeignKey(ImportFile, on_delete=models.CASCADE, related_name="quarantine")
    line = models.PositiveIntegerField()  # physical line in the file; the header is 1
    number = models.CharField(max_length=64, blank=True)  # order number, where it could be read
    column = models.CharField(max_length=60, blank=True)
    reason = models.CharField(max_length=300)
    sealed = models.BinaryField(
        null=True
    )  # JSON: {"header": [...], "cells": [...]}; store and file id are associated data
    resolved_at = models.DateTimeField(null=True)
    resolved_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    resolution = models.CharField(max_length=10, blank=True)  # imported or dropped

    objects = QuarantinedRowQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["file", "line"], name="quarantinedrow_file_line_unique")]
        indexes = [
            models.Index(fields=["store", "-id"], name="quarantinedrow_open", condition=Q(resolved_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"{self.line}: {self.reason}"
