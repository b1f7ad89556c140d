"""What a command's environment is completed with."""

import os

from backoffice.common.embedded import environment
from backoffice.common.embedded.folder import load_keys


def test_migration_connects_as_the_owner_and_keeps_the_name_of_the_other_role(bare):
    bare.setenv("DATABASE_URL", "postgresql://app@h/d")
    bare.setenv("DATABASE_OWNER_URL", "postgresql://owner@h/d")

    environment.prepare_environment(["manage.py", "migrate"])

    assert os.environ["DATABASE_URL"] == "postgresql://owner@h/d"
    assert os.environ["DATABASE_APP_ROLE"] == "app"


def test_other_commands_connect_as_the_application(bare):
    bare.setenv("DATABASE_URL", "postgresql://app@h/d")
    bare.setenv("DATABASE_OWNER_URL", "postgresql://owner@h/d")

    environment.prepare_environment(["manage.py", "shell"])

    assert os.environ["DATABASE_URL"] == "postgresql://app@h/d"
    assert "DATABASE_APP_ROLE" not in os.environ


def test_offline_command_needs_no_servers(bare, data_dir):
    bare.setenv("DATA_DIR", str(data_dir.path))

    environment.prepare_environment(["manage.py", "makemigrations"])

    assert os.environ["DATABASE_URL"] == environment.NO_DATABASE
    assert os.environ["APP_ENV"] == "demo"


def test_production_gets_no_generated_keys(bare, data_dir):
    bare.setenv("DATA_DIR", str(data_dir.path))
    bare.setenv("APP_ENV", "production")

    environment.prepare_environment(["manage.py", "check"])

    assert "SECRET_KEY" not in os.environ
    assert not data_dir.path.exists()


def test_given_database_in_the_demo_gets_the_kept_keys(bare, data_dir):
    for name, value in {"DATA_DIR": str(data_dir.path), "APP_ENV": "demo", "DATABASE_URL": "postgresql://h/d"}.items():
        bare.setenv(name, value)

    environment.prepare_environment(["manage.py", "shell"])

    assert os.environ["PII_KEYS"] == load_keys(data_dir)["pii_keys"]


def test_keys_stay_the_same_and_are_private(data_dir):
    data_dir.create()

    keys = load_keys(data_dir)

    assert load_keys(data_dir) == keys
    assert data_dir.keys_file.stat().st_mode & 0o777 == 0o600
