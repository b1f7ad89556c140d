"""A connected store, and the platform that is none."""

from datetime import timedelta

import pytest

from orders.platforms.services import ConnectionValues, save_connection
from tests.factories import NOON
from tests.platforms.acting import TID, make_known
from tests.platforms.stand_in import APP_KEY, SECRET, SESSION, Shop, serve


class Clock:
    """The time of both sides; a test moves it on."""

    def __init__(self, shop):
        self.shop = shop

    def __call__(self):
        return self.shop.now

    def on(self, **step):
        self.shop.now += timedelta(**step)


@pytest.fixture
def shop():
    return Shop(now=NOON)


@pytest.fixture
def clock(shop):
    return Clock(shop)


@pytest.fixture
def gateway(shop):
    with serve(shop) as address:
        yield address


@pytest.fixture
def connection(store, gateway):
    values = ConnectionValues(
        gateway=gateway, app_key=APP_KEY, secret=SECRET, session=SESSION, since=NOON - timedelta(hours=1)
    )
    return save_connection(store=store, values=values, actor=None, at=NOON - timedelta(hours=1))


@pytest.fixture
def order(store, shop, clock, connection):
    return make_known(store, shop, clock, TID, lines=2)
