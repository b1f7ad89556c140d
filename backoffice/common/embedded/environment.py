"""What manage.py does before Django loads: find the servers of DATA_DIR and hand their addresses on."""

import os
import secrets
from collections.abc import Sequence
from urllib.parse import urlsplit

from backoffice.common.embedded.errors import EmbeddedError
from backoffice.common.embedded.folder import DataDir, load_keys
from backoffice.common.embedded.state import find_environment

# these change the schema or the whole database, which the application's role may not
OWNER_COMMANDS = frozenset({"migrate", "backup", "restore", "flush", "sqlflush", "createcachetable"})
# these read code and files only
OFFLINE_COMMANDS = frozenset(
    {
        *("help", "version", "--help", "-h", "--version", "check", "makemigrations", "makemessages", "compilemessages"),
        *("collectstatic", "findstatic", "spectacular", "diffsettings", "startapp", "optimizemigration"),
    }
)
NO_DATABASE = "postgresql://none@127.0.0.1:1/none"


def prepare_environment(arguments: Sequence[str]) -> None:
    """Complete os.environ for one management command; what is set already stays.

    Raises:
        EmbeddedError: the command needs the servers, none are given and none run.
    """
    command = arguments[1] if len(arguments) > 1 else "help"
    os.environ.setdefault("PROCESS_KIND", "command")
    if not os.environ.get("DATABASE_URL"):
        _use_embedded(command)
    elif os.environ.get("APP_ENV") in {"demo", "test"}:
        _use_generated_keys()
    if command in OWNER_COMMANDS:
        use_owner_role()


def use_owner_role() -> None:
    """Connect as the owner of the schema; the application's role stays known by name, to be revoked rights from."""
    owner = os.environ.get("DATABASE_OWNER_URL")
    if owner and owner != os.environ["DATABASE_URL"]:
        os.environ["DATABASE_APP_ROLE"] = urlsplit(os.environ["DATABASE_URL"]).username or ""
        os.environ["DATABASE_URL"] = owner


def _use_embedded(command: str) -> None:
    data_dir = DataDir.from_environment()
    environment = find_environment(data_dir)
    if environment is None and command not in OFFLINE_COMMANDS:
        raise EmbeddedError(
            f"No servers run in {data_dir.path}: start them with `make demo`, or give DATABASE_URL and REDIS_URL."
        )
    for name, value in (environment or _offline_environment()).items():
        if not os.environ.get(name):
            os.environ[name] = value


def _offline_environment() -> dict[str, str]:
    """Enough for commands that read code only; production, asked for by name, must bring everything itself."""
    if os.environ.get("APP_ENV") == "production":
        return {}
    return {"APP_ENV": "demo", "DATABASE_URL": NO_DATABASE, "SECRET_KEY": secrets.token_urlsafe(48)}


def _use_generated_keys() -> None:
    if os.environ.get("SECRET_KEY") and os.environ.get("PII_KEYS"):
        return
    data_dir = DataDir.from_environment()
    data_dir.create()
    keys = load_keys(data_dir)
    os.environ.setdefault("SECRET_KEY", keys["secret_key"])
    os.environ.setdefault("PII_KEYS", keys["pii_keys"])
