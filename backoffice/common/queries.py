"""Reads that at least two apps need."""

from datetime import datetime, timedelta
from typing import NamedTuple

from django.db.models import Q, QuerySet

from backoffice.common.models import Alert, Membership, Store, User
from backoffice.common.models.alerts import AlertQuerySet
from backoffice.common.statements import Prepared

UNSEEN_CAP = 99
_ANYBODY = 0  # the sample whose place a person takes


class AlertSettings(NamedTuple):
    """What a person chose of the bell: kinds that neither count nor sound, and whether the rest may be heard."""

    muted: frozenset[str]
    sound: bool


# Every page begins with this question; a person's memberships come by store
_memberships = Prepared(
    lambda: Membership.objects.active().filter(user=_ANYBODY).select_related("store").order_by("store__name", "pk"),
    _ANYBODY,
)


def current_membership(user: User, code: str | None) -> Membership | None:
    """Return the person's membership in the wanted store, else in their first one; None without any."""
    memberships = _memberships.fetch(user.pk)
    wanted = [membership for membership in memberships if membership.store.code == code]
    chosen = wanted[0] if wanted else memberships[0] if memberships else None
    if chosen is not None:
        chosen.user = user
        chosen.all_stores = [
            membership.store for membership in memberships
        ]  # for the store switcher, at no extra query
    return chosen


def people_at_work(store: Store, now: datetime, minutes: int = 15) -> QuerySet[Membership]:
    """Return the members who worked at an open page within the last minutes."""
    since = now - timedelta(minutes=minutes)
    return Membership.objects.active().filter(store=store, seen_at__gt=since, seen_at__lte=now)


def alert_settings(membership: Membership) -> AlertSettings:
    """Return what the person chose; everything is told, and nothing heard, until they choose otherwise."""
    kept = membership.preferences.get("alerts") or {}
    return AlertSettings(frozenset(kept.get("muted", ())), bool(kept.get("sound", False)))


def alerts_of(membership: Membership) -> AlertQuerySet:
    """Return all alerts that the person may see: those to them, and those to people with one of their rights."""
    to_all = Q(recipient__isnull=True, right__in=[right.value for right in membership.rights])
    return Alert.objects.for_store(membership.store).filter(Q(recipient_id=membership.user_id) | to_all)


def alerts_for(membership: Membership, limit: int = 20) -> list[Alert]:
    return list(alerts_of(membership).order_by("-pk")[:limit])


def unseen_alerts(membership: Membership, limit: int = UNSEEN_CAP + 1) -> list[Alert]:
    """Return what the person has not looked at and did not mute, the newest first."""
    unseen = alerts_of(membership).filter(pk__gt=membership.alerts_seen)
    return list(unseen.exclude(kind__in=alert_settings(membership).muted).order_by("-pk")[:limit])


def unseen_count(membership: Membership) -> int:
    """Return how many alerts the badge names, up to one more than its cap."""
    return len(unseen_alerts(membership))
