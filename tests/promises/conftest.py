"""One running product for the tests that kill parts of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.promises.stack import Stack, running_stack


@pytest.fixture(scope="session")
def _running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with running_stack(Path(tmp_path_factory.mktemp("stack"))) as made:
        yield made


@pytest.fixture
def stack(_running: Stack) -> Iterator[Stack]:
    """Give the servers, with no job and no process of the product; what a test starts is stopped after it."""
    _running.empty_jobs()
    for path in _running.files():
        path.unlink()
    yield _running
    _running.stop_all()
