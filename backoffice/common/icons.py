"""The icons of the pages: single files of Tabler's set, served as `icons/<name>.svg` and inlined by `{% icon %}`."""

import re
from functools import cache
from pathlib import Path

from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage

ICONS = (
    "activity", "alert-circle", "alert-triangle", "arrow-back-up", "arrow-left", "arrows-sort", "arrows-up-down",
    "bell", "bookmark", "building-store", "calendar", "chart-line", "check", "chevron-down", "chevron-left",
    "chevron-right", "chevron-up", "circle-check", "clipboard-list", "clock", "clock-hour-4", "coin", "columns-3",
    "copy", "credit-card", "database", "device-desktop", "device-floppy", "dots", "download", "external-link",
    "eye", "file-export", "file-import", "file-invoice", "file-spreadsheet", "filter", "flag", "hand-stop", "history",
    "home", "inbox", "info-circle", "key", "keyboard", "language", "layout-sidebar-left-collapse", "link", "list-check",
    "loader-2", "lock", "logout", "map-pin", "menu-2", "message", "message-2", "moon", "note", "package",
    "packages", "pencil", "player-pause", "player-play", "player-stop", "playlist-add", "plus", "printer",
    "receipt", "receipt-refund", "refresh", "rotate", "search", "send", "settings", "shield-check",
    "sort-ascending", "sort-descending", "square-check", "star", "sun", "tag", "trash", "truck", "truck-delivery",
    "upload", "user", "user-check", "user-plus", "users", "x",
)  # fmt: skip

_SHAPES = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)
_BOX = re.compile(r'<path stroke="none" d="M0 0h24v24H0z" fill="none" ?/>')


@cache
def icon_shapes(name: str) -> str:
    """Return what is inside an icon's svg element, on one line.

    Raises:
        LookupError: the name is not in ICONS.
    """
    if name not in ICONS:
        raise LookupError(f"No icon {name!r}: add it to ICONS in backoffice/common/icons.py")
    match = _SHAPES.search(_source(f"icons/{name}.svg"))
    if match is None:
        raise ValueError(f"{name}.svg holds no svg element")
    return re.sub(r"\s*\n\s*", "", _BOX.sub("", match[1]))


def _source(path: str) -> str:
    """Read from node_modules where they are, else (a built image) from the collected files."""
    found = finders.find(path)
    if isinstance(found, str):
        return Path(found).read_text(encoding="utf-8")
    stored_name = getattr(staticfiles_storage, "stored_name", str)
    with staticfiles_storage.open(stored_name(path)) as file:
        return bytes(file.read()).decode()
