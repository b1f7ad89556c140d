"""A shop in which every main page has something to show, and the addresses of those pages."""

from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO

from aftersales.refunds.models import Complaint, Refund, Violation
from aftersales.refunds.views.case_parts import PARTS
from aftersales.topics.models import Topic
from analytics.rollups.runs import roll_range
from backoffice.common.access import Right
from backoffice.common.jobs import run_pending_jobs
from backoffice.common.models import AlertKind, Store, User
from backoffice.common.services.alerts import raise_alert
from orders.core.models import Order
from orders.core.services import (
    add_remark,
    agree_spec,
    extend_promise,
    log_contact,
    open_hold,
    reveal_recipient,
    set_flag,
    set_tags,
)
from orders.core.statuses import OrderStatus
from orders.desk.acts import ACTS
from orders.desk.exports import create_export
from orders.desk.exports.templates import save_template
from orders.desk.services import Item, save_view, start_batch
from orders.desk.shifts import save_shift_note
from orders.fulfilment.models import Anomaly, Product, Shortage, Sku
from orders.fulfilment.papers.batches import create_print
from orders.fulfilment.services import plan_waybill
from orders.fulfilment.services.anomalies import find_anomalies
from orders.fulfilment.services.anomaly_acts import contact_courier, inform_buyer
from orders.fulfilment.services.gifts import GiftValues, save_gift_rule
from orders.fulfilment.services.stock import count_stock, settle_due
from orders.intake.models import ImportFile, QuarantinedRow
from orders.intake.services import create_upload, start_import
from orders.notes.services import (
    NoteChanges,
    confirm_note,
    draft_faq,
    negotiate_note,
    recognise_notes,
    record_note,
    save_reply,
)
from tests.factories import NOON, make_buyer, make_line, make_order, make_recipient
from tests.fulfilment.tracking_rows import event, make_parcel, trace, watch_parcels
from tests.intake.files import T3, csv_bytes, order_row
from tests.refunds.files.filling import fill_refund_files
from tests.refunds.filling import fill_cases
from tests.refunds.goods import fill_returns
from tests.reviews.filling import fill_reviews, thanks_jobs
from tests.rules.making import condition, make_rule
from tests.topics.filling import fill_topics

DAY = timedelta(days=1)
_NO_BRACES = str.maketrans("", "", "{}")  # they name variables of a reply


def furnish(store: Store, staff: User, *, text: str = "seven words that say rather little here") -> list[str]:
    """Write `text` wherever staff, buyers or files may write; return the addresses of all pages that show it."""
    store.name, store.flag_legend = text[:40], {str(flag): text[:20] for flag in range(1, 6)}
    store.save()
    orders = [_order(store, text, at) for at in range(8)]
    _write_on(orders[0], staff, text)
    batch = start_batch(
        store=store, act=ACTS["tags"], items=[Item(order.pk, order.number) for order in orders[1:4]],
        values={"add_tags": [text[:40]], "remove_tags": []}, actor=staff, at=NOON, description=text,
    )  # fmt: skip
    view = save_view(store=store, owner=staff, name=text[:40], query="queue=all&flag=1", is_shared=True, at=NOON)
    template = save_template(
        store=store, name=text[:40], grain="order", columns=["number", "paid"], actor=staff, at=NOON
    )
    create_export(store=store, actor=staff, at=NOON, template=template.name, query=f"queue=all&product={text[:20]}")
    file = _import(store, staff, text)
    roll_range(stores=[store], first=date(2026, 5, 20), last=date(2026, 5, 31), at=NOON)
    number = orders[0].number
    return [
        "/",
        "/orders/",
        "/orders/?queue=all&sort=-paid_at",
        "/orders/?queue=closed",
        f"/orders/?view={view.pk}",
        "/orders/views/",
        "/orders/ship/",
        f"/orders/{number}/",
        f"/orders/{number}/remark/",
        f"/orders/batches/{batch.pk}/",
        "/orders/imports/",
        f"/orders/imports/{file.pk}/",
        f"/orders/imports/rows/{QuarantinedRow.objects.get().pk}/",
        *_note_desk(store, staff, orders, text),
        *_floor(store, staff, orders, text),
        *_papers(store, staff, orders),
        "/orders/shipping/",
        "/orders/shipping/?tab=number",
        "/orders/shipping/scan/",
        "/orders/shipping/merges/",
        "/orders/shipping/couriers/",
        *_parcels(store, staff, orders, text),
        *_stock(store, staff, orders, text),
        *_reviews(store, staff, text),
        *_cases(store, staff, text),
        *_returns(store, staff, text),
        *_refund_files(store, staff),
        *_topics(store, staff, text),
        "/orders/invoices/",
        "/orders/messages/",
        "/orders/messages/greetings/",
        f"/orders/messages/of/{number}/",
        "/settings/messages/",
        "/settings/services/",
        f"/orders/invoices/of/{number}/new/",
        "/orders/shipping/parcels/",
        "/orders/shipping/parcels/?tab=all",
        "/orders/shipping/anomalies/",
        "/orders/shipping/compare/",
        "/orders/imports/traces/",
        "/orders/exports/",
        f"/orders/exports/?queue=all&product={text[:20]}",
        "/orders/exports/templates/",
        f"/orders/exports/templates/{template.pk}/",
        "/analytics/",
        "/analytics/refunds/",
        "/ops/jobs/",
        "/account/",
        "/settings/",
        "/settings/staff/",
        "/settings/tokens/",
        "/settings/audit/",
    ]


