"""Which sku a line is to be packed from, and how many pieces of it the line may claim."""

from collections.abc import Iterable, Sequence

from django.db.models import Count, Min

from orders.core.models import Order, OrderLine
from orders.core.statuses import OrderStatus
from orders.fulfilment.models import Product, Sku
from orders.fulfilment.services.stock.reading import held_skus, lines_of, lock_named_skus

_LEFT = (OrderStatus.SHIPPED, OrderStatus.COMPLETED)


def code_of(line: OrderLine) -> str:
    """Return the merchant code of what is to be packed."""
    return line.agreed_sku_code or line.sku_code


def lock_skus(
    order: Order, lines: Sequence[OrderLine], held: Sequence[int] = ()
) -> tuple[dict[int, Sku], dict[int, Sku]]:
    """Lock every sku that the lines name, in the order of their keys, and those of these ids.

    Also those that were never counted: their first count waits until the order has been looked at. Returned by their
    own ids, and by those of the lines.
    """
    only = _only_skus(order, lines)
    codes = {code for line in lines if (code := code_of(line))}
    skus = lock_named_skus(order.store_id, codes, {*held, *only.values()})
    by_code = {sku.code: sku for sku in skus.values()}
    by_line = {
        line.pk: by_code.get(code_of(line)) if code_of(line) else skus.get(only.get(line.product_id, 0))
        for line in lines
    }
    return skus, {pk: sku for pk, sku in by_line.items() if sku is not None}


def lock_skus_of(order: Order, codes: Iterable[str]) -> None:
    """Lock the skus of a locked order's lines, those they hold and those of these codes, in the order of their keys."""
    lines = lines_of(order)
    named = {code_of(line) for line in lines} - {""}
    ids = {*held_skus(order).values(), *_only_skus(order, lines).values()}
    lock_named_skus(order.store_id, named.union(codes), ids)


def _only_skus(order: Order, lines: Sequence[OrderLine]) -> dict[str, int]:
    """Return the one sku of each product that a line names by its platform id alone; no statement where none does."""
    items = {line.product_id for line in lines if line.product_id and not code_of(line)}
    if not items:
        return {}
    found = Product.objects.for_store(order.store).filter(platform_id__in=items).values("platform_id")
    single = found.annotate(count=Count("skus"), only=Min("skus")).filter(count=1)
    return {row["platform_id"]: row["only"] for row in single}


def gone_pieces(order: Order, line: OrderLine) -> int:
    """Return how many pieces of the line have left: all of them where the platform says the order has."""
    has_left = order.status in _LEFT and not line.is_closed and not line.is_given_back
    return line.quantity if has_left else line.shipped_quantity
