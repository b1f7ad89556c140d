"""Words for codes that are stored as data: kinds of job, acts of the audit trail, durations."""

from django import template
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.common.models import Job

register = template.Library()

JOB_KINDS: dict[str, str | Promise] = {
    "order_import": gettext_lazy("Import orders"),
    "order_export": gettext_lazy("Export orders"),
    "bulk_act": gettext_lazy("Batch"),
    "rollup": gettext_lazy("Sales rollup"),
    "purge": gettext_lazy("Wipe old buyer data and files"),
}
AUDIT_ACTIONS: dict[str, str | Promise] = {
    "recipient_revealed": gettext_lazy("Recipient revealed"),
    "export_requested": gettext_lazy("Export requested"),
    "export_downloaded": gettext_lazy("Export downloaded"),
    "clear_export_requested": gettext_lazy("Clear-text export requested"),
    "export_template_saved": gettext_lazy("Export template saved"),
    "export_template_deleted": gettext_lazy("Export template deleted"),
    "member_invited": gettext_lazy("Member invited"),
    "roles_changed": gettext_lazy("Roles changed"),
    "member_disabled": gettext_lazy("Member disabled"),
    "member_enabled": gettext_lazy("Member enabled"),
    "settings_changed": gettext_lazy("Settings changed"),
    "store_created": gettext_lazy("Store created"),
    "token_created": gettext_lazy("API key created"),
    "token_revoked": gettext_lazy("API key revoked"),
    "note_overridden": gettext_lazy("Note gate overridden"),
}


@register.filter
def job_kind(kind: str) -> str | Promise:
    return JOB_KINDS.get(kind, kind)


@register.filter
def audit_action(action: str) -> str | Promise:
    return AUDIT_ACTIONS.get(action, action)


@register.filter
def job_seconds(job: Job) -> str:
    """Return how long an ended job took, in seconds with one decimal."""
    if not job.started_at or not job.finished_at:
        return ""
    seconds = (job.finished_at - job.started_at).total_seconds()
    return _("%(seconds)s s") % {"seconds": f"{seconds:.1f}"}
