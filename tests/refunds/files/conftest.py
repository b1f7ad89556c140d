"""A connected store whose platform knows refunds."""

import pytest

from orders.platforms.models import PlatformConnection
from tests.factories import NOON, make_user
from tests.platforms.conftest import clock, connection, gateway
from tests.refunds.files.stand_in import RefundShop

__all__ = ["clock", "connection", "gateway"]


@pytest.fixture
def shop():
    return RefundShop(now=NOON)


@pytest.fixture
def li(store):
    return make_user("li", store=store)


@pytest.fixture
def sending(connection):
    PlatformConnection.objects.update(sends_answers=True)
