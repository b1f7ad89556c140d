"""What pages show of papers as well: lists of many orders, their facts, the mark of a reprint; nothing of it is set."""

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backoffice.common.models import Store
from orders.fulfilment.models import PrintRecord
from orders.fulfilment.papers.content import InvoicePaper, PickPaper
from orders.fulfilment.papers.reading import printed_before, read_invoices, read_picking

Paper = PrintRecord.Paper


def again_mark(print_no: int) -> str:
    """Return what a paper says that was printed before; empty on the first."""
    return _("Reprint, no. %(number)s") % {"number": print_no} if print_no > 1 else ""


def picking_paper(store: Store, ids: Sequence[int]) -> PickPaper:
    return PickPaper(store.name, len(ids), _reprints(ids, Paper.PICKING_LIST), read_picking(store, ids))


def invoice_paper(store: Store, ids: Sequence[int]) -> InvoicePaper:
    return InvoicePaper(store.name, _reprints(ids, Paper.INVOICE_SHEET), read_invoices(store, ids))


def _reprints(ids: Sequence[int], paper: str) -> int:
    return sum(count > 1 for count in printed_before(ids, paper).values())


def picking_facts(paper: PickPaper) -> str:
    orders = ngettext("%(count)s order", "%(count)s orders", paper.orders) % {"count": paper.orders}
    pieces = ngettext("%(count)s piece", "%(count)s pieces", paper.piece_count) % {"count": paper.piece_count}
    return " · ".join([paper.shop, orders, pieces, *again_facts(paper.reprints)])


def again_facts(count: int) -> list[str]:
    """Return what a list says when some of it was printed before."""
    if not count:
        return []
    return [ngettext("Reprint for %(count)s order", "Reprint for %(count)s orders", count) % {"count": count}]


def invoice_facts(paper: InvoicePaper) -> str:
    count = ngettext("%(count)s invoice", "%(count)s invoices", len(paper.rows)) % {"count": len(paper.rows)}
    return " · ".join([paper.shop, count, f"¥{paper.total:,.2f}", *again_facts(paper.reprints)])
