"""Reads that at least two apps need."""

from datetime import datetime, timedelta

from django.db.models import QuerySet

from backoffice.common.models import Membership, Store, User


def current_membership(user: User, code: str | None) -> Membership | None:
    """Return the person's membership in the wanted store, else in their first one; None without any."""
    memberships = list(
        Membership.objects.active().filter(user=user).select_related("store").order_by("store__name", "pk")
    )
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
