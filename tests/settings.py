"""The product's settings on test servers: quick passwords, a database name of this run, no collected static files."""

import os

from backoffice.common.embedded import testing
from backoffice.common.embedded.environment import NO_DATABASE, use_owner_role

os.environ.setdefault("APP_ENV", "test")
os.environ["PROCESS_KIND"] = "command"
if "PYTEST_VERSION" in os.environ:
    testing.join_test_servers()
    use_owner_role()  # tests create their database
    broker = os.environ.get("REDIS_URL", "redis://127.0.0.1:6379/0").rpartition("/")[0]
    os.environ["REDIS_URL"] = f"{broker}/{testing.redis_database()}"
os.environ.setdefault("DATABASE_URL", NO_DATABASE)
os.environ.setdefault("PII_KEYS", "test1:" + "dGVzdC1rZXktb2YtdGhpcnR5LXR3by1ieXRlcy0xMjM=")
os.environ["LANGUAGE"] = "en"

from backoffice.settings import *  # noqa: F403 -- after the environment is complete
from backoffice.settings import DATABASES, INSTALLED_APPS, STORAGES

DATABASES["default"]["TEST"] = {"NAME": testing.database_name()}
INSTALLED_APPS = [*INSTALLED_APPS, "django_migration_linter"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STATIC_ROOT = None  # the live server serves the sources; whitenoise would warn of a folder that nothing has filled
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
