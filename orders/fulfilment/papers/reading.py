"""Reads what stands on the papers of many orders, with a fixed number of statements for each part of a batch."""

from collections.abc import Iterable, Mapping, Sequence

from django.db.models import Prefetch

from backoffice.common.models import Store
from orders.core.models import Order, OrderLine, Recipient, Wish
from orders.core.spec_words import spec_values
from orders.fulfilment.couriers import courier_name
from orders.fulfilment.models import InvoiceRequest, PrintRecord, Sku, Waybill, WaybillLine
from orders.fulfilment.papers.content import InvoiceRow, Person, PickRow, Piece, SlipPaper, WaybillPaper
from orders.fulfilment.services.printing import open_order_recipient
from orders.fulfilment.statuses import InvoiceState

NO_SHELF = "\uffff"  # what has no place is fetched last


def skus_of(store: Store, lines: Iterable[OrderLine]) -> dict[int, Sku]:
    """Return the sku of each line that has one: by merchant code, else the only one of the platform's item."""
    rows = list(lines)
    codes = {code_of(line) for line in rows} - {""}
    items = {line.product_id for line in rows if not code_of(line)} - {""}
    skus = Sku.objects.for_store(store).select_related("product")
    by_code = {sku.code: sku for sku in skus.filter(code__in=codes)} if codes else {}
    by_item = _only_skus(skus.filter(product__platform_id__in=items)) if items else {}
    found = {line.pk: by_code.get(code_of(line)) or by_item.get(line.product_id) for line in rows}
    return {pk: sku for pk, sku in found.items() if sku is not None}


def code_of(line: OrderLine) -> str:
    return line.agreed_sku_code or line.sku_code


def _only_skus(skus: Iterable[Sku]) -> dict[str, Sku]:
    found: dict[str, list[Sku]] = {}
    for sku in skus:
        found.setdefault(sku.product.platform_id, []).append(sku)
    return {item: rows[0] for item, rows in found.items() if len(rows) == 1}


def to_pack(order: Order) -> list[tuple[OrderLine, int]]:
    """Return the lines to pack: what is left of an order, or all of it once it is out."""
    lines = [line for line in order.lines.all() if not (line.is_closed or line.is_given_back)]
    left = [(line, line.unshipped) for line in lines if line.unshipped]
    return left or [(line, line.quantity) for line in lines]


def _piece(line: OrderLine, quantity: int, sku: Sku | None) -> Piece:
    return Piece(
        title=line.title.text,
        spec=spec_values(line.shown_spec),
        code=code_of(line),
        quantity=quantity,
        shelf=sku.location if sku else "",
        is_gift=line.is_gift,
        instruction=sku.product.packing_instruction if sku else "",
    )


def _open_wishes() -> Prefetch:
    rows = Wish.objects.filter(done_at__isnull=True, withdrawn_at__isnull=True).order_by("pk")
    return Prefetch("wishes", rows, to_attr="open_wishes")


def _wishes(order: Order) -> list[str]:
    wishes: list[Wish] = getattr(order, "open_wishes", [])
    return [f"{wish.get_kind_display()}: {wish.text}" if wish.text else wish.get_kind_display() for wish in wishes]


def place_of(order: Order) -> str:
    return " ".join(filter(None, (order.province, order.city, order.district)))


def _orders(store: Store, order_ids: Sequence[int]) -> dict[int, Order]:
    lines = Prefetch("lines", OrderLine.objects.select_related("title").order_by("position", "pk"))
    orders = Order.objects.for_store(store).filter(pk__in=order_ids).select_related("recipient", "note")
    return orders.prefetch_related(lines, _open_wishes()).in_bulk()


def printed_before(order_ids: Sequence[int], paper: str) -> dict[int, int]:
    """Return how often the paper of each order was printed."""
    counts: dict[int, int] = {}
    for pk in PrintRecord.objects.filter(order__in=order_ids, paper=paper).values_list("order_id", flat=True):
        counts[pk] = counts.get(pk, 0) + 1
    return counts


def read_slips(store: Store, order_ids: Sequence[int]) -> list[SlipPaper]:
    """Return the packing slips of these orders in this order; one that is gone has none."""
    found = _orders(store, order_ids)
    skus = skus_of(store, [line for order in found.values() for line in order.lines.all()])
    counts = printed_before(order_ids, PrintRecord.Paper.PACKING_SLIP)
    return [_slip(store, found[pk], skus, counts.get(pk, 1)) for pk in order_ids if pk in found]


