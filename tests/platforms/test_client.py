"""The client: what leaves, where to, and how refusals are understood."""

import pytest

from orders.platforms.top.client import TopClient, gateway_problem
from orders.platforms.top.errors import Meaning, Refusal, Unanswered
from tests.platforms.stand_in import APP_KEY, BROKEN, GARBAGE, INCREMENTS, LOST_REQUEST, READ, SECRET, SESSION

SHIP_CODE = "isv.logistics-offline-service-error:"


def make_client(gateway, **values):
    known = {"app_key": APP_KEY, "secret": SECRET, "session": SESSION, "sign_method": "hmac-sha256"}
    return TopClient(gateway=gateway, **(known | values))


@pytest.mark.parametrize("method", ["md5", "hmac", "hmac-sha256"])
def test_platform_takes_every_signature(gateway, shop, method):
    shop.add("3552600000000001", seller_memo="带空格 & 符号=+%")

    answer = make_client(gateway, sign_method=method).call(READ, tid="3552600000000001", fields="tid,seller_memo")

    assert answer["trade"]["seller_memo"] == "带空格 & 符号=+%"


@pytest.mark.parametrize(("values", "code"), [({"secret": "x"}, 25), ({"session": "x"}, 27), ({"app_key": "x"}, 29)])
def test_wrong_credentials_are_refused(gateway, values, code):
    with pytest.raises(Refusal) as refused:
        make_client(gateway, **values).call(READ, tid="1", fields="tid")

    assert (refused.value.code, refused.value.meaning) == (code, Meaning.LOCKED_OUT)


def test_required_argument_that_is_missing_is_refused(gateway):
    with pytest.raises(Refusal) as refused:
        make_client(gateway).call(INCREMENTS, fields="tid")

    assert (refused.value.code, refused.value.meaning) == (40, Meaning.REFUSED)


@pytest.mark.parametrize("fault", [LOST_REQUEST, BROKEN, GARBAGE])
def test_what_cannot_be_read_is_no_answer_and_names_no_secret(gateway, shop, fault, caplog):
    shop.faults = [("", fault)]

    with pytest.raises(Unanswered) as unanswered:
        make_client(gateway).call(READ, tid="1", fields="tid")

    assert SECRET not in f"{unanswered.value}{caplog.text}"
    assert SESSION not in f"{unanswered.value}{caplog.text}"


def test_nobody_listens(gateway):
    with pytest.raises(Unanswered):
        make_client("http://127.0.0.1:9/").call(READ, tid="1", fields="tid")


def test_secrets_do_not_show():
    assert SECRET not in repr(make_client("https://eco.taobao.com/router/rest"))
    assert SESSION not in repr(make_client("https://eco.taobao.com/router/rest"))


@pytest.mark.parametrize(
    ("address", "is_production", "is_fine"),
    [
        ("https://eco.taobao.com/router/rest", True, True),
        ("https://gw.api.tbsandbox.com/router/rest", True, True),
        ("http://eco.taobao.com/router/rest", False, False),
        ("https://eco.taobao.com.evil.example/router/rest", False, False),
        ("https://user:pw@eco.taobao.com/", False, False),  # pragma: allowlist secret
        ("https://10.0.0.1/", False, False),
        ("http://127.0.0.1:8000/", True, False),
        ("http://127.0.0.1:8000/", False, True),
        ("http://localhost:8000/", False, False),
        ("ftp://127.0.0.1/", False, False),
        ("", False, False),
    ],
)
def test_secrets_go_to_the_platform_alone(settings, address, is_production, is_fine):
    settings.IS_PRODUCTION = is_production

    assert (gateway_problem(address) is None) == is_fine


@pytest.mark.parametrize(
    ("code", "sub_code", "meaning"),
    [
        (7, "accesscontrol.limited-by-api-access-count", Meaning.LIMITED),
        (10, "", Meaning.LATER),
        (15, "isp.remote-service-timeout", Meaning.LATER),
        (15, f"{SHIP_CODE}B150", Meaning.LATER),
        (15, f"{SHIP_CODE}S01", Meaning.LATER),
        (15, f"{SHIP_CODE}B04", Meaning.DONE),
        (15, f"{SHIP_CODE}B27", Meaning.DONE),
        (15, f"{SHIP_CODE}B60", Meaning.REFUSED),
        (15, f"{SHIP_CODE}F03", Meaning.REFUSED),
        (15, f"{SHIP_CODE}B57", Meaning.REFUSED),
        (15, "isv.trade-not-exist", Meaning.REFUSED),
        (11, "isv.permission-api-package-limit", Meaning.LOCKED_OUT),
        (26, "", Meaning.LOCKED_OUT),
        (29, "isv.invalid-app-key", Meaning.LOCKED_OUT),
        (40, "isv.missing-parameter:tid", Meaning.REFUSED),
    ],
)
def test_codes_are_sorted_by_what_to_do(code, sub_code, meaning):
    error = Refusal(code, sub_code)

    assert error.meaning == meaning
    assert error.sentence.endswith((".", ")"))


@pytest.mark.parametrize(
    ("text", "seconds"), [("This ban will last for 12 more seconds", 12), ("", 60), ("last for 999999 more", 86400)]
)
def test_ban_is_as_long_as_the_platform_says(text, seconds):
    assert Refusal(7, "", text).ban_seconds == seconds
