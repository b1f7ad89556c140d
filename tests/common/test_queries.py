from datetime import timedelta

from backoffice.common.models import Membership
from backoffice.common.queries import people_at_work
from tests.factories import NOON, make_user


def test_people_at_work_are_those_seen_lately(store, other_store):
    seen = {"now": 0, "just": 14, "long": 15, "away": 600}
    for name, minutes in seen.items():
        make_user(name, store=store)
        Membership.objects.filter(user__username=name).update(seen_at=NOON - timedelta(minutes=minutes))
    make_user("never", store=store)
    gone = make_user("gone", store=store).memberships.get()
    Membership.objects.filter(pk=gone.pk).update(seen_at=NOON, is_active=False)
    make_user("elsewhere", store=other_store)
    Membership.objects.filter(user__username="elsewhere").update(seen_at=NOON)

    found = people_at_work(store, NOON)

    assert sorted(found.values_list("user__username", flat=True)) == ["just", "now"]
    assert people_at_work(store, NOON, minutes=16).count() == 3
