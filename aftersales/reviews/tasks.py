from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from aftersales.reviews.files.services import import_review_file
from aftersales.reviews.models import Review
from aftersales.reviews.services.sentiment import read_sentiments
from backoffice.common.jobs import JobCancelled, JobRefused, JobRun, create_job
from backoffice.common.models import Job
from backoffice.common.sealing import SealError
from orders.intake import vault
from orders.intake.engine import ImportRefused
from orders.intake.models import ImportFile
from orders.intake.services import refuse_file

SENTIMENT = "sentiment"


def create_due_sentiment(now: datetime) -> int:
    """Create one job when reviews wait to be read and none is at it; return how many."""
    if not Review.objects.filter(sentiment="").exists() or Job.objects.active().filter(kind=SENTIMENT).exists():
        return 0
    create_job(store=None, kind=SENTIMENT, params={}, actor=None, at=now)
    return 1


def run_sentiment(run: JobRun) -> dict[str, Any]:
    """Read reviews until none waits (job kind `sentiment`)."""
    done = 0
    while count := read_sentiments():
        done += count
        run.progress(done)
    return {"reviews": done}


def run_review_import(run: JobRun) -> dict[str, Any]:
    """Read an uploaded file of reviews (job kind `review_import`)."""
    file = ImportFile.objects.select_related("store", "uploaded_by").get(pk=run.params["file"], store=run.job.store_id)
    at = run.job.created_at
    if not file.file:
        raise JobRefused(_("%(name)s was deleted after its time. Upload it again.") % {"name": file.name})
    try:
        with vault.clear_copy(str(file.file.name)) as path:
            counts = import_review_file(file=file, path=path, at=at, job=run.job, progress=run.progress)
    except (ImportRefused, SealError) as error:
        reason = str(error) if isinstance(error, ImportRefused) else _("The stored file is damaged. Upload it again.")
        refuse_file(file=file, reason=reason, at=at)
        raise JobRefused(reason) from error
    except JobCancelled:
        ImportFile.objects.filter(pk=file.pk).update(state=ImportFile.State.UPLOADED)
        raise
    return {name: value for name, value in counts.items() if name != "problems"}
