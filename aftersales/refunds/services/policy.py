"""What a shop holds to in after-sales, changed by its manager."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from aftersales.refunds.models import RefundPolicy
from aftersales.refunds.services.errors import RefundError
from backoffice.common.audit import write_audit
from backoffice.common.models import Store, User

FIELDS = (
    "approval_above", "decide_hours", "decide_return_hours", "refused_days", "return_days", "receive_days",
    "send_hours", "confirm_days", "due_soon_hours", "inspect_hours", "no_reason_days", "quality_days", "special_words",
    "acts_on_timeout", "signal_days", "signal_count", "complaint_hours",
)  # fmt: skip


class PolicyConflict(RefundError):
    """Somebody else saved the policy since the form was made; `policy` is as it is now."""

    def __init__(self, policy: RefundPolicy) -> None:
        super().__init__(_("Somebody else saved this page meanwhile. Nothing was saved."), "version")
        self.policy = policy


@transaction.atomic
def save_policy(
    *, store: Store, values: Mapping[str, Any], actor: User, at: datetime, version: int | None = None
) -> RefundPolicy:
    """Save what the shop holds to; cases that are open keep the deadlines they have.

    Raises:
        PolicyConflict: it is not at the version the caller saw.
    """
    RefundPolicy.objects.get_or_create(store=store)
    policy = RefundPolicy.objects.select_for_update(of=("self",)).get(store=store)
    if version is not None and policy.version != version:
        raise PolicyConflict(policy)
    before = {name: str(getattr(policy, name)) for name in FIELDS}
    for name in FIELDS:
        setattr(policy, name, values[name])
    changed = [name for name in FIELDS if str(getattr(policy, name)) != before[name]]
    if changed:
        policy.version += 1
        policy.save(update_fields=[*changed, "version"])
        after = {name: str(getattr(policy, name)) for name in changed}
        write_audit(store=store, actor=actor, action="refund_policy_saved", at=at, data=after)
    return policy
