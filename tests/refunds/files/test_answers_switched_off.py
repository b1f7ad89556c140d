"""Where the shop switched answers to refunds off, no money moves by one that was tried before."""

import pytest

from aftersales.refunds.answers import AGREE
from aftersales.refunds.models import Refund
from aftersales.refunds.platform import take_cases
from aftersales.refunds.services import agree_case
from orders.core.models import OutboxMessage
from orders.platforms.models import PlatformConnection
from orders.platforms.services import ConnectionValues, retry_failed, retry_message, save_connection
from orders.platforms.services.connections import PlatformActError
from tests.factories import make_order, make_user
from tests.platforms.acting import send, states
from tests.platforms.stand_in import LOST_ANSWER

pytestmark = pytest.mark.django_db


@pytest.fixture
def tried(store, shop, clock, connection):
    """An answer that was sent once, of which nothing came back."""
    PlatformConnection.objects.update(sends_answers=True)
    make_order(store=store, number="3552600000000100", status="shipped")
    shop.ask_refund("70001", "3552600000000100")
    clock.on(minutes=1)
    take_cases(store=store, clock=clock)
    agree_case(store=store, refund_id=Refund.objects.get().pk, actor=make_user("li", store=store), at=clock())
    shop.faults.append((AGREE, LOST_ANSWER))
    send(store, clock)
    return OutboxMessage.objects.get()


def switch(connection, clock, *, on):
    values = ConnectionValues(app_key=connection.app_key, gateway=connection.gateway, sends_answers=on)
    save_connection(store=connection.store, values=values, actor=None, at=clock())


def test_answer_that_was_tried_once_is_not_tried_again(store, shop, clock, connection, tried):
    calls = shop.calls[AGREE]

    switch(connection, clock, on=False)
    clock.on(hours=3)
    send(store, clock)

    assert (states(), shop.calls[AGREE]) == ([("agree", "pending", tried.error_code)], calls)
    switch(connection, clock, on=True)
    assert states() == [("agree", "kept", "off")]


def test_failed_answer_is_not_sent_again(store, clock, connection, tried):
    OutboxMessage.objects.update(state="failed")

    switch(connection, clock, on=False)

    assert retry_failed(store=store, at=clock()) == 0
    with pytest.raises(PlatformActError, match="switched off"):
        retry_message(store=store, message_id=tried.pk, at=clock())
