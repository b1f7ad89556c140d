"""Guessing passwords, and the end of sessions: at once, wherever the session lives."""

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client
from redis import Redis

from backoffice.common.access import Role
from backoffice.common.models import Membership, User
from backoffice.common.models.tokens import Scope
from tests.api.client import Api
from tests.factories import make_store, make_user

pytestmark = pytest.mark.django_db
PASSWORD = "long-enough-7"  # pragma: allowlist secret


@pytest.fixture
def person():
    user = make_user("wang", store=make_store(code="demo"), roles=(Role.MANAGER,))
    user.set_password(PASSWORD)
    user.save()
    return user


def entered(client, password=PASSWORD, **extra):
    return client.post("/login/", {"username": "wang", "password": password}, **extra).status_code


def test_twenty_guesses_lock_and_no_flush_or_forged_address_unlocks(person):
    answers = [entered(Client(), f"guess-{at}", HTTP_X_FORWARDED_FOR=f"203.0.113.{at}") for at in range(20)]
    with Redis.from_url(settings.REDIS_URL) as broker:
        broker.flushdb()

    assert answers == [200] * 5 + [429] * 15
    assert entered(Client()) == 429
    assert entered(Client(), HTTP_X_FORWARDED_FOR="198.51.100.1") == 429
    assert entered(Client(REMOTE_ADDR="198.51.100.2")) == 302  # a colleague on another address


def signed_in_browser():
    client = Client()
    assert entered(client) == 302
    assert client.get("/settings/").status_code == 200
    return client


def test_copied_cookie_is_worthless_after_logout(person):
    client = signed_in_browser()
    thief = Client()
    thief.cookies["sessionid"] = client.cookies["sessionid"].value
    assert thief.get("/settings/").status_code == 200

    client.post("/logout/")

    assert thief.get("/settings/").status_code == 302
    assert not Session.objects.exists()


@pytest.mark.parametrize(
    ("change", "status"),
    [
        (lambda user: User.objects.filter(pk=user.pk).update(is_active=False), 302),
        (lambda user: Membership.objects.filter(user=user).update(is_active=False), 403),
        (lambda user: Membership.objects.filter(user=user).update(roles=[Role.AGENT]), 403),
        (lambda user: Membership.objects.filter(user=user).delete(), 403),
        (lambda user: user.memberships.get().store.__class__.objects.update(is_active=False), 403),
        (lambda user: (user.set_password("another-long-8"), user.save()), 302),
    ],
)
def test_lost_right_ends_pages_and_tokens_at_the_next_request(person, change, status):
    client = signed_in_browser()
    api = Api(person, person.memberships.get().store, Scope.IMPORTS_WRITE)
    assert api.get("imports/").status_code == 200

    change(person)

    assert client.get("/settings/").status_code == status
    assert client.post("/settings/", {"name": "mine now"}).status_code in {302, 403}
    if not person.check_password("another-long-8"):  # a token is not a password: it ends by being revoked
        assert api.get("imports/").status_code in {401, 403}


def test_login_gives_a_new_session_key(person):
    client = Client()
    client.get("/login/")
    before = client.cookies.get("sessionid")
    entered(client)

    assert client.cookies["sessionid"].value != (before.value if before else "")
    assert client.cookies["sessionid"]["httponly"]
    assert client.cookies["sessionid"]["samesite"] == "Lax"
