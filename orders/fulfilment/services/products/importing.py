"""Products, skus and counts from a spreadsheet: what a row leaves out stays as it is."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.common.models import Job, Store, User
from orders.core.services import OrderError
from orders.fulfilment.models import Product, Sku
from orders.fulfilment.services.products.editing import MOST_KEPT, ProductError, clean_text
from orders.fulfilment.services.stock.acts import MOST, record_count
from orders.fulfilment.services.stock.book import Book
from orders.fulfilment.services.stock.lines import wake_short_orders
from orders.fulfilment.services.stock.marks import mark_naming

_CHUNK = 500
_PRODUCT = ("title", "platform_id", "brand", "supplier", "packing_instruction", "needs_brand_check",
            "needs_packing_check")  # fmt: skip
_SKU = ("spec", "barcode", "location", "needs_check", "safety_stock")


@dataclass(frozen=True)
class ProductRow:
    """One row of the sheet: a sku with its product; None is a cell that is empty or not there."""

    row: int
    code: str  # of the sku
    product_code: str = ""  # empty: the sku stays with its product, and a new one is a product of its own
    title: str | None = None
    platform_id: str | None = None
    brand: str | None = None
    supplier: str | None = None
    packing_instruction: str | None = None
    needs_brand_check: bool | None = None
    needs_packing_check: bool | None = None
    spec: str | None = None
    barcode: str | None = None
    location: str | None = None
    needs_check: bool | None = None
    safety_stock: int | None = None
    on_hand: int | None = None  # counted


@dataclass
class ImportResult:
    """What rows did, or would do; `refused`: the row's place in the sheet, and why."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    counted: int = 0
    refused: list[tuple[int, str]] = field(default_factory=list)


def import_products(
    *,
    store: Store,
    rows: Iterable[ProductRow],
    actor: User | None,
    at: datetime,
    job: Job | None = None,
    is_preview: bool = False,
) -> ImportResult:
    """Save the rows, 500 in a transaction; a preview says what they would do and saves nothing.

    A row that will not do is left out, with the reason; so is a code that an earlier row has.
    """
    result, chunk, seen = ImportResult(), [], set[str]()
    for row in rows:
        try:
            chunk.append(_cleaned(row, seen))
        except OrderError as error:
            result.refused.append((row.row, str(error)))
        if len(chunk) == _CHUNK:
            book = Book(store=store, at=at, actor=actor, job=job)
            _import_chunk(chunk, result, store=store, book=book, is_preview=is_preview)
            chunk = []
    if chunk:
        book = Book(store=store, at=at, actor=actor, job=job)
        _import_chunk(chunk, result, store=store, book=book, is_preview=is_preview)
    return result


def _cleaned(row: ProductRow, seen: set[str]) -> ProductRow:
    values: dict[str, Any] = {one.name: getattr(row, one.name) for one in fields(row)}
    values["code"] = clean_text(Sku, "code", row.code)
    values["product_code"] = clean_text(Product, "code", row.product_code) if row.product_code.strip() else ""
    for model, names in ((Product, _PRODUCT), (Sku, _SKU)):
        texts = {name: values[name] for name in names if isinstance(values[name], str) and values[name].strip()}
        values |= {name: clean_text(model, name, text) for name, text in texts.items()}
    for name, most in (("safety_stock", MOST_KEPT), ("on_hand", MOST)):
        if values[name] is not None and not 0 <= values[name] <= most:
            raise ProductError(_("%(count)s is no number of pieces.") % {"count": values[name]}, "field")
    if values["code"] in seen:
        raise ProductError(_("An earlier row has the merchant code %(code)s.") % {"code": values["code"]}, "field")
    seen.add(values["code"])
    return ProductRow(**values)


