"""A job that failed for good is told to who asked for it, else to operations."""

from datetime import datetime

from backoffice.common.access import Right
from backoffice.common.masking import mask_text
from backoffice.common.models import Alert, AlertKind, Job, Store


def tell_of_failure(job: Job, at: datetime) -> None:
    """Raise the alert; a job of no store is told to operations of every store."""
    stores = [job.store_id] if job.store_id else Store.objects.filter(is_active=True).values_list("pk", flat=True)
    data = {"job": job.pk, "kind": job.kind, "error": mask_text(job.error)[:300]}
    right = Right.SEE_JOBS if job.requested_by_id else Right.RUN_JOBS
    Alert.objects.bulk_create(
        Alert(
            store_id=store,
            kind=AlertKind.JOB_FAILED,
            right=right,
            recipient_id=job.requested_by_id,
            data=data,
            at=at,
        )
        for store in stores
    )
