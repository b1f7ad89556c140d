"""HTML of long lists, made quickly: patterns of the code, filled with values that are escaped.

Fifty rows of ten cells through template tags, or through `format_html`, cost more than all the rest of a page.
"""

import re
from collections.abc import Iterable, Sequence
from html import escape

from django.utils.safestring import SafeString

_has_special = re.compile("[&<>\"']").search  # most texts have none, which is quickly seen
NOTHING = SafeString("")


def escaped(text: str) -> str:
    """Escape a text that goes into a pattern by other ways than `fill`; an HTML text among them once more."""
    return escape(text) if _has_special(text) else text


def fill(pattern: str, *values: object) -> SafeString:
    """Fill a pattern of the code; every value is escaped but one that is HTML already.

    As `format_html`, at a quarter of its cost: it takes no lazy texts.
    """
    safe = [
        value if type(value) is SafeString or type(value) is int
        else escape(text) if _has_special(text := str(value)) else text
        for value in values
    ]  # fmt: skip
    return SafeString(pattern.format(*safe))  # nosec B308 B703 # escaped in the line above


def joined(pattern: str, rows: Iterable[Sequence[object]]) -> SafeString:
    """Fill the pattern once for each row and join what comes of it."""
    return SafeString("".join([fill(pattern, *row) for row in rows]))  # nosec B308 B703 # as above
