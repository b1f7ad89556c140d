from datetime import timedelta

from backoffice.common.models import Membership
from backoffice.common.queries import current_membership, people_at_work
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


def test_current_membership_equals_what_the_model_reads(store, other_store, django_assert_num_queries):
    user = make_user("reader", store=other_store)
    Membership.objects.create(user=user, store=store, roles=["finance"], preferences={"orders": {"columns": ["due"]}})
    store.flag_legend = {"1": "urgent"}
    store.save(update_fields=["flag_legend"])
    expected = Membership.objects.select_related("store").get(user=user, store=store)

    with django_assert_num_queries(1):
        found = current_membership(user, store.code)
        values = [getattr(found, field.attname) for field in Membership._meta.concrete_fields]
        of_store = [getattr(found.store, field.attname) for field in found.store._meta.concrete_fields]

    assert values == [getattr(expected, field.attname) for field in Membership._meta.concrete_fields]
    assert of_store == [getattr(expected.store, field.attname) for field in expected.store._meta.concrete_fields]
    assert {one.code for one in found.all_stores} == {store.code, other_store.code}


def test_current_membership_leaves_out_what_is_switched_off(store, other_store):
    user = make_user("leaver", store=store)
    Membership.objects.create(user=user, store=other_store, roles=["agent"], is_active=False)

    chosen = current_membership(user, other_store.code)
    store.is_active = False
    store.save(update_fields=["is_active"])

    assert chosen.store == store
    assert current_membership(user, store.code) is None