def _reviews(store: Store, staff: User, text: str) -> list[str]:
    """Make reviews of every sort; return the pages about them."""
    poor, later, answered, *_others = fill_reviews(store, staff, text=text.translate(_NO_BRACES))
    list_path = "/aftersales/reviews/"
    return [
        list_path,
        f"{list_path}?tab=all",
        f"{list_path}?tab=tasks",
        *(f"{list_path}{review.pk}/" for review in (poor, later, answered)),
        *(f"{list_path}thanks/{pk}/" for pk in thanks_jobs()),
        f"{list_path}import/",
        "/settings/replies/",
    ]


def _topics(store: Store, staff: User, text: str) -> list[str]:
    """Make what buyers speak of; return the pages about it."""
    title = fill_topics(store, staff, text=text)
    topic = Topic.objects.get(store=store, code="small")
    return [
        "/aftersales/topics/",
        "/settings/topics/",
        f"/settings/topics/{topic.pk}/",
        "/analytics/topics/",
        "/analytics/products/",
        f"/analytics/products/{title.pk}/",
    ]


def _cases(store: Store, staff: User, text: str) -> list[str]:
    """Make cases of every kind, complaints and violations; return the pages about them."""
    case, path = fill_cases(store, staff, text=text), "/aftersales/refunds/"
    complaint, violation = Complaint.objects.filter(store=store)[0], Violation.objects.filter(store=store)[0]
    waiting = Refund.objects.filter(store=store, proposed__isnull=False)[0]
    return [
        path,
        f"{path}?queue=all",
        f"{path}{case.number}/",
        f"{path}{waiting.number}/",
        *(f"{path}{case.number}/part/{part}/" for part in PARTS),
        f"{path}{case.number}/say/",
        f"{path}{waiting.number}/approve/",
        f"{path}order/{case.order.number}/new/",
        f"/orders/{case.order.number}/",
        "/aftersales/complaints/",
        "/aftersales/complaints/new/",
        f"/aftersales/complaints/{complaint.pk}/",
        "/aftersales/violations/",
        f"/aftersales/violations/{violation.pk}/",
        "/settings/aftersales/",
    ]


def _returns(store: Store, staff: User, text: str) -> list[str]:
    """Make goods that come back in every state; return the pages about them."""
    path = "/aftersales/returns/"
    cases = fill_returns(store, staff, text=text)
    return [
        path,
        f"{path}?tab=expected",
        f"{path}?tab=inspected",
        f"{path}?number={text[:20]}",
        *(f"{path}{case.number}/" for case in cases),
        "/settings/returns/",
    ]


def _refund_files(store: Store, staff: User) -> list[str]:
    """Take a refund list in, with a row to fix and a case that waits, and upload one; return their pages."""
    fill_refund_files(store, staff)
    files = ImportFile.objects.filter(store=store, format="refunds")
    rows = QuarantinedRow.objects.filter(file__in=files)
    path = "/aftersales/refunds/import/"
    return [path, *(f"{path}{file.pk}/" for file in files), *(f"{path}rows/{row.pk}/" for row in rows)]


