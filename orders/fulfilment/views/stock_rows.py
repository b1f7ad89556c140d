"""The rows of the list of skus, made quickly: words translated once for a language, one pattern for each part."""

from collections.abc import Iterable, Mapping
from functools import lru_cache

from django.utils.safestring import SafeString
from django.utils.translation import get_language, ngettext, pgettext
from django.utils.translation import gettext as _

from backoffice.common.models import Store
from backoffice.common.quick_html import escaped
from backoffice.common.row_cells import Cells, ShownRow
from backoffice.common.templatetags.ui import icon
from backoffice.common.web import around
from orders.core.spec_words import spec_values
from orders.fulfilment.models import Sku
from orders.fulfilment.queries.skus import Cover, SkuRow, cover_of

_MORE = ("return", "correct", "scrap")  # acts of the menu, of what was counted


@lru_cache(maxsize=8)
def _words_of(_language: str | None) -> dict[str, str]:
    words = {
        "low": pgettext("stock", "low"),
        "gone": _("no longer sold"),
        "on hand": pgettext("column", "On hand"),
        "reserved": pgettext("stock", "Reserved"),
        "free": pgettext("stock", "Free"),
        "keep": _("keep %(n)s"),
        "uncounted": _("never counted"),
        "lasts": pgettext("stock", "Lasts"),
        "cover": _("%(sold)s sold in %(days)s days = %(pace)s a day; %(free)s free / %(pace)s = %(cover)s days"),
        "days": _("%(n)s days"),
        "pace": _("%(pace)s a day"),
        "shelf": _("Shelf"),
        "supplier": _("Supplier"),
        "more": _("More acts on %(code)s"),
        "act receive": pgettext("stock", "Receive"),
        "act count": pgettext("stock", "Count"),
        "act return": _("Take back a return"),
        "act correct": pgettext("stock", "Correct"),
        "act scrap": pgettext("stock", "Scrap"),
        "act keep": _("Shelf and safety stock"),
    }
    return {key: escaped(text) for key, text in words.items()}


class SkuRows:
    """Makes the rows of one answer; `missing` is how many pieces of each sku orders lack."""

    def __init__(self, store: Store, cells: Cells, missing: Mapping[int, int]) -> None:
        self.store, self.cells, self.missing = store, cells, missing
        self.words = _words_of(get_language())
        self.url = around("fulfilment:sku")
        self.acts = {is_counted: _acts(self.words, is_counted=is_counted) for is_counted in (True, False)}

    def rows(self, skus: Iterable[SkuRow]) -> list[ShownRow]:
        return [ShownRow(sku, self.html(sku)) for sku in skus]

    def html(self, sku: SkuRow) -> SafeString:
        words, code, title, spec = self.words, escaped(sku.code), escaped(sku.title), escaped(spec_values(sku.spec))
        supplier = escaped(sku.supplier)
        html = _ROW.format(
            pk=sku.pk, code=code, on_hand=sku.on_hand, free=sku.free, url=str(sku.pk).join(self.url),
            copy=self.cells.copy(code), marks=self._marks(sku), title=f"{title} {escaped(sku.spec)}",
            shown=f"{title} · {spec}" if spec else title, pieces=self._pieces(sku), cover=self._cover(sku),
            shelf=escaped(sku.location) or "—", supplier=supplier, shown_supplier=supplier or "—",
            acts=self.acts[sku.counted_at is not None].format(pk=sku.pk, frame="", more=words["more"] % {"code": code}),
            word_lasts=words["lasts"], word_shelf=words["shelf"], word_supplier=words["supplier"],
        )  # fmt: skip
        return SafeString(html)  # nosec B308 B703 # every part is escaped where it is made

    def _marks(self, sku: SkuRow) -> str:
        marks = ""
        if missing := self.missing.get(sku.pk):
            marks = _MARK.format("red", escaped(ngettext("%(n)s missing", "%(n)s missing", missing) % {"n": missing}))
        elif sku.is_low:
            marks = _MARK.format("amber", self.words["low"])
        return marks if sku.is_active else marks + _MARK.format("outline", self.words["gone"])

    def _pieces(self, sku: SkuRow) -> str:
        words = self.words
        if sku.counted_at is None:
            return _UNCOUNTED.format(words["on hand"], words["uncounted"])
        keep = f'<div class="l2">{words["keep"] % {"n": f"{sku.safety_stock:,}"}}</div>' if sku.safety_stock else ""
        return _PIECES.format(
            words["on hand"], sku.on_hand, words["reserved"], sku.reserved, words["free"], sku.free,
            "text-bad" if sku.is_low else "", keep,
        )  # fmt: skip

    def _cover(self, sku: SkuRow) -> str:
        cover = cover_of(sku, self.store)
        if cover is None:
            return '<span class="muted">—</span>'
        is_brief = sku.cover_days is not None and sku.cover_days < self.store.low_cover_days
        return _COVER.format(
            'class="text-bad"' if is_brief else "", self.words["cover"] % _named(cover),
            self.words["days"] % {"n": cover.cover_days}, self.words["pace"] % {"pace": cover.pace},
        )  # fmt: skip


