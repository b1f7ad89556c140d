"""Products and skus: edited one by one, or taken in from a spreadsheet."""

from orders.fulfilment.services.products.editing import (
    ProductError,
    ProductValues,
    SkuValues,
    save_product,
    save_sku,
)
from orders.fulfilment.services.products.importing import ImportResult, ProductRow, import_products

__all__ = [
    "ImportResult",
    "ProductError",
    "ProductRow",
    "ProductValues",
    "SkuValues",
    "import_products",
    "save_product",
    "save_sku",
]