def _parcels(store: Store, staff: User, orders: list[Order], text: str) -> list[str]:
    """Plan a parcel of an order, and let one that left be in trouble; return the pages about both."""
    known = {"store": store, "actor": staff, "at": NOON}
    planned = plan_waybill(order_ids=[orders[5].pk], courier="SF", **known)
    left, number = orders[7], "SF1000000000001"
    Order.objects.filter(pk=left.pk).update(status=OrderStatus.SHIPPED, shipped_at=NOON - DAY * 3)
    watch_parcels(store)
    make_parcel(store=store, number=number, order=left, shipped_at=NOON - DAY * 3)
    trace(store, event(number, -60, text, place=text[:40]), at=NOON)
    find_anomalies(store=store, at=NOON + DAY * 9)
    case = Anomaly.objects.filter(store=store, shipment__tracking_number=number)[0]
    contact_courier(anomaly_id=case.pk, text=text, **known)
    inform_buyer(anomaly_id=case.pk, channel="other", text=text, **known)
    return [
        f"/orders/shipping/waybills/{planned.pk}/",
        f"/orders/shipping/parcels/of/{left.number}/",
        f"/orders/shipping/anomalies/{case.pk}/",
        f"/orders/{left.number}/",
    ]


def _stock(store: Store, staff: User, orders: list[Order], text: str) -> list[str]:
    """Keep a sku that an order lacks, and a gift rule; return the pages about stock."""
    product = Product.objects.create(
        store=store, code=text[:100], title=text, brand=text[:60], supplier=text[:60], packing_instruction=text[:300]
    )
    code = orders[0].lines.order_by("pk")[0].sku_code
    sku = Sku.objects.create(store=store, product=product, code=code, spec=text[:300], location=text[:40])
    count_stock(store=store, sku_id=sku.pk, counted=1, reason=text[:200], actor=staff, at=NOON)
    settle_due(store=store, at=NOON)
    values = GiftValues(name=text[:60], gift_id=sku.pk, starts_at=NOON, product_codes=[code])
    rule = save_gift_rule(store=store, values=values, actor=staff, at=NOON)
    shortage = Shortage.objects.filter(store=store).order_by("pk")[0]
    return [
        "/orders/stock/",
        f"/orders/stock/{sku.pk}/",
        f"/orders/stock/{sku.pk}/count/",
        "/orders/stock/count/",
        "/orders/stock/products/",
        "/orders/imports/products/",
        f"/orders/stock/products/{product.pk}/",
        f"/orders/stock/products/{product.pk}/skus/{sku.pk}/",
        "/orders/shortages/",
        f"/orders/shortages/{shortage.pk}/",
        "/settings/gifts/",
        f"/settings/gifts/{rule.pk}/",
    ]


def _note_desk(store: Store, staff: User, orders: list[Order], text: str) -> list[str]:
    """Let one note be confirmed with all that it can change, and others ask; return the pages about notes."""
    unread, wanting, settled = (order.number for order in orders[:3])
    record_note(order=orders[1], text=f"要刻字 {text}", at=NOON)
    record_note(order=orders[2], text=f"礼盒装，发顺丰 {text}", at=NOON)
    recognise_notes(store=store, at=NOON)
    known = {"store": store, "order_id": orders[2].pk, "actor": staff, "at": NOON}
    log_contact(**known, channel="other", text=text, answer=text)
    negotiate_note(**known, negotiation="agreed", text=text)
    changes = NoteChanges(
        ship_day=date(2026, 6, 3), slot=text[:40], packing=text, gift_wrap=text, card=text, gift=text, courier=text,
        invoice_title=text[:120], recipient={"street": text},
    )  # fmt: skip
    confirm_note(**known, outcome=text, changes=changes)
    line = orders[2].lines.order_by("pk")[0]
    agree_spec(**known, line_id=line.pk, spec=text[:300])
    extend_promise(**known, until=NOON + DAY * 3, agreement=text, image=None)
    reply = save_reply(store=store, title=text[:40], text=text.translate(_NO_BRACES), actor=staff, at=NOON)
    entry = draft_faq(store=store, product=text, kind="engraving", wanted=text[:100], actor=staff, at=NOON)
    return [
        "/orders/notes/",
        "/orders/notes/?tab=all",
        "/orders/notes/topics/",
        "/orders/notes/replies/",
        f"/orders/notes/replies/{reply.pk}/",
        "/orders/notes/faq/",
        f"/orders/notes/faq/{entry.pk}/",
        f"/orders/notes/{settled}/evidence/",
        f"/orders/{settled}/",
        f"/orders/{unread}/confirm_note/",
        f"/orders/{wanting}/ask_note/",
    ]


