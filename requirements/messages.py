"""Compile the translations whose source is newer: `python requirements/messages.py`, in the venv, without gettext."""

import sys
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    for source in ROOT.glob("locale/*/LC_MESSAGES/*.po"):
        target = source.with_suffix(".mo")
        if not target.exists() or target.stat().st_mtime < source.stat().st_mtime:
            compile_messages(source, target)
    return 0


def compile_messages(source: Path, target: Path) -> None:
    with source.open("rb") as file:
        catalog = read_po(file)
    draft = target.with_suffix(".draft")
    with draft.open("wb") as file:
        write_mo(file, catalog)
    draft.replace(target)


if __name__ == "__main__":
    sys.exit(main())
