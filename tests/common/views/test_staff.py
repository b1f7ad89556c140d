import re

import pytest
from django.test import Client

from backoffice.common.access import Role
from backoffice.common.models import AuditEntry, Membership, User
from tests.conftest import signed_in
from tests.factories import make_member, make_user


def member_of(store, username: str = "li", *roles: str) -> Membership:
    return make_member(make_user(username), store, *(roles or (Role.AGENT,)))


def test_invited_person_sets_a_password_by_the_one_time_link(manager_client, store):
    response = manager_client.post(
        "/settings/staff/invite/", {"username": "li", "display_name": "李强", "roles": ["warehouse"]}
    )
    link = re.search(r'data-hook="invite-link">http://testserver([^<]+)<', response.content.decode())[1]
    visitor = Client()
    form = visitor.get(link, follow=True)
    target = form.redirect_chain[-1][0]
    secret = "long-enough-7"  # pragma: allowlist secret

    done = visitor.post(target, {"new_password1": secret, "new_password2": secret})

    assert done["Location"] == "/login/"
    assert visitor.post("/login/", {"username": "li", "password": secret})["Location"] == "/"
    assert Membership.objects.get(user__username="li").roles == ["warehouse"]
    assert "too old" in Client().get(link, follow=True).content.decode()


def test_inviting_a_member_again_is_refused(manager_client, store):
    member_of(store)

    response = manager_client.post("/settings/staff/invite/", {"username": "li", "roles": ["agent"]})

    assert response.status_code == 422
    assert "already a member" in response.content.decode()


def test_manager_cannot_give_a_role_that_may_do_more(manager_client, store):
    response = manager_client.post("/settings/staff/invite/", {"username": "li", "roles": ["admin"]})

    assert response.status_code == 422
    assert not User.objects.filter(username="li").exists()


def test_roles_change_and_the_audit_says_from_what_to_what(manager_client, store):
    member = member_of(store)

    manager_client.post(f"/settings/staff/{member.pk}/", {"roles": ["warehouse", "finance"]})

    member.refresh_from_db()
    entry = AuditEntry.objects.get(action="roles_changed")
    assert member.roles == ["warehouse", "finance"]
    assert entry.data == {"before": ["agent"], "after": ["warehouse", "finance"]}


@pytest.mark.parametrize("roles", [[], ["king"]])
def test_no_role_or_an_unknown_one_is_refused(manager_client, store, roles):
    member = member_of(store)

    response = manager_client.post(f"/settings/staff/{member.pk}/", {"roles": roles})

    member.refresh_from_db()
    assert (response.status_code, member.roles) == (422, ["agent"])


def test_the_last_manager_keeps_the_role(manager_client, manager, store):
    member = Membership.objects.get(user=manager)

    response = manager_client.post(f"/settings/staff/{member.pk}/", {"roles": ["agent"]})

    member.refresh_from_db()
    assert (response.status_code, member.roles) == (422, ["manager"])


def test_disabled_member_is_out_and_can_be_let_in_again(manager_client, store):
    member = member_of(store)
    client = signed_in(member.user)

    manager_client.post(f"/settings/staff/{member.pk}/access/", {"active": "0"})
    during = client.get("/").status_code
    manager_client.post(f"/settings/staff/{member.pk}/access/", {"active": "1"})

    assert (during, client.get("/").status_code) == (403, 200)


def test_nobody_disables_themselves(manager_client, manager):
    member = Membership.objects.get(user=manager)

    manager_client.post(f"/settings/staff/{member.pk}/access/", {"active": "0"})

    member.refresh_from_db()
    assert member.is_active


def test_member_of_another_store_is_not_found(manager_client, other_store):
    member = member_of(other_store)

    codes = [
        manager_client.get(f"/settings/staff/{member.pk}/").status_code,
        manager_client.post(f"/settings/staff/{member.pk}/access/", {"active": "0"}).status_code,
        manager_client.post(f"/settings/staff/{member.pk}/link/").status_code,
    ]

    assert codes == [404, 404, 404]


@pytest.mark.parametrize("count", [1, 3])
def test_staff_page_query_count_does_not_grow(manager_client, store, count, django_assert_num_queries):
    for number in range(count):
        member_of(store, f"li{number}")

    with django_assert_num_queries(4):
        response = manager_client.get("/settings/staff/")

    assert len(response.context["members"]) == count + 1
