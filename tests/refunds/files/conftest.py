"""A connected store whose platform knows refunds."""

import pytest

from tests.factories import NOON
from tests.platforms.conftest import clock, connection, gateway
from tests.refunds.files.stand_in import RefundShop

__all__ = ["clock", "connection", "gateway"]


@pytest.fixture
def shop():
    return RefundShop(now=NOON)
