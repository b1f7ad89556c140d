"""Alerts: what happened and people should learn of without reloading a page. Sentences are made when they are read."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from backoffice.common.access import Right
from backoffice.common.models import Alert, AlertKind, Membership, Store, User

KEPT = timedelta(days=30)
SUBJECTS = 5
_SEEN_EVERY = timedelta(minutes=1)


@transaction.atomic
def raise_alert(
    *,
    store: Store,
    kind: str,
    right: Right,
    at: datetime,
    count: int = 1,
    subjects: Sequence[str] = (),
    data: Mapping[str, Any] | None = None,
    recipient: User | None = None,
) -> Alert:
    """Tell everybody in the store who has the right, or one person. Its subjects are order numbers, five at most."""
    return Alert.objects.create(
        store=store,
        kind=kind,
        right=right,
        count=count,
        subjects=list(subjects[:SUBJECTS]),
        data=dict(data or {}),
        recipient=recipient,
        at=at,
    )


def mark_alerts_seen(*, membership: Membership, newest: int) -> None:
    """Note the newest alert that the person has looked at; it never goes back. One statement."""
    Membership.objects.filter(pk=membership.pk, alerts_seen__lt=newest).update(alerts_seen=newest)
    membership.alerts_seen = max(membership.alerts_seen, newest)


def mark_at_work(*, membership: Membership, at: datetime) -> None:
    """Note that the person works at an open page; written at most once a minute, and else no statement at all."""
    if membership.seen_at is None or at - membership.seen_at > _SEEN_EVERY:
        Membership.objects.filter(pk=membership.pk).update(seen_at=at)
        membership.seen_at = at


@transaction.atomic
def save_alert_settings(*, membership: Membership, muted: Collection[str], sound: bool) -> Membership:
    """Save which kinds the person does not want to be told of, and whether new ones may be heard."""
    membership = Membership.objects.select_for_update(of=("self",)).get(pk=membership.pk)
    settings = {"muted": [kind for kind in AlertKind.values if kind in muted], "sound": sound}
    membership.preferences = {**membership.preferences, "alerts": settings}
    membership.save(update_fields=["preferences"])
    return membership


def purge_alerts(now: datetime) -> dict[str, int]:
    """Delete alerts that nobody looks for any more."""
    count, _details = Alert.objects.filter(at__lt=now - KEPT).delete()
    return {"alerts": count}