def _papers(store: Store, staff: User, orders: list[Order]) -> list[str]:
    """Print slips and a picking list; return the pages of the batches."""
    known = {"store": store, "actor": staff, "at": NOON, "ids": [order.pk for order in orders[3:6]]}
    made = [create_print(paper=paper, **known).pk for paper in ("packing_slip", "picking_list")]
    run_pending_jobs()
    pages = [f"/orders/shipping/prints/{pk}/{end}" for pk in made for end in ("", "pages/")]
    return ["/orders/shipping/prints/", *pages]


def _floor(store: Store, staff: User, orders: list[Order], text: str) -> list[str]:
    """Print two slips, write a rule and an alert; return the pages for who leads the floor."""
    slips = start_batch(
        store=store, act=ACTS["print"], items=[Item(order.pk, order.number) for order in orders[3:5]], values={},
        actor=staff, at=NOON,
    )  # fmt: skip
    rule = make_rule(
        condition("title", "contains_any", [text[:40]]),
        store=store,
        name=text[:60],
        action="hold",
        hold_reason=text[:200],
    )
    save_shift_note(store=store, actor=staff, day=NOON.date(), text=text, at=NOON)
    raise_alert(store=store, kind=AlertKind.HELD, right=Right.VIEW_ORDERS, at=NOON, subjects=[orders[0].number])
    return [
        "/alerts/",
        "/orders/exceptions/",
        "/orders/workload/",
        "/orders/shift/",
        f"/orders/batches/{slips.pk}/print/",
        "/settings/rules/",
        f"/settings/rules/{rule.pk}/",
        "/settings/automations/",
    ]


def _order(store: Store, text: str, at: int) -> Order:
    status = OrderStatus.COMPLETED if at > 5 else OrderStatus.PENDING_SHIPMENT
    order = make_order(
        store=store, status=status, paid=Decimal("1234567.89"), lines=0, placed_at=NOON - DAY * (at / 2 + 0.1),
        buyer=make_buyer(store=store, nick=f"{text}{at}"[:60]), platform_status=text[:64], payment_method=text[:32],
        province=text[:20], city=text[:40], district=text[:40], services=[text[:40]], invoice_title=text[:120],
        acceptance_rule=text[:120],
    )  # fmt: skip
    for position in (1, 2):
        make_line(order=order, position=position, title=text, spec=text[:100], sku_code=text[:40])
    make_recipient(order=order, name=text[:40], street=text)
    Order.objects.filter(pk=order.pk).update(line_count=2, piece_count=2)
    return order


def _write_on(order: Order, staff: User, text: str) -> None:
    known = {"store": order.store, "order_id": order.pk, "actor": staff, "at": NOON}
    record_note(order=order, text=text, at=NOON)
    add_remark(**known, text=text)
    set_tags(**known, tags=[text[:40]])
    set_flag(**known, flag=1)
    open_hold(**known, kind="manual", reason=text)
    reveal_recipient(**known, reason=text)


def _import(store: Store, staff: User, text: str) -> ImportFile:
    """Import a file of one good and one bad row, and run the export that waits as well."""
    rows = [order_row("990000000001", 买家留言=text, 订单备注=text), order_row("990000000002", 总金额=text)]
    content = BytesIO(csv_bytes([*T3, text], [row | {text: text} for row in rows], "utf-8"))
    file = create_upload(store=store, name=f"{text.replace('/', ' ')}.csv", stream=content, actor=staff, at=NOON)
    start_import(file=file, actor=staff, at=NOON)
    run_pending_jobs(limit=10)
    return file
