"""Bring the Chinese catalogue in line with the sources: `python requirements/extract.py`, in the venv, without gettext.

What the sources ask for and the catalogue lacks is added untranslated, what nobody asks for any more is dropped, and
what is translated stays. English needs no catalogue: it is what the sources are written in.
"""

import ast
import re
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
TRANSLATION = ROOT / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
CODE_FOLDERS = ("backoffice", "orders", "aftersales", "analytics")
# positions of context, singular and plural among a call's arguments; None where it has none
ARGUMENTS = {"gettext": (None, 0, None), "ngettext": (None, 0, 1), "pgettext": (0, 1, None), "npgettext": (0, 1, 2)}
HEADER = r"""# Simplified Chinese. `make messages-extract` brings it in line with the sources.
msgid ""
msgstr ""
"Language: zh_Hans\n"
"MIME-Version: 1.0\n"
"Content-Type: text/plain; charset=utf-8\n"
"Content-Transfer-Encoding: 8bit\n"
"Plural-Forms: nplurals=1; plural=0;\n"

"""
CALL_IN_TEMPLATE = re.compile(r"\b(?:_|n?p?gettext)\(")


class Message(NamedTuple):
    """One text that the sources ask for, and the first place that does."""

    singular: str
    plural: str | None
    context: str | None
    place: str

    @property
    def id(self) -> str | tuple[str, str]:
        return (self.singular, self.plural) if self.plural else self.singular


def source_messages() -> list[Message]:
    """Collect every text of the code and the templates, in the order of file and line."""
    found: list[Message] = []
    for folder in CODE_FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            found += code_messages(path.read_text("utf-8"), path.relative_to(ROOT).as_posix())
    for path in sorted((ROOT / "templates").rglob("*.*")):
        found += template_messages(path.read_text("utf-8"), path.relative_to(ROOT).as_posix())
    return found


def code_messages(source: str, place: str) -> Iterator[Message]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and (message := _message(node, f"{place}:{node.lineno}")):
            yield message


def template_messages(source: str, place: str) -> Iterator[Message]:
    """Find the calls in what Django makes of a template for gettext: code between rows of X."""
    code = templatize(source)
    for match in CALL_IN_TEMPLATE.finditer(code):
        line = code.count("\n", 0, match.start()) + 1
        call = _call_at(code, match.start())
        if call and (message := _message(call, f"{place}:{line}")):
            yield message


def _call_at(code: str, start: int) -> ast.Call | None:
    end = start
    while end := code.find(")", end) + 1:
        with suppress(SyntaxError):
            expression = ast.parse(code[start:end].replace("\n", " "), mode="eval").body
            return expression if isinstance(expression, ast.Call) else None
    return None


def _message(call: ast.Call, place: str) -> Message | None:
    name = getattr(call.func, "id", "") or getattr(call.func, "attr", "")
    positions = ARGUMENTS.get("gettext" if name == "_" else re.sub(r"_(lazy|noop)$", "", name))
    if positions is None:
        return None
    context, singular, plural = (None if at is None else _text(call.args, at) for at in positions)
    return Message(singular, plural, context, place) if singular else None


def _text(arguments: list[ast.expr], at: int) -> str | None:
    value = arguments[at].value if at < len(arguments) and isinstance(arguments[at], ast.Constant) else None
    return value if isinstance(value, str) else None


def read_catalog(path: Path = TRANSLATION) -> Catalog:
    with path.open("rb") as file:
        return read_po(file)


def update_catalog(catalog: Catalog, messages: list[Message]) -> Catalog:
    """Make the catalogue that holds exactly these texts, with the translations of the old one."""
    fresh = Catalog(locale=catalog.locale, fuzzy=False)
    for message in messages:
        known = catalog.get(message.singular, message.context)
        fits = known is not None and bool(known.pluralizable) == bool(message.plural)
        fresh.add(message.id, known.string if fits else None, context=message.context)
    return fresh


def write_catalog(catalog: Catalog, path: Path = TRANSLATION) -> None:
    """Write it sorted, with nothing in it that changes by itself: no dates, no places."""
    draft = path.with_suffix(".draft")
    with draft.open("wb") as file:
        file.write(HEADER.encode())
        write_po(file, catalog, width=0, sort_output=True, no_location=True, omit_header=True)
    draft.replace(path)


def main() -> int:
    catalog = update_catalog(read_catalog(), source_messages())
    write_catalog(catalog)
    missing = untranslated(catalog)
    print(f"{len(catalog)} texts, {len(missing)} without a translation")  # noqa: T201
    return 0


def untranslated(catalog: Catalog) -> list[str]:
    """Return the texts that the catalogue has no translation for, or one that nobody has looked at."""
    return [str(message.id) for message in catalog if message.id and (message.fuzzy or not any(message.string or ""))]


if __name__ == "__main__":
    sys.exit(main())
