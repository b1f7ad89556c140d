"""What lines are in the store's own product list, and the second looks that they need before they ship (二次核对)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from django.utils.translation import gettext as _

from backoffice.common.display import listed
from backoffice.common.models import User
from orders.core.models import Order, OrderLine
from orders.fulfilment.models import LineCheck, Product, Sku

_LOOKED_AT_LENGTH = 300  # of LineCheck.spec


class LineFacts(NamedTuple):
    """What the product list knows of a line; both are None for what it does not list."""

    sku: Sku | None = None
    product: Product | None = None

    @property
    def instruction(self) -> str:
        return self.product.packing_instruction if self.product else ""

    @property
    def kinds(self) -> list[LineCheck.Kind]:
        """Return the looks that the line needs."""
        needs = {
            LineCheck.Kind.SPEC: self.sku is not None and self.sku.needs_check,
            LineCheck.Kind.BRAND: self.product is not None and self.product.needs_brand_check,
            LineCheck.Kind.PACKING: self.product is not None and self.product.needs_packing_check,
        }
        return [kind for kind, is_needed in needs.items() if is_needed]


class Check(NamedTuple):
    """One look that a line needs, and who has had it."""

    line: OrderLine
    kind: LineCheck.Kind
    checked_by: User | None = None
    checked_at: datetime | None = None

    @property
    def is_done(self) -> bool:
        return self.checked_at is not None


def looked_at(line: OrderLine) -> str:
    """Return what a look is at: once another product or spec is agreed, it needs another look."""
    return " ".join(filter(None, [line.agreed_sku_code, line.shown_spec]))[:_LOOKED_AT_LENGTH]


def wanted_code(line: OrderLine) -> str:
    return line.agreed_sku_code or line.sku_code


def facts_of_lines(lines: Sequence[OrderLine]) -> dict[int, LineFacts]:
    """Return the product and sku of each line, by its key: by merchant code, else the platform's item id."""
    skus = _skus_by_code(lines)
    found = {line.pk: LineFacts(sku, sku.product) for line in lines if (sku := skus.get(_code_key(line)))}
    rest = [line for line in lines if line.pk not in found and line.product_id]
    return found | _facts_by_item(rest) if rest else found


def _code_key(line: OrderLine) -> tuple[int, str]:
    return line.store_id, wanted_code(line)


def _skus_by_code(lines: Iterable[OrderLine]) -> dict[tuple[int, str], Sku]:
    codes = {_code_key(line) for line in lines if wanted_code(line)}
    if not codes:
        return {}
    stores, names = {store for store, _code in codes}, {code for _store, code in codes}
    skus = Sku.objects.filter(store_id__in=stores, code__in=names).select_related("product").order_by("pk")
    return {(sku.store_id, sku.code): sku for sku in skus}


def _facts_by_item(lines: Sequence[OrderLine]) -> dict[int, LineFacts]:
    stores, items = {line.store_id for line in lines}, {line.product_id for line in lines}
    products = (
        Product.objects.filter(store_id__in=stores, platform_id__in=items).prefetch_related("skus").order_by("pk")
    )
    by_item = {(product.store_id, product.platform_id): product for product in products}
    return {
        line.pk: LineFacts(None if wanted_code(line) else _only_sku(product), product)
        for line in lines
        if (product := by_item.get((line.store_id, line.product_id)))
    }


def _only_sku(product: Product) -> Sku | None:
    skus = list(product.skus.all())
    return skus[0] if len(skus) == 1 else None


def required_checks(
    order: Order, lines: Sequence[OrderLine], *, facts: Mapping[int, LineFacts] | None = None
) -> list[Check]:
    """Return the looks that the order's lines still to ship need, done or not, in the order of the lines."""
    return checks_of_lines([line for line in lines if line.order_id == order.pk], facts=facts)


def checks_of_lines(lines: Sequence[OrderLine], *, facts: Mapping[int, LineFacts] | None = None) -> list[Check]:
    """Return the looks that these lines need, of any number of orders, in two or three statements."""
    waiting = [line for line in lines if line.unshipped]
    known = facts if facts is not None else facts_of_lines(waiting)
    needed = [(line, kind) for line in waiting for kind in known.get(line.pk, LineFacts()).kinds]
    done = _done_checks({line.pk for line, _kind in needed}) if needed else {}
    return [_check(line, kind, done.get((line.pk, kind))) for line, kind in needed]


def _done_checks(line_ids: Iterable[int]) -> dict[tuple[int, str], LineCheck]:
    rows = LineCheck.objects.filter(line_id__in=list(line_ids)).select_related("checked_by").order_by("pk")
    return {(row.line_id, row.kind): row for row in rows}


def _check(line: OrderLine, kind: LineCheck.Kind, row: LineCheck | None) -> Check:
    if row is None or row.spec != looked_at(line):
        return Check(line, kind)
    return Check(line, kind, row.checked_by, row.checked_at)


def check_problem(order: Order, checks: Iterable[Check]) -> str:
    """Return why the order does not ship yet, naming the looks that are missing; empty: all were had."""
    missing = [check for check in checks if not check.is_done]
    if not missing:
        return ""
    named = [_("line %(line)s: %(kind)s") % {"line": c.line.position, "kind": c.kind.label} for c in missing]
    return _("Order %(number)s is not checked yet (%(checks)s): look and tick it.") % {
        "number": order.number,
        "checks": listed(named),
    }