@transaction.atomic
def _import_chunk(
    rows: Sequence[ProductRow], result: ImportResult, *, store: Store, book: Book, is_preview: bool
) -> None:
    held = Sku.objects.for_store(store).filter(code__in=[row.code for row in rows]).select_related("product")
    skus = {sku.code: sku for sku in held.order_by("pk").select_for_update(of=("self",))}
    rows = [row if row.product_code else replace(row, product_code=_product_code(row, skus)) for row in rows]
    found = Product.objects.for_store(store).filter(code__in={row.product_code for row in rows})
    products = {product.code: product for product in found.order_by("pk").select_for_update(of=("self",))}
    changed_products = _follow_products(store, rows, products, result)
    rows = [row for row in rows if row.product_code in products]
    changed_skus = _follow_skus(store, rows, products, skus)
    for row in rows:
        _tally(result, skus[row.code], row.code in changed_skus or row.product_code in changed_products)
    counts = [row for row in rows if row.on_hand is not None and _is_news(skus[row.code], row.on_hand)]
    if is_preview:
        result.counted += len(counts)
        return
    known = {code for code, sku in skus.items() if sku.pk is not None and sku.counted_at is not None}
    _save(products, changed_products, skus, changed_skus)
    _count(book, counts, skus, result)
    renewed = [code for code in skus if code not in known or code in changed_skus]
    items = [products[row.product_code].platform_id for row in rows if row.product_code in changed_products]
    mark_naming(store=store, codes=renewed, items=items, at=book.at)


def _product_code(row: ProductRow, skus: Mapping[str, Sku]) -> str:
    """Return the product of a row that names none: the one its sku has, else one of its own."""
    return skus[row.code].product.code if row.code in skus else row.code


def _tally(result: ImportResult, sku: Sku, is_changed: bool) -> None:  # noqa: FBT001 -- its one caller says which
    if sku.pk is None:
        result.created += 1
    elif is_changed:
        result.updated += 1
    else:
        result.unchanged += 1


def _is_news(sku: Sku, counted: int) -> bool:
    return sku.counted_at is None or sku.on_hand != counted


def _follow_products(
    store: Store, rows: Sequence[ProductRow], products: dict[str, Product], result: ImportResult
) -> set[str]:
    """Change the products in memory; return the codes of those that are new or changed."""
    changed = set()
    for row in rows:
        if row.product_code not in products:
            if not row.title:
                result.refused.append((row.row, _("A new product needs a title.")))
                continue
            products[row.product_code] = Product(store=store, code=row.product_code)
            changed.add(row.product_code)
        if _set(products[row.product_code], row, _PRODUCT):
            changed.add(row.product_code)
    return changed


def _follow_skus(
    store: Store, rows: Sequence[ProductRow], products: Mapping[str, Product], skus: dict[str, Sku]
) -> set[str]:
    """Change the skus in memory; return the codes of those that are new or changed."""
    changed = set()
    for row in rows:
        product, sku = products[row.product_code], skus.get(row.code)
        if sku is None:
            sku = skus[row.code] = Sku(store=store, code=row.code)
            changed.add(row.code)
        if row.code in changed or sku.product_id != product.pk:
            sku.product = product
            changed.add(row.code)
        if _set(sku, row, _SKU):
            changed.add(row.code)
    return changed


def _set(target: Product | Sku, row: ProductRow, names: Sequence[str]) -> bool:
    given = {name: getattr(row, name) for name in names if getattr(row, name) not in (None, "")}
    changed = {name: value for name, value in given.items() if getattr(target, name) != value}
    for name, value in changed.items():
        setattr(target, name, value)
    return bool(changed)


def _save(
    products: Mapping[str, Product], changed_products: set[str], skus: Mapping[str, Sku], changed_skus: set[str]
) -> None:
    """Write what is new or changed: four statements at most."""
    both: tuple[tuple[Any, Any, Any, Any], ...] = (
        (Product, products, changed_products, _PRODUCT), (Sku, skus, changed_skus, ("product", *_SKU)),
    )  # fmt: skip
    for model, rows, changed, names in both:
        new = [rows[code] for code in sorted(changed) if rows[code].pk is None]
        old = [rows[code] for code in sorted(changed) if rows[code].pk is not None]
        model.objects.bulk_create(new)
        for row in old:
            row.version += 1
        if old:
            model.objects.bulk_update(old, [*names, "version"])


def _count(book: Book, rows: Sequence[ProductRow], skus: Mapping[str, Sku], result: ImportResult) -> None:
    book.skus = {sku.pk: sku for sku in skus.values()}
    for row in rows:
        try:
            record_count(book, skus[row.code], row.on_hand or 0, "")
        except OrderError as error:
            result.refused.append((row.row, str(error)))
        else:
            result.counted += 1
    book.save()
    wake_short_orders(book)
