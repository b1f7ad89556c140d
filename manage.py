#!/usr/bin/env python
import os
import sys

from backoffice.common.embedded.environment import prepare_environment
from backoffice.common.embedded.errors import EmbeddedError

REFUSED = 2


def main() -> int:
    """Run one management command against the servers that the environment or DATA_DIR names."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backoffice.settings")
    try:
        prepare_environment(sys.argv)
    except EmbeddedError as error:
        sys.stderr.write(f"{error}\n")
        return REFUSED

    from django.core.exceptions import ImproperlyConfigured  # noqa: PLC0415 -- after the environment is complete
    from django.core.management import execute_from_command_line  # noqa: PLC0415 -- as above
    from django.db import OperationalError  # noqa: PLC0415 -- as above

    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.stderr.write(f"{error}\n")
        return REFUSED
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", None):  # the server was there
            raise
        sys.stderr.write("The database does not answer: is its server running, and is DATABASE_URL right?\n")
        return REFUSED
    return 0


if __name__ == "__main__":
    sys.exit(main())
