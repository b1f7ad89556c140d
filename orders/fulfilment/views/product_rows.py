"""The rows of the list of products, made quickly: words translated once for a language."""

from collections.abc import Iterable, Mapping
from functools import lru_cache

from django.utils.safestring import SafeString
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from backoffice.common.quick_html import escaped
from backoffice.common.row_cells import ShownRow
from backoffice.common.web import around
from orders.fulfilment.models import Product


@lru_cache(maxsize=8)
def _words_of(_language: str | None) -> dict[str, str]:
    words = {
        "gone": _("no longer sold"),
        "skus": _("Skus"),
        "brand": _("Brand"),
        "supplier": _("Supplier"),
        "packing": _("Packing instruction"),
        "checks": _("Checks before shipping"),
        "check brand": _("brand label"),
        "check packing": pgettext("check", "packing"),
    }
    return {key: escaped(text) for key, text in words.items()}


def product_rows(products: Iterable[Product], numbers: Mapping[int, int]) -> list[ShownRow]:
    """Return the rows of products; `numbers` is how many skus each has."""
    words, url = _words_of(get_language()), around("fulfilment:product")
    return [ShownRow(product, _html(product, numbers.get(product.pk, 0), words, url)) for product in products]


def _html(product: Product, skus: int, words: Mapping[str, str], url: tuple[str, str]) -> SafeString:
    code, packing = escaped(product.code), escaped(product.packing_instruction)
    html = _ROW.format(
        pk=product.pk, code=code, title=escaped(product.title), url=str(product.pk).join(url), skus=skus,
        mark="" if product.is_active else _GONE.format(words["gone"]), brand=escaped(product.brand) or "—",
        supplier=escaped(product.supplier) or "—", packing=packing, shown_packing=packing or "—",
        checks=_checks(product, words), words=words,
    )  # fmt: skip
    return SafeString(html)  # nosec B308 B703 # every part is escaped where it is made


def _checks(product: Product, words: Mapping[str, str]) -> str:
    wanted = {"check brand": product.needs_brand_check, "check packing": product.needs_packing_check}
    return " ".join([_CHECK.format(words[key]) for key, is_wanted in wanted.items() if is_wanted])


_ROW = (
    '<tbody id="product-{pk}" data-row data-product="{code}"><tr>'
    '<td class="grow"><div class="l1" title="{title}"><a href="{url}" data-row-link>{title}</a>{mark}</div>'
    '<div class="l2"><span class="number">{code}</span></div></td>'
    '<td class="num" data-label="{words[skus]}">{skus:,}</td>'
    '<td data-label="{words[brand]}"><div class="l1">{brand}</div></td>'
    '<td data-label="{words[supplier]}"><div class="l1">{supplier}</div></td>'
    '<td class="only-wide" data-label="{words[packing]}"><div class="l1" title="{packing}">{shown_packing}</div></td>'
    '<td data-label="{words[checks]}">{checks}</td></tr></tbody>'
)
_GONE = ' <span class="badge tone-outline">{}</span>'
_CHECK = '<span class="badge tone-blue">{}</span>'
