from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from backoffice.common.audit import write_audit
from backoffice.common.jobs import create_job
from backoffice.common.models import Store, User


@transaction.atomic
def save_store_settings(*, store: Store, values: Mapping[str, Any], actor: User, at: datetime) -> Store:
    """Save the store's own rules; the audit keeps what changed from what to what.

    A change that older rows must follow starts the job that settings.JOBS_ON_SETTINGS names.
    """
    store = Store.objects.select_for_update().get(pk=store.pk)
    changed = {name: [getattr(store, name), value] for name, value in values.items() if getattr(store, name) != value}
    if not changed:
        return store
    for name, (_before, after) in changed.items():
        setattr(store, name, after)
    store.save(update_fields=list(changed))
    write_audit(store=store, actor=actor, action="settings_changed", subject=store.code, data=changed, at=at)
    for kind in sorted({kind for name, kind in settings.JOBS_ON_SETTINGS.items() if name in changed}):
        create_job(store=store, kind=kind, params={}, actor=actor, at=at)
    return store
