from typing import Any

from django.utils.translation import gettext as _

from backoffice.common.jobs import JobCancelled, JobRefused, JobRun
from backoffice.common.sealing import SealError
from orders.intake import vault
from orders.intake.engine import ImportRefused
from orders.intake.models import ImportFile
from orders.intake.services import import_file, refuse_file


def run_import(run: JobRun) -> dict[str, Any]:
    """Import an uploaded file (job kind `order_import`); after a kill it goes on with the chunk it was at."""
    file = ImportFile.objects.select_related("store").get(pk=run.params["file"], store=run.job.store_id)
    at = run.job.created_at
    if not file.file:
        raise JobRefused(_("%(name)s was deleted after its time. Upload it again.") % {"name": file.name})
    ImportFile.objects.filter(pk=file.pk).update(job=run.job, state=ImportFile.State.QUEUED)
    try:
        with vault.clear_copy(str(file.file.name)) as path:
            report = import_file(file=file, path=path, at=at, job=run.job, progress=run.progress)
    except (ImportRefused, SealError) as error:
        reason = str(error) if isinstance(error, ImportRefused) else _("The stored file is damaged. Upload it again.")
        refuse_file(file=file, reason=reason, at=at)
        raise JobRefused(reason) from error
    except JobCancelled:
        ImportFile.objects.filter(pk=file.pk).update(state=ImportFile.State.UPLOADED)
        raise
    return {"file": report.file, "format": report.format, **report.counts.as_dict()}
