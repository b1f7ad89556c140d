import pytest
from django.test import Client, override_settings
from django_otp.oath import totp
from django_otp.plugins.otp_totp.models import TOTPDevice

from backoffice.common.access import Role
from backoffice.common.models import AuditEntry, Membership, User
from tests.conftest import signed_in
from tests.factories import make_store, make_user

PASSWORD = "long-enough-7"  # pragma: allowlist secret


def make_person(username: str = "wang", **values) -> User:
    user = make_user(username, store=make_store(), roles=(Role.AGENT,), **values)
    user.set_password(PASSWORD)
    user.save()
    return user


def sign_in(client: Client, username: str, password: str, **extra):
    return client.post("/login/", {"username": username, "password": password}, **extra)


def test_login_leads_to_the_home_page_and_is_audited(db):
    make_person()
    client = Client()

    response = sign_in(client, "wang", PASSWORD)

    assert (response.status_code, response["Location"]) == (302, "/")
    assert client.get("/").status_code == 200
    assert list(AuditEntry.objects.values_list("action", "subject")) == [("signed_in", "wang")]


def test_login_goes_back_only_to_this_site(db):
    make_person()

    response = Client().post("/login/?next=https://evil.example/", {"username": "wang", "password": PASSWORD})

    assert response["Location"] == "/"


def test_sixth_wrong_password_locks_the_account_on_that_address_only(db):
    make_person()
    client = Client()

    codes = [sign_in(client, "wang", "wrong").status_code for _ in range(6)]

    assert codes == [200, 200, 200, 200, 200, 429]
    assert sign_in(client, "wang", PASSWORD).status_code == 429
    assert sign_in(client, "wang", PASSWORD, HTTP_X_FORWARDED_FOR="203.0.113.9").status_code == 429
    assert sign_in(Client(REMOTE_ADDR="203.0.113.7"), "wang", PASSWORD).status_code == 302


@override_settings(TRUSTED_PROXIES=["127.0.0.1"])
def test_behind_a_trusted_proxy_the_client_is_whom_the_proxy_names(db):
    make_person()
    for _ in range(6):
        sign_in(Client(), "wang", "wrong", HTTP_X_FORWARDED_FOR="198.51.100.1, 203.0.113.9")

    assert sign_in(Client(), "wang", PASSWORD, HTTP_X_FORWARDED_FOR="203.0.113.9").status_code == 429
    assert sign_in(Client(), "wang", PASSWORD, HTTP_X_FORWARDED_FOR="203.0.113.10").status_code == 302


def test_disabled_account_loses_its_session_at_once(db):
    user = make_person()
    client = signed_in(user)

    User.objects.filter(pk=user.pk).update(is_active=False)

    assert client.get("/account/").status_code == 302


def test_disabled_membership_ends_access_at_the_next_request(db):
    user = make_person()
    client = signed_in(user)

    Membership.objects.filter(user=user).update(is_active=False)

    assert client.get("/").status_code == 403


def test_password_change_ends_the_other_sessions(db):
    user = make_person()
    here, elsewhere = signed_in(user), signed_in(user)
    other = PASSWORD[::-1]
    new = {"old_password": PASSWORD, "new_password1": other, "new_password2": other}

    response = here.post("/account/password/", new)

    assert response.status_code == 302
    assert here.get("/account/").status_code == 200
    assert elsewhere.get("/account/").status_code == 302


def test_wrong_old_password_keeps_the_old_one(db):
    user = make_person()
    wrong = {"old_password": "no", "new_password1": "another-long-8", "new_password2": "another-long-8"}

    response = signed_in(user).post("/account/password/", wrong)

    user.refresh_from_db()
    assert response.status_code == 422
    assert user.check_password(PASSWORD)


@override_settings(REQUIRE_MFA=True)
def test_role_that_may_reveal_is_asked_for_a_second_factor_and_sets_it_up(db):
    user = make_person()
    client = Client()
    sign_in(client, "wang", PASSWORD)
    asked = client.get("/")
    setup = client.get("/login/second-factor/")
    device = TOTPDevice.objects.get(user=user)

    response = client.post("/login/second-factor/", {"code": f"{totp(device.bin_key):06}"})

    assert asked["Location"] == "/login/second-factor/"
    assert b"data:image/svg+xml" in setup.content
    assert response["Location"] == "/"
    assert client.get("/").status_code == 200


POLLS = ('id="alert-poll"', 'id="job-drawer"', 'id="job-indicator"', "/orders/counts/")


def polls(client: Client) -> list[str]:
    page = client.get("/account/").content.decode()
    return [poll for poll in POLLS if poll in page]


@override_settings(REQUIRE_MFA=True)
def test_account_page_asks_for_nothing_until_the_second_factor_is_given(db):
    user = make_person()
    device = TOTPDevice.objects.create(user=user, name="app", confirmed=True)
    client = signed_in(user)

    before = polls(client)
    client.post("/login/second-factor/", {"code": f"{totp(device.bin_key):06}"})

    assert before == []
    assert polls(client) == list(POLLS)


def test_account_page_of_somebody_without_a_store_asks_for_nothing(db):
    assert polls(signed_in(make_user())) == []


@override_settings(REQUIRE_MFA=True)
def test_a_code_counts_only_once(db):
    user = make_person()
    device = TOTPDevice.objects.create(user=user, name="app", confirmed=True)
    code = f"{totp(device.bin_key):06}"
    first, second = signed_in(user), signed_in(user)
    first.post("/login/second-factor/", {"code": code})

    response = second.post("/login/second-factor/", {"code": code})

    assert response.status_code == 422
    assert second.get("/")["Location"] == "/login/second-factor/"


def test_language_of_the_person_survives_the_next_login(db):
    user = make_person()
    client = Client()
    sign_in(client, "wang", PASSWORD)

    client.post("/account/preferences/", {"language": "zh-hans", "next": "/account/"})
    client.post("/logout/")
    sign_in(client, "wang", PASSWORD)

    user.refresh_from_db()
    assert user.language == "zh-hans"
    assert 'lang="zh-hans"' in client.get("/account/").content.decode()


@pytest.mark.parametrize("theme", ["light", "dark", "system"])
def test_theme_is_saved(db, theme):
    user = make_person()

    signed_in(user).post("/account/preferences/", {"theme": theme})

    user.refresh_from_db()
    assert user.theme == theme


def test_garbage_preferences_change_nothing(db):
    user = make_person()

    response = signed_in(user).post("/account/preferences/", {"theme": "pink", "language": "xx"})

    user.refresh_from_db()
    assert (response.status_code, user.theme, user.language) == (302, "system", "")


def test_profile_keeps_name_and_shortcuts(db):
    user = make_person()

    signed_in(user).post("/account/profile/", {"display_name": "王芳"})

    user.refresh_from_db()
    assert (user.display_name, user.has_shortcuts) == ("王芳", False)
