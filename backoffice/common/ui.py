"""What views hand to the components of templates/components/."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Tab:
    """One tab or sub-tab; `count` is exact, `is_capped` says that it is "at least"."""

    key: str
    label: str
    url: str
    count: int | None = None
    is_active: bool = False
    is_capped: bool = False
    go_key: str = ""  # after G on the keyboard


@dataclass(frozen=True, slots=True, kw_only=True)
class Chip:
    """One applied filter and the page without it."""

    label: str
    remove_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """A button for one act: posts to `url` or opens a dialog by its id; with a `reason` it is disabled and says why."""

    name: str
    label: str
    url: str = ""
    dialog: str = ""
    icon: str = ""
    key: str = ""
    reason: str = ""
    tone: str = ""  # primary or danger
