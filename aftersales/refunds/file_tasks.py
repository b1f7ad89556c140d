from typing import Any

from django.utils.translation import gettext as _

from aftersales.refunds.files.services import import_refund_file
from backoffice.common.jobs import JobCancelled, JobRefused, JobRun
from backoffice.common.sealing import SealError
from orders.intake import vault
from orders.intake.engine import ImportRefused
from orders.intake.models import ImportFile
from orders.intake.services import refuse_file


def run_refund_import(run: JobRun) -> dict[str, Any]:
    """Take in an uploaded refund list (job kind `refund_import`)."""
    file = ImportFile.objects.select_related("store").get(pk=run.params["file"], store=run.job.store_id)
    at = run.job.created_at
    if not file.file:
        raise JobRefused(_("%(name)s was deleted after its time. Upload it again.") % {"name": file.name})
    try:
        with vault.clear_copy(str(file.file.name)) as path:
            counts = import_refund_file(file=file, path=path, at=at, job=run.job, progress=run.progress)
    except (ImportRefused, SealError) as error:
        reason = str(error) if isinstance(error, ImportRefused) else _("The stored file is damaged. Upload it again.")
        refuse_file(file=file, reason=reason, at=at)
        raise JobRefused(reason) from error
    except JobCancelled:
        ImportFile.objects.filter(pk=file.pk).update(state=ImportFile.State.UPLOADED)
        raise
    return {name: value for name, value in counts.items() if name != "problems"}
