"""A store is connected, switched and tried; its secrets stay sealed."""

from datetime import timedelta

import pytest

from backoffice.common.models import AuditEntry
from orders.core.models import OutboxMessage
from orders.core.services import set_flag
from orders.platforms.models import PlatformConnection
from orders.platforms.purging import purge_outbox
from orders.platforms.rotation import rotate
from orders.platforms.services import (
    ConnectionValues,
    PlatformActError,
    save_connection,
    switch_connection,
    test_connection,
)
from orders.platforms.services.connections import open_client
from tests.factories import NOON, make_order
from tests.platforms.stand_in import APP_KEY, SECRET, SESSION

GATEWAY = "https://eco.taobao.com/router/rest"


def values(**changes):
    known = {"gateway": GATEWAY, "app_key": APP_KEY, "secret": SECRET, "session": SESSION}
    return ConnectionValues(**(known | changes))


def save(store, **changes):
    version = changes.pop("version", None)
    return save_connection(store=store, values=values(**changes), actor=None, at=NOON, version=version)


def test_secrets_are_sealed_and_in_no_audit_row(store):
    connection = save(store)

    assert SECRET.encode() not in bytes(connection.sealed)
    assert SECRET not in repr(values())
    assert SESSION not in str(list(AuditEntry.objects.values()))
    assert AuditEntry.objects.get().action == "platform_connected"
    assert open_client(connection).secret == SECRET


def test_empty_secret_keeps_the_stored_one(store):
    save(store)
    connection = save(store, secret="", session="another")

    assert (open_client(connection).secret, open_client(connection).session) == (SECRET, "another")
    assert connection.version == 2


@pytest.mark.parametrize(
    "changes",
    [
        {"gateway": "http://eco.taobao.com/"},
        {"app_key": " "},
        {"secret": ""},
        {"session": " "},
        {"sign_method": "rot13"},
        {"since": NOON + timedelta(days=1)},
        {"since": NOON - timedelta(days=91)},
        {"secret": "x" * 201},
    ],
)
def test_value_that_cannot_be_is_refused(store, changes):
    with pytest.raises(PlatformActError) as refused:
        save(store, **changes)

    assert refused.value.code == "field"
    assert not PlatformConnection.objects.exists()


def test_form_that_is_older_than_the_connection_is_refused(store):
    save(store)
    save(store)

    with pytest.raises(PlatformActError) as refused:
        save(store, version=1)

    assert refused.value.code == "version"


def test_switching_on_again_does_not_look_back(store):
    save(store)
    switch_connection(store=store, is_active=False, actor=None, at=NOON)
    later = NOON + timedelta(days=2)

    connection = switch_connection(store=store, is_active=True, actor=None, at=later)

    assert (connection.is_active, connection.sends_since) == (True, later)
    with pytest.raises(PlatformActError):
        switch_connection(store=make_order().store, is_active=True, actor=None, at=NOON)


def test_connection_is_tried(store, shop, connection):
    shop.add("3552600000000001")

    assert test_connection(store=store, at=NOON) == 1
    assert PlatformConnection.objects.get().last_ok_at == NOON


def test_trial_says_what_the_platform_said(store, gateway):
    save(store, gateway=gateway, secret="wrong")  # pragma: allowlist secret

    with pytest.raises(PlatformActError, match="check secret and sign method"):
        test_connection(store=store, at=NOON)


def test_secrets_are_sealed_again_under_a_new_key(store, settings):
    connection = save(store)
    old = bytes(connection.sealed)
    settings.PII_KEYS = f"new:{'QUJD' * 10}QUI=,{settings.PII_KEYS}"

    result = rotate()["platform_connections"]
    connection.refresh_from_db()

    assert (result.sealed, result.failed) == (1, 0)
    assert bytes(connection.sealed) != old
    assert open_client(connection).secret == SECRET


def test_old_messages_are_deleted_and_failed_ones_wait(store, other_store):
    save(store)
    for number, state in enumerate(["sent", "kept", "failed", "pending"]):
        order = make_order(store=store if state != "pending" else other_store, number=f"1{number}")
        set_flag(store=order.store, order_id=order.pk, flag=1, actor=None, at=NOON)
        OutboxMessage.objects.filter(order=order).update(state=state)
    fresh = purge_outbox(NOON + timedelta(days=90))

    counts = purge_outbox(NOON + timedelta(days=90, seconds=1))

    assert (fresh, counts) == ({"outbox": 0}, {"outbox": 3})
    assert OutboxMessage.objects.get().state == "failed"
