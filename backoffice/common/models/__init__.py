from backoffice.common.models.audit import AuditEntry
from backoffice.common.models.jobs import Job, JobRow, Schedule
from backoffice.common.models.stores import Membership, Store
from backoffice.common.models.tokens import ApiToken, IdempotencyKey
from backoffice.common.models.users import User

__all__ = ["ApiToken", "AuditEntry", "IdempotencyKey", "Job", "JobRow", "Membership", "Schedule", "Store", "User"]