def _named(cover: Cover) -> dict[str, object]:
    return {
        "sold": cover.sold, "days": cover.days, "pace": cover.pace, "free": cover.free, "cover": cover.cover_days
    }  # fmt: skip


_ROW = (
    '<tbody id="sku-{pk}" data-row data-sku="{code}" data-on-hand="{on_hand}" data-free="{free}"><tr>'
    '<td class="grow"><div class="l1"><a class="number" href="{url}" data-row-link>{code}</a>{copy}{marks}</div>'
    '<div class="l2" title="{title}">{shown}</div></td>{pieces}'
    '<td class="num" data-label="{word_lasts}">{cover}</td>'
    '<td class="only-wide" data-label="{word_shelf}">{shelf}</td>'
    '<td class="only-wide" data-label="{word_supplier}"><div class="l1" title="{supplier}">{shown_supplier}</div></td>'
    '<td class="sku-cell"><div class="sku-acts">{acts}</div></td></tr></tbody>'
)
_MARK = ' <span class="badge tone-{}">{}</span>'
_UNCOUNTED = '<td class="num" colspan="3" data-label="{}"><span class="muted">{}</span></td>'
_PIECES = (
    '<td class="num" data-label="{0}">{1:,}</td><td class="num" data-label="{2}">{3:,}</td>'
    '<td class="num" data-label="{4}"><strong class="{6}">{5:,}</strong>{7}</td>'
)
_COVER = '<span {} title="{}">{}</span><div class="l2">{}</div>'


# Acts: the usual one as a button, the rest in a menu

_FIRST = (
    '<a class="btn btn-sm" href="{url}" hx-get="{url}" hx-target="#dialog-slot" hx-swap="innerHTML" '
    'hx-push-url="false" aria-haspopup="dialog" data-action="{act}" data-key="{key}">{word}</a>'
)
_ITEM = '<a class="menu-item" href="{url}" hx-get="{url}" data-action="{act}"{key}>{word}</a>'
_MENU = (
    '<details class="menu menu-end"><summary class="btn btn-sm" aria-label="{{more}}">{icon}</summary>'
    '<div class="menu-body" hx-target="#dialog-slot" hx-swap="innerHTML" hx-push-url="false">{items}</div></details>'
)


def _acts(words: Mapping[str, str], *, is_counted: bool) -> str:
    """Return the pattern of the acts on a sku, for its key, the page they are on and the words of its menu."""
    first = "receive" if is_counted else "count"
    items = ["count", *_MORE, "keep"] if is_counted else ["keep"]
    menu = "".join(
        _ITEM.format(
            url=_act_url(act), act=act, word=_literal(words[f"act {act}"]), key=' data-key="c"' * (act == "count")
        )
        for act in items
    )
    button = _FIRST.format(url=_act_url(first), act=first, key=first[0], word=_literal(words[f"act {first}"]))
    return button + _MENU.format(icon=_literal(icon("dots")), items=menu)


def acts_on_page(sku: Sku) -> SafeString:
    """Make the acts on the page of a sku."""
    words = _words_of(get_language())
    more = words["more"] % {"code": escaped(sku.code)}
    acts = _acts(words, is_counted=sku.counted_at is not None)
    return SafeString(acts.format(pk=sku.pk, frame="sku", more=more))  # nosec B308 B703 # as it says


def _act_url(act: str) -> str:
    return "{pk}".join(around("fulfilment:sku-act", act)) + "?frame={frame}"


def _literal(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")
