"""Every text is in the catalogue and translated, and no words stand outside of it."""

import ast
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from babel.messages.catalog import Message as Entry

from requirements.extract import (
    CODE_FOLDERS,
    ROOT,
    Message,
    code_messages,
    read_catalog,
    source_messages,
    template_messages,
    untranslated,
    update_catalog,
    write_catalog,
)

PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")
LATIN = re.compile(r"[A-Za-z]{2,}")
CJK = re.compile(r"[\u2e80-\u303f\u3400-\u9fff\uff00-\uffef]")
SPOKEN = {"title", "aria-label", "placeholder", "alt", "data-key-label"}  # attributes that people see or hear
SAME_IN_EVERY_LANGUAGE = {"中文", "English"}  # a language is named in itself
# modules that know what Chinese files, addresses, names and couriers look like
CHINESE_DATA = (
    "aftersales/refunds/answers.py",  # what a buyer reads on the platform where the colleague wrote nothing
    "aftersales/refunds/demo",  # what the demo shop's buyers and colleagues write
    "aftersales/refunds/files/headers.py",  # headings of the platform's refund lists
    "aftersales/refunds/files/words.py",  # how those lists name kinds, states and yes
    "aftersales/refunds/queries/policy.py",  # how the platform marks freight insurance
    "aftersales/refunds/reasons.py",  # the platform's refund reasons
    "aftersales/refunds/services/goods/traces.py",  # how couriers write that a parcel was signed for
    "aftersales/reviews/defaults.py",  # the platform's words where a buyer wrote none, and a new shop's first replies
    "aftersales/reviews/demo",  # what the demo shop's buyers write
    "aftersales/reviews/files/",  # headings and results of files of reviews
    "aftersales/reviews/views/files.py",  # the example row of the empty sheet
    "aftersales/topics/",  # how buyers write
    "backoffice/common/masking.py",
    "backoffice/common/outgoing.py",  # words no text to buyers may hold
    "backoffice/common/sheets/csv_out.py",
    "orders/core/divisions.py",  # endings of provinces, cities and districts
    "orders/core/spec_words.py",  # how the platform writes a spec
    "orders/desk/forms.py",  # commas of a Chinese keyboard
    "orders/desk/search.py",
    "orders/desk/shipping_table.py",  # headings of pasted tables
    "orders/fulfilment/couriers.py",
    "orders/fulfilment/papers/text.py",  # where a line of Chinese may break
    "orders/fulfilment/services/courier_prices.py",  # names of provinces, signs of a Chinese keyboard
    "orders/fulfilment/services/invoices/",  # how buyers write what an invoice needs
    "orders/fulfilment/services/pools.py",  # signs of a Chinese keyboard
    "orders/fulfilment/station/scans.py",  # what a printed code may say
    "orders/fulfilment/tax_numbers.py",  # wide letters and signs
    "orders/fulfilment/traces/",  # what couriers write
    "orders/fulfilment/views/couriers.py",  # names of provinces
    "orders/fulfilment/views/gifts.py",  # commas of a Chinese keyboard
    "orders/fulfilment/views/service_settings.py",  # places, and commas of a Chinese keyboard
    "orders/intake/",
    "orders/notes/recognition/",  # how buyers write
    "orders/platforms/services/deliveries.py",  # the platform's reasons to close
    "orders/platforms/top/rows.py",  # headings of the platform's files
    "orders/rules/forms.py",  # commas of a Chinese keyboard
    "orders/rules/provinces.py",
)


@pytest.fixture(scope="module")
def messages() -> list[Message]:
    return source_messages()


def texts(entry: Entry) -> list[str]:
    return list(entry.string) if isinstance(entry.string, tuple) else [entry.string or ""]


def test_catalogue_holds_exactly_the_texts_of_the_sources(messages):
    kept = {(entry.id, entry.context) for entry in read_catalog() if entry.id}
    asked = {(entry.id, entry.context) for entry in update_catalog(read_catalog(), messages) if entry.id}

    places = {(message.id, message.context): message.place for message in messages}
    lacking = sorted(f"{places.get(key, '')} {key[0]}" for key in asked - kept)
    assert not lacking, "run make messages-extract and translate:\n" + "\n".join(lacking)
    assert not kept - asked, "run make messages-extract: nobody asks for these any more"


def test_every_text_is_translated():
    assert untranslated(read_catalog()) == []


def test_catalogue_stands_as_it_is_written(tmp_path):
    written = tmp_path / "django.po"

    write_catalog(update_catalog(read_catalog(), source_messages()), written)

    assert written.read_text("utf-8") == (ROOT / "locale/zh_Hans/LC_MESSAGES/django.po").read_text("utf-8")


def test_placeholders_are_those_of_the_source():
    wrong = []
    for entry in read_catalog():
        if not entry.id:
            continue
        source = entry.id[-1] if isinstance(entry.id, tuple) else entry.id
        wanted = set(PLACEHOLDER.findall(source))
        wrong += [text for text in texts(entry) if set(PLACEHOLDER.findall(text)) != wanted]

    assert wrong == []


