"""Sheets of products: which columns they have, and one sku per row."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from backoffice.common.sheets.columns import Cell
from backoffice.common.sheets.errors import SheetError
from backoffice.common.sheets.limits import Limits
from backoffice.common.sheets.reading import Table, open_table
from orders.fulfilment.services.products import ProductRow
from orders.intake.engine import ImportRefused

NAMES: Mapping[str, tuple[str, ...]] = {
    "code": ("商家编码", "规格编码", "sku编码", "sku", "货号", "skucode", "merchantcode"),
    "product_code": ("商品编码", "宝贝编码", "款号", "productcode"),
    "title": ("商品名称", "商品标题", "宝贝标题", "宝贝名称", "标题", "名称", "品名", "title"),
    "platform_id": ("商品id", "宝贝id", "平台商品id", "itemid", "numiid"),
    "brand": ("品牌", "brand"),
    "supplier": ("供应商", "供货商", "厂家", "supplier"),
    "packing_instruction": ("包装要求", "包装说明", "打包说明", "packinginstruction"),
    "needs_brand_check": ("核对品牌", "品牌核对", "checkbrand"),
    "needs_packing_check": ("核对包装", "包装核对", "checkpacking"),
    "spec": ("规格", "规格名称", "销售属性", "颜色尺码", "商品规格", "spec"),
    "barcode": ("条码", "条形码", "商品条码", "barcode", "ean"),
    "location": ("货位", "库位", "货架", "仓位", "shelf", "location"),
    "needs_check": ("二次核对", "逐件核对", "checkpieces"),
    "safety_stock": ("安全库存", "库存预警", "最低库存", "safetystock"),
    "on_hand": ("库存", "库存数量", "实际库存", "盘点数量", "数量", "现货", "onhand", "stock"),
}  # fmt: skip
TEMPLATE = (
    "商家编码", "商品编码", "商品名称", "规格", "条码", "库存", "货位", "安全库存", "品牌", "供应商", "包装要求",
    "二次核对", "核对品牌", "核对包装", "商品ID",
)  # fmt: skip
_BY_TITLE = {title: name for name, titles in NAMES.items() for title in titles}
_NUMBERS, _TICKS = ("safety_stock", "on_hand"), ("needs_check", "needs_brand_check", "needs_packing_check")
_YES, _NO = {"是", "y", "yes", "1", "true", "√", "✓", "需要"}, {"否", "n", "no", "0", "false", "×", "x", "不需要"}
_LONGEST, _DIGITS = 600, 9


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that names no sku, and why."""

    line: int
    code: str
    reason: str


def columns_of(header: Sequence[str]) -> dict[str, int]:
    """Return the place of each column that is known; of two that mean the same the first counts."""
    found: dict[str, int] = {}
    for place, title in enumerate(header):
        name = _BY_TITLE.get(_plain(title))
        if name is not None:
            found.setdefault(name, place)
    return found


def _plain(title: str) -> str:
    return re.sub(r"[\s_*:：]+|[(（].*?[)）]", "", unicodedata.normalize("NFKC", title)).lower()


def open_products(path: Path, *, name: str, encoding: str = "") -> tuple[Table, dict[str, int]]:
    """Open a sheet of products.

    Raises:
        ImportRefused: it is no table, or lacks the column of merchant codes.
    """
    limits = Limits(file_bytes=settings.IMPORT_MAX_BYTES)
    try:
        table = open_table(
            path, filename=name, encoding=encoding or None, limits=limits,
            is_header=lambda titles: "code" in columns_of(titles),
        )  # fmt: skip
    except SheetError as error:
        raise ImportRefused(str(error)) from error
    columns = columns_of(table.header)
    if "code" not in columns:
        table.close()
        raise ImportRefused(_("The file needs a column with merchant codes (商家编码)."))
    return table, columns


def read_rows(table: Table, columns: Mapping[str, int]) -> Iterator[ProductRow | BadRow]:
    """Yield each row of the sheet."""
    for line, cells in table:
        texts = {name: _text(cells[place]) if place < len(cells) else "" for name, place in columns.items()}
        try:
            yield ProductRow(row=line, **_values(texts))
        except ValueError as error:
            yield BadRow(line, texts["code"][:60], str(error))


def _values(texts: Mapping[str, str]) -> dict[str, Any]:
    """Return a row's values; what an empty cell stands for stays as it is.

    Raises:
        ValueError: a cell does not hold what its column says, or the code is missing.
    """
    if not texts["code"]:
        raise ValueError(_("The merchant code is missing."))
    values: dict[str, Any] = {"code": texts["code"], "product_code": texts.get("product_code", "")}
    for name, text in texts.items():
        if name in values or not text:
            continue
        values[name] = _number(text) if name in _NUMBERS else _tick(text) if name in _TICKS else text
    return values


def _number(text: str) -> int:
    plain = text.replace(",", "").replace(" ", "").removesuffix(".0")
    if not (plain.isascii() and plain.isdigit() and len(plain) <= _DIGITS):
        raise ValueError(_("“%(text)s” is no number of pieces.") % {"text": text[:40]})
    return int(plain)


def _tick(text: str) -> bool:
    word = text.lower()
    if word not in _YES | _NO:
        raise ValueError(_("“%(text)s” is neither yes (是) nor no (否).") % {"text": text[:40]})
    return word in _YES


def _text(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip().replace("\0", "")[:_LONGEST]
