"""Reads that at least two apps need."""

from backoffice.common.models import Membership, User


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
