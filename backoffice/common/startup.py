"""A process that is given wrong settings says so in one sentence and ends."""

import os
import sys

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

REFUSED = 2


def load_settings() -> None:
    """Load the settings, or end the process with the sentence that says what is missing."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backoffice.settings")
    try:
        _ = settings.APP_ENV
    except ImproperlyConfigured as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(REFUSED)
