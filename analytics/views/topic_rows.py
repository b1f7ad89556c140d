"""The rows of the tables of what buyers speak of, made quickly: every text is escaped where it is put in.

The cells carry what their column is called, which a phone shows beside them.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from aftersales.topics.queries import Mention
from aftersales.topics.statuses import Source
from aftersales.topics.verdicts import verdict_html
from analytics.queries.topics import ProductRow
from analytics.topic_reports import Cell, TopicRow, WeekRow
from backoffice.common.display import money_text
from backoffice.common.quick_html import escaped
from backoffice.common.templatetags.ui import icon
from backoffice.common.web import around

_NUMBER = '<td class="num" data-label="{}" data-metric="{}" data-key="{}" data-value="{}">{}</td>'
_PLAIN = '<td class="num" data-label="{}">{}</td>'
_LINK = '<a href="{}">{}</a>'
_HEAD = '<th scope="row">{}</th>'


@lru_cache(maxsize=8)
def _words_of(_language: str | None) -> dict[str, str]:
    """Return the texts of a language, which is in force, as HTML."""
    words = {
        **{value: str(label) for value, label in Source.choices},
        "total": _("Together"),
        "before": pgettext("figures", "Before"),
        "change": pgettext("figures", "Change"),
        "confirmed": pgettext("topics", "Confirmed"),
        "done": _("What was done"),
        "spoken": _("Times a topic was spoken of"),
        "hundred": _("For 100 orders"),
        "most": pgettext("topics", "Most of all"),
        "orders": _("Orders"),
        "paid": _("Paid amount"),
        "returns": _("Return rate"),
        "draft": _("Draft an answer"),
        "reply": _("Ready reply"),
        "packing": _("Packing instruction"),
    }
    return {key: escaped(text) for key, text in words.items()}


def _words() -> dict[str, str]:
    return _words_of(get_language())


def _safe(rows: Iterable[str]) -> SafeString:
    return SafeString("".join(rows))  # nosec B308 B703 # every part is escaped where it is made


class TopicActs(NamedTuple):
    """What may be done about a topic of a product, beside drafting an answer."""

    may_manage: bool
    packing_url: str


def topic_rows_html(rows: Iterable[TopicRow], *, can_drill: bool, acts: TopicActs | None = None) -> SafeString:
    """Write one row for each topic."""
    words = _words()
    return _safe([_topic(words, row, acts, can_drill=can_drill) for row in rows])


def _topic(words: dict[str, str], row: TopicRow, acts: TopicActs | None, *, can_drill: bool) -> str:
    sums, code, name = row.sums, escaped(row.sums.topic.code), escaped(row.sums.topic.name)
    return "".join([
        f'<tr data-topic="{code}">',
        _HEAD.format(_LINK.format(escaped(row.url), name) if can_drill and sums.total else name),
        *_sources(words, row.cells, "topic", code, can_drill=can_drill),
        _NUMBER.format(words["total"], "topic_total", code, sums.total, f"{sums.total:,}"),
        _NUMBER.format(words["before"], "topic_before", code, sums.before, f"{sums.before:,}"),
        _PLAIN.format(words["change"], row.change_text),
        _PLAIN.format(words["confirmed"], f"{sums.confirmed:,}"),
        _acts(words, row, acts) if acts else "",
        "</tr>",
    ])  # fmt: skip


def _sources(words: dict[str, str], cells: Iterable[Cell], name: str, key: str, *, can_drill: bool) -> list[str]:
    return [
        _NUMBER.format(
            words[cell.source], f"{name}_{cell.source}", key, cell.count,
            _LINK.format(escaped(cell.url), f"{cell.count:,}") if can_drill and cell.count else f"{cell.count:,}",
        )
        for cell in cells
    ]  # fmt: skip


_DRAFT = '<button type="submit" class="btn btn-sm" name="topic" value="{}" data-action="draft-faq">{}{}</button>'
_ACT = '<a class="btn btn-sm" href="{}" data-action="{}">{}{}</a>'


def _acts(words: dict[str, str], row: TopicRow, acts: TopicActs) -> str:
    """Return the buttons of a topic, which stand in a form that posts to `topics:draft`."""
    topic = row.sums.topic
    made = [_DRAFT.format(topic.pk, icon("pencil"), words["draft"])]
    if acts.may_manage:
        url = f"{reverse('review_settings:replies')}?{urlencode({'title': topic.name})}"
        made.append(_ACT.format(escaped(url), "ready-reply", icon("message-2"), words["reply"]))
    if acts.packing_url:
        made.append(_ACT.format(acts.packing_url, "packing", icon("package"), words["packing"]))
    return f'<td class="acts topic-acts">{"".join(made)}</td>'


_QUOTE = (
    '<li data-mention="{}" data-verdict="{}"><div>{}</div><div class="l2 muted">{} · {}</div>'
    '<div class="mention-verdict">{}</div></li>'
)


def quotes_html(mentions: Iterable[Mention], *, may_decide: bool) -> SafeString:
    """Write the words of buyers about one topic; they stand in a form that posts to `topics:decide`."""
    words = _words()
    return _safe([_quote(words, one, may_decide=may_decide) for one in mentions])


def _quote(words: dict[str, str], mention: Mention, *, may_decide: bool) -> str:
    row, quote = mention.row, escaped(mention.row.quote)
    return _QUOTE.format(
        row.pk, row.verdict or "by_rule", _LINK.format(escaped(mention.url), quote) if mention.url else quote,
        words[row.source], row.day.isoformat(),
        verdict_html(row.pk, row.verdict, row.decided_name, may_decide=may_decide),
    )  # fmt: skip


def week_rows_html(rows: Iterable[WeekRow], *, can_drill: bool, has_actions: bool = False) -> SafeString:
    """Write one row for each week, with what was done in it."""
    words = _words()
    return _safe([_week(words, row, can_drill=can_drill, has_actions=has_actions) for row in rows])


def _week(words: dict[str, str], row: WeekRow, *, can_drill: bool, has_actions: bool) -> str:
    done = "".join([f"<div>{one.day:%m-%d} {escaped(one.text)}</div>" for one in row.actions])
    return "".join([
        f'<tr data-week="{row.key}">',
        _HEAD.format(row.label),
        *_sources(words, row.cells, "week", row.key, can_drill=can_drill),
        _NUMBER.format(words["total"], "week_total", row.key, row.total, f"{row.total:,}"),
        f'<td class="week-done" data-label="{words["done"]}">{done}</td>' if has_actions else "",
        "</tr>",
    ])  # fmt: skip


_PRODUCT = (
    '<tr data-product="{pk}"><th scope="row" class="product-names"><a href="{url}">{name}</a></th>{mentions}'
    '{hundred}<td class="product-topics" data-label="{most}">{topics}</td>{orders}{paid}{returns}</tr>'
)


def product_rows_html(rows: Iterable[ProductRow], *, weeks: str) -> SafeString:
    """Write one row for each product; `weeks` goes with the links."""
    words, url = _words(), around("analytics:product")
    query = escaped(f"?{urlencode({'weeks': weeks})}") if weeks else ""
    return _safe([_product(words, row, f"{str(row.title_id).join(url)}{query}") for row in rows])


def _product(words: dict[str, str], row: ProductRow, url: str) -> str:
    pk, rate, share = row.title_id, row.returns.rate, row.per_hundred
    return _PRODUCT.format(
        pk=pk, url=url, name=escaped(row.text), most=words["most"],
        mentions=_NUMBER.format(words["spoken"], "product_mentions", pk, row.mentions, f"{row.mentions:,}"),
        hundred=_PLAIN.format(words["hundred"], "—" if share is None else f"{share:.1f}"),
        topics="".join([f'<span class="tag">{escaped(name)} {count:,}</span> ' for name, count in row.topics]),
        orders=_PLAIN.format(words["orders"], f"{row.figures.order_count:,}"),
        paid=_PLAIN.format(words["paid"], money_text(row.figures.gross_paid)),
        returns=_NUMBER.format(
            words["returns"], "product_return_rate", pk, "" if rate is None else rate, row.return_text
        ),
    )  # fmt: skip