def test_translations_use_chinese_signs():
    stray = [
        text
        for entry in read_catalog()
        if entry.id
        for text in texts(entry)
        if re.search(
            r"[\u3400-\u9fff][,;:!?]|[\u3400-\u9fff]\.(\s|$)|[\u3400-\u9fff] ?\(|\) ?[\u3400-\u9fff]",
            text.replace(")s", ""),
        )
    ]

    assert stray == []


@pytest.mark.parametrize("phrase", ["操作失败", "操作成功", "非法", "您"])
def test_translations_speak_as_a_colleague(phrase):
    assert [text for entry in read_catalog() if entry.id for text in texts(entry) if phrase in text] == []


# Words outside of the catalogue


class Words(HTMLParser):
    """Collects the words of a template's text and of the attributes that people see or hear."""

    def __init__(self) -> None:
        super().__init__()
        self.silent = 0
        self.found: list[tuple[int, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.silent += tag in {"kbd", "code"}
        for name, value in attrs:
            if name in SPOKEN:
                self.handle_data(value or "")

    def handle_endtag(self, tag: str) -> None:
        self.silent -= tag in {"kbd", "code"}

    def handle_data(self, data: str) -> None:
        if not self.silent and data.strip() not in SAME_IN_EVERY_LANGUAGE:
            self.found += [(self.getpos()[0], word) for word in LATIN.findall(data) + CJK.findall(data) if word != "、"]


def bare_words(source: str) -> list[tuple[int, str]]:
    """Return the words of a template that stand outside of tags and variables, with their lines."""

    def blank(match: re.Match[str]) -> str:
        return "\n" * match[0].count("\n")

    source = re.sub(r"{% comment %}.*?{% endcomment %}|{#.*?#}", blank, source, flags=re.DOTALL)
    source = re.sub(r"{% block body_class %}.*?{% endblock[^%]*%}", blank, source)
    source = re.sub(r"{% blocktranslate.*?{% endblocktranslate %}", blank, source, flags=re.DOTALL)
    parser = Words()
    parser.feed(re.sub(r"{%.*?%}|{{.*?}}", blank, source, flags=re.DOTALL))
    return parser.found


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ('<p title="Shown">{% translate "Hidden" %} Word<kbd>Esc</kbd></p>', ["Shown", "Word"]),
        ("{% comment %}Not this{% endcomment %}<p>{{ value }} 件</p>", ["件"]),
        ('<p class="muted" data-name="some">{% blocktranslate %}Not {{ this }}{% endblocktranslate %}</p>', []),
    ],
)
def test_bare_words_are_found(source, words):
    assert [word for _line, word in bare_words(source)] == words


def test_templates_have_no_words_outside_of_tags():
    found = [
        f"{path.relative_to(ROOT)}:{line} {word}"
        for path in sorted((ROOT / "templates").rglob("*.html"))
        for line, word in bare_words(path.read_text("utf-8"))
    ]

    assert found == []


def chinese_strings(path: Path) -> list[str]:
    """Return the strings of a module that hold Chinese; docstrings are no strings of the product."""
    tree = ast.parse(path.read_text("utf-8"))
    documents = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    constants = (node for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in documents)
    return [node.value for node in constants if isinstance(node.value, str) and CJK.search(node.value)]


def test_code_speaks_chinese_only_in_data_modules():
    found = {
        name: chinese_strings(path)
        for folder in CODE_FOLDERS
        for path in sorted((ROOT / folder).rglob("*.py"))
        if not (name := path.relative_to(ROOT).as_posix()).startswith(CHINESE_DATA)
    }

    assert {name: strings for name, strings in found.items() if strings} == {}


def test_scripts_say_nothing_of_their_own():
    spoken = re.compile(
        r"(?:textContent|innerText|title|ariaLabel|placeholder)\s*=\s*[\"'`]([^\"'`]*[A-Za-z]{3,} [^\"'`]*)"
    )
    found = {
        path.name: [*spoken.findall(source), *CJK.findall(re.sub(r"//.*|/\*.*?\*/", "", source))]
        for path in sorted((ROOT / "static/js").glob("*.js"))
        if (source := path.read_text("utf-8"))
    }

    found["charts.js"].remove("万")  # the unit of an axis, where the page is Chinese
    assert {name: words for name, words in found.items() if words} == {}


# What extracts


def test_calls_of_the_code_are_found():
    source = 'x = [_("One"), ngettext("a row", "rows", n), pgettext_lazy("act", "Close"), "plain", _(name)]'

    found = [(message.id, message.context) for message in code_messages(source, "a.py")]

    assert found == [("One", None), (("a row", "rows"), None), ("Close", "act")]


def test_tags_of_a_template_are_found():
    source = (
        '{% load i18n %}<p title="{% translate "One" %}">{% translate "Active" context "member" %}</p>\n'
        "{% blocktranslate count n=rows trimmed %}\n  {{ n }} row\n"
        "{% plural %}\n  {{ n }} rows (all)\n{% endblocktranslate %}"
    )

    found = [(message.id, message.context) for message in template_messages(source, "a.html")]

    assert found == [("One", None), ("Active", "member"), (("%(n)s row", "%(n)s rows (all)"), None)]
