"""Products and skus, edited one by one."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, TypeVar

from django.db import models, transaction
from django.utils.translation import gettext as _

from backoffice.common.models import Store, User
from orders.core.services import OrderError
from orders.fulfilment.models import Product, Sku
from orders.fulfilment.services.stock.acts import lock_sku
from orders.fulfilment.services.stock.marks import mark_naming

MOST_KEPT = 1_000_000
_Row = TypeVar("_Row", Product, Sku)


class ProductError(OrderError):
    """A product or sku that cannot be saved."""


@dataclass(frozen=True)
class ProductValues:
    """What staff say of a product."""

    code: str
    title: str
    platform_id: str = ""
    brand: str = ""
    supplier: str = ""
    packing_instruction: str = ""
    needs_brand_check: bool = False
    needs_packing_check: bool = False
    is_active: bool = True


@dataclass(frozen=True)
class SkuValues:
    """What staff say of a sku; what is on hand moves by services.stock alone."""

    product_id: int
    code: str
    spec: str = ""
    barcode: str = ""
    location: str = ""
    needs_check: bool = False
    safety_stock: int = 0
    is_active: bool = True


@transaction.atomic
def save_product(
    *,
    store: Store,
    values: ProductValues,
    actor: User | None,
    at: datetime,
    product_id: int | None = None,
    version: int | None = None,
) -> Product:
    """Make a product, or change one.

    Raises:
        Product.DoesNotExist: the store has no such product.
        ProductError: a value will not do, the code is another's, or somebody changed it in between.
    """
    product = _locked_product(store, product_id, version) if product_id else Product(store=store, version=0)
    old_item = product.platform_id
    _apply(product, asdict(values))
    _check_code(Product.objects.for_store(store), product)
    product.version += 1
    product.save()
    if product.platform_id != old_item:
        mark_naming(store=store, codes=[], items=[old_item, product.platform_id], at=at)
    return product


@transaction.atomic
def save_sku(
    *,
    store: Store,
    values: SkuValues,
    actor: User | None,
    at: datetime,
    sku_id: int | None = None,
    version: int | None = None,
) -> Sku:
    """Make a sku, or change one; it is counted by `count_stock`.

    Raises:
        Sku.DoesNotExist: the store has no such sku.
        ProductError: a value will not do, or the code is another's.
        StockError: somebody changed it in between.
    """
    sku = lock_sku(store=store, sku_id=sku_id, version=version) if sku_id else Sku(store=store, version=0)
    old_code, is_new = sku.code, sku.pk is None
    if not Product.objects.for_store(store).filter(pk=values.product_id).exists():
        raise ProductError(_("Choose a product of this store."), "field")
    if not 0 <= values.safety_stock <= MOST_KEPT:
        raise ProductError(_("Keep 0 to %(most)s pieces.") % {"most": f"{MOST_KEPT:,}"}, "field")
    _apply(sku, asdict(values))
    _check_code(Sku.objects.for_store(store), sku)
    sku.version += 1
    sku.save(update_fields=None if is_new else [*asdict(values), "version"])
    if is_new or sku.code != old_code:
        mark_naming(store=store, codes=[old_code, sku.code], items=[sku.product.platform_id], at=at)
    return sku


def _locked_product(store: Store, product_id: int, version: int | None) -> Product:
    product = Product.objects.for_store(store).select_for_update(of=("self",)).get(pk=product_id)
    if version is not None and product.version != version:
        raise ProductError(
            _("%(code)s was changed by somebody else while you were working on it. Nothing was saved.")
            % {"code": product.code}, "version",
        )  # fmt: skip
    return product


def _apply(row: models.Model, values: dict[str, Any]) -> None:
    for name, value in values.items():
        setattr(row, name, clean_text(type(row), name, value) if isinstance(value, str) else value)


def clean_text(model: type[models.Model], name: str, text: str) -> str:
    """Return a text as it is stored.

    Raises:
        ProductError: it is longer than its column, or missing where it must not be.
    """
    field = model._meta.get_field(name)  # noqa: SLF001 -- Django's documented name
    assert isinstance(field, models.CharField)  # noqa: S101 -- no other column of these holds text
    text = "".join(text.split()) if name in ("code", "platform_id", "barcode") else " ".join(text.split())
    if not text and not field.blank:
        raise ProductError(_("“%(field)s” is missing.") % {"field": field.verbose_name}, "field")
    if len(text) > (field.max_length or 0):
        raise ProductError(
            _("“%(field)s” has up to %(most)s characters.")
            % {"field": field.verbose_name, "most": field.max_length}, "field",
        )  # fmt: skip
    return text


def _check_code(rows: "models.QuerySet[_Row]", row: _Row) -> None:
    if rows.filter(code=row.code).exclude(pk=row.pk).exists():
        raise ProductError(_("The store has %(code)s already.") % {"code": row.code}, "field")
