from backoffice.common.models.alerts import Alert, AlertKind, AlertMark
from backoffice.common.models.attachments import Attachment
from backoffice.common.models.audit import AuditEntry
from backoffice.common.models.jobs import Job, JobRow, Schedule
from backoffice.common.models.stores import Membership, Store
from backoffice.common.models.tokens import ApiToken, IdempotencyKey
from backoffice.common.models.users import User

__all__ = [
    "Alert",
    "AlertKind",
    "AlertMark",
    "ApiToken",
    "Attachment",
    "AuditEntry",
    "IdempotencyKey",
    "Job",
    "JobRow",
    "Membership",
    "Schedule",
    "Store",
    "User",
]
