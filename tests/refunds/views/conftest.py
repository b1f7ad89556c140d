from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.core.files.storage import FileSystemStorage, default_storage

from tests.factories import NOON


@pytest.fixture(autouse=True)
def _noon(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(default_storage, "_wrapped", FileSystemStorage(location=tmp_path / "files"))
    with time_machine.travel(NOON, tick=False):
        yield
