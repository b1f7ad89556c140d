from collections.abc import Iterator

import pytest
from django.core.cache import cache


@pytest.fixture(autouse=True)
def _empty_cache() -> Iterator[None]:
    """Begin each test without the reports that others rendered."""
    cache.clear()
    yield
    cache.clear()
