"""The specs that a product was sold in: what another spec may be agreed from."""

from orders.core.models import OrderLine

_LINES, _SPECS = 2000, 60  # the newest lines that are looked at, and the specs that are offered


def specs_with_codes(line: OrderLine) -> dict[str, str]:
    """Return the specs that the line's product was ever sold in, each with its newest merchant code, newest first."""
    lines = OrderLine.objects.filter(store_id=line.store_id, title_id=line.title_id).exclude(spec="")
    found: dict[str, str] = {}
    for spec, code in lines.order_by("-placed_at", "-pk").values_list("spec", "sku_code")[:_LINES]:
        if spec not in found and len(found) < _SPECS:
            found[spec] = code
    return found