def _slip(store: Store, order: Order, skus: Mapping[int, Sku], print_no: int) -> SlipPaper:
    recipient: Recipient | None = getattr(order, "recipient", None)
    note = getattr(order, "note", None)
    return SlipPaper(
        order_id=order.pk,
        number=order.number,
        shop=store.name,
        who=f"{recipient.masked_name} {recipient.masked_phone}".strip() if recipient else "",
        place=place_of(order),
        ship_by=order.ship_by,
        pieces=[_piece(line, quantity, skus.get(line.pk)) for line, quantity in to_pack(order)],
        services=list(order.services),
        wishes=_wishes(order),
        note=note.text if note else "",
        remark=order.latest_remark,
        print_no=print_no,
    )


def read_picking(store: Store, order_ids: Sequence[int]) -> list[PickRow]:
    """Return what these orders need, one row a product, in the order of the shelves; one that is gone needs nothing."""
    found = _orders(store, order_ids)
    skus = skus_of(store, [line for order in found.values() for line in order.lines.all()])
    rows: dict[tuple[str, str, str, str], tuple[int, set[int]]] = {}
    for order in found.values():
        for line, quantity in to_pack(order):
            sku = skus.get(line.pk)
            code = code_of(line) or (sku.code if sku else "")
            spec = line.shown_spec if not code else (sku.spec if sku and sku.spec else line.shown_spec)
            key = (sku.location if sku else "", code, sku.product.title if sku else line.title.text, spec_values(spec))
            count, orders = rows.get(key, (0, set()))
            rows[key] = (count + quantity, orders | {order.pk})
    made = [PickRow(*key, quantity=count, orders=len(orders)) for key, (count, orders) in rows.items()]
    return sorted(made, key=lambda row: (row.shelf or NO_SHELF, row.code, row.spec))


def read_invoices(store: Store, order_ids: Sequence[int]) -> list[InvoiceRow]:
    """Return the invoices to issue for these orders in this order; an order without a request has none."""
    requests = InvoiceRequest.objects.for_store(store).filter(order__in=order_ids, state=InvoiceState.PENDING)
    found = {request.order_id: request for request in requests.select_related("order")}
    return [_invoice(found[pk]) for pk in order_ids if pk in found]


def _invoice(request: InvoiceRequest) -> InvoiceRow:
    return InvoiceRow(
        order_id=request.order_id,
        order=request.order.number,
        kind=request.get_kind_display(),
        title=request.title,
        tax_number=request.tax_number,
        amount=request.amount,
        due_at=request.due_at,
        remark=request.remark,
        is_electronic=request.is_electronic,
    )


def read_waybills(store: Store, waybill_ids: Sequence[int]) -> list[WaybillPaper]:
    """Return the waybills in clear text, in this order; the caller has seen to rights and to the audit trail.

    Raises:
        PrintError: a recipient cannot be opened.
    """
    lines = WaybillLine.objects.select_related("line__title").order_by("order_id", "line__position", "pk")
    waybills = Waybill.objects.for_store(store).prefetch_related(Prefetch("lines", lines)).in_bulk(waybill_ids)
    rows = [row for waybill in waybills.values() for row in waybill.lines.all()]
    orders = (
        Order.objects.for_store(store)
        .filter(pk__in={row.order_id for row in rows})
        .select_related("recipient")
        .prefetch_related(_open_wishes())
        .in_bulk()
    )
    skus = skus_of(store, [row.line for row in rows])
    return [_waybill(store, waybills[pk], orders, skus) for pk in waybill_ids if pk in waybills]


def _waybill(store: Store, waybill: Waybill, orders: Mapping[int, Order], skus: Mapping[int, Sku]) -> WaybillPaper:
    rows = list(waybill.lines.all())
    inside = [orders[pk] for pk in dict.fromkeys(row.order_id for row in rows)]
    recipient = open_order_recipient(inside[0])
    fields = recipient.fields
    return WaybillPaper(
        waybill_id=waybill.pk,
        number=waybill.number,
        courier=courier_name(waybill.courier),
        area=" ".join(filter(None, recipient.place)),
        to=Person(fields.get("name", ""), fields.get("mobile") or fields.get("phone", ""), recipient.address),
        sender=sender_of(store),
        orders=[order.number for order in inside],
        pieces=[_piece(row.line, row.quantity, skus.get(row.line_id)) for row in rows],
        wishes=list(dict.fromkeys(wish for order in inside for wish in _wishes(order))),
        print_no=max(waybill.print_count, 1),
        ship_by=waybill.ship_by,
    )


def sender_of(store: Store) -> Person:
    sender = store.sender or {}
    return Person(sender.get("name", "") or store.name, sender.get("phone", ""), sender.get("address", ""))
