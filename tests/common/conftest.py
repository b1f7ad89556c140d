"""Folders of embedded servers, away from what this test run itself was given."""

import shutil

import pytest

from backoffice.common.embedded.folder import DataDir, load_keys
from backoffice.common.embedded.postgres import SYSTEM_HOME

CLEARED = (
    *("DATABASE_URL", "DATABASE_OWNER_URL", "DATABASE_APP_ROLE", "REDIS_URL", "DATA_DIR", "SECRET_KEY", "PII_KEYS"),
    *("APP_ENV", "PROCESS_KIND", "PORT", "MAKELEVEL", "DJANGO_SETTINGS_MODULE"),
)


@pytest.fixture
def data_dir(tmp_path):
    made = DataDir(tmp_path / "a folder 数据")
    yield made
    if made.keys_file.exists():
        shutil.rmtree(SYSTEM_HOME / load_keys(made)["cluster"], ignore_errors=True)


@pytest.fixture
def bare(monkeypatch):
    """Take away what this test run itself was given."""
    for name in CLEARED:
        monkeypatch.delenv(name, raising=False)
    return monkeypatch
