"""Which sku of the shop the goods of a case are."""

from aftersales.refunds.models import Refund
from orders.core.models import OrderLine
from orders.fulfilment.checking import facts_of_lines
from orders.fulfilment.models import Sku


def lines_of_case(refund: Refund) -> list[OrderLine]:
    """Return the line that the case is about; of a case about the whole order all its lines."""
    lines = refund.order.lines.select_related("title").order_by("position", "pk")
    return list(lines.filter(pk=refund.line_id) if refund.line_id else lines)


def skus_of_case(refund: Refund) -> list[Sku]:
    """Return the skus that the goods of the case may be, in the order of its lines."""
    lines = lines_of_case(refund)
    facts = facts_of_lines(lines)
    found = {sku.pk: sku for line in lines if (sku := facts[line.pk].sku if line.pk in facts else None)}
    return list(found.values())


def sku_of_case(refund: Refund) -> Sku | None:
    """Return the sku of the case's goods; None when there are several, or the shop has no such product."""
    skus = skus_of_case(refund)
    return skus[0] if len(skus) == 1 else None
