"""Reads that at least two apps need."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Model, Q, QuerySet

from backoffice.common.models import Alert, Membership, Store, User
from backoffice.common.models.alerts import AlertQuerySet

UNSEEN_CAP = 99


class AlertSettings(NamedTuple):
    """What a person chose of the bell: kinds that neither count nor sound, and whether the rest may be heard."""

    muted: frozenset[str]
    sound: bool


_ANYBODY = 0
_WIDTH = len(Membership._meta.concrete_fields)  # noqa: SLF001 -- public in Django's documentation


@lru_cache(maxsize=1)
def _memberships_text() -> str:
    """Return the question for a person's memberships, by store; every page begins with it, so it is compiled once."""
    memberships = Membership.objects.active().filter(user=_ANYBODY).select_related("store")
    text, params = memberships.order_by("store__name", "pk").query.get_compiler(connection=connection).as_sql()
    if params != (_ANYBODY,):
        raise TypeError(params)
    return text


def _memberships_of(user: User) -> list[Membership]:
    with connection.cursor() as cursor:
        cursor.execute(_memberships_text(), [user.pk])
        rows = cursor.fetchall()
    found = []
    for row in rows:
        membership = _built(Membership, row[:_WIDTH])
        membership.store = _built(Store, row[_WIDTH:])
        found.append(membership)
    return found


def _built(model: type[Model], row: Sequence[Any]) -> Any:
    """Make an object of a row as the database gave it, as a QuerySet would."""
    names, converters = _fields(model)
    values = list(row)
    for place, convert in converters:
        values[place] = convert(values[place], None, connection)
    return model.from_db(connection.alias, names, values)


@lru_cache(maxsize=2)
def _fields(model: type[Model]) -> tuple[list[str], list[tuple[int, Any]]]:
    """Return the names of a model's columns, and those that are converted in Python."""
    fields = model._meta.concrete_fields  # noqa: SLF001 -- as above
    converted = [(place, field) for place, field in enumerate(fields) if hasattr(field, "from_db_value")]
    return [field.attname for field in fields], [(place, field.from_db_value) for place, field in converted]


def current_membership(user: User, code: str | None) -> Membership | None:
    """Return the person's membership in the wanted store, else in their first one; None without any."""
    memberships = _memberships_of(user)
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
