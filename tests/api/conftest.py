import pytest
from django.conf import settings
from django.core.files.storage import FileSystemStorage, default_storage, storages

from tests.api.client import Api, make_api


@pytest.fixture
def api(store) -> Api:
    """Everything an administrator may do, with every scope."""
    return make_api(store)


@pytest.fixture(autouse=True)
def _folders(tmp_path, monkeypatch):
    monkeypatch.setattr(settings, "DATA_DIR", tmp_path / "data")
    monkeypatch.setitem(storages._storages, "default", FileSystemStorage(location=tmp_path / "files"))
    monkeypatch.setattr(default_storage, "_wrapped", storages["default"])
