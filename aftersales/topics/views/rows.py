"""The rows of the texts that speak of topics, made quickly: every text is escaped where it is put in."""

from collections.abc import Iterable
from functools import lru_cache

from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from aftersales.topics.queries import Mention
from aftersales.topics.statuses import Source
from aftersales.topics.verdicts import verdict_html
from backoffice.common.quick_html import escaped

_ROW = (
    '<tr data-mention="{0}" data-verdict="{1}"><td class="nowrap">{2}<div class="l2">{3}</div></td>'
    '<td><span class="tag">{4}</span>{5}</td><td class="mention-quote">{6}</td>'
    '<td class="mention-product">{7}</td><td class="mention-verdict">{8}</td></tr>'
)
_LINK = '<a href="{}">{}</a>'


@lru_cache(maxsize=8)
def _words_of(_language: str | None) -> dict[str, str]:
    """Return the texts of a language, which is in force, as HTML."""
    words = {value: escaped(str(label)) for value, label in Source.choices}
    return words | {"complaint": f'<div class="l2 text-bad">{escaped(_("in a complaint"))}</div>'}


def mention_rows(mentions: Iterable[Mention], *, may_decide: bool) -> SafeString:
    """Write one row for each mention; `may_decide` gives it the buttons."""
    words = _words_of(get_language())
    rows = "".join([_row(words, one, may_decide=may_decide) for one in mentions])
    return SafeString(rows)  # nosec B308 B703 # every part is escaped where it is made


def _row(words: dict[str, str], mention: Mention, *, may_decide: bool) -> str:
    row, quote = mention.row, escaped(mention.row.quote)
    return _ROW.format(
        row.pk, row.verdict or "by_rule", row.day.isoformat(), words[row.source], escaped(row.topic_name),
        words["complaint"] if row.is_negative else "",
        _LINK.format(escaped(mention.url), quote) if mention.url else quote,
        escaped(row.title_text or "—"), verdict_html(row.pk, row.verdict, row.decided_name, may_decide=may_decide),
    )  # fmt: skip
