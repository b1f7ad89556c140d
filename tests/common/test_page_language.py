"""Every page speaks one language: Chinese pages hold no English but codes, English pages no Chinese but data."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.core.files.storage import FileSystemStorage, default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import models
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import translation

from aftersales.refunds.acts import ACTS as CASE_ACTS
from aftersales.refunds.models import Complaint, Refund, ReturnAddress, Violation
from aftersales.refunds.queries import TABS
from aftersales.refunds.views.case_parts import PARTS as CASE_PARTS
from aftersales.reviews.files.columns import TEMPLATE
from aftersales.reviews.models import Review
from aftersales.topics.models import Topic, TopicMention
from analytics.rollups.runs import roll_range
from backoffice.common.access import Right, Role
from backoffice.common.jobs import run_pending_jobs
from backoffice.common.models import AlertKind, Job, Store, User
from backoffice.common.outgoing import FORBIDDEN
from backoffice.common.services.alerts import raise_alert
from orders.core import services
from orders.core.divisions import PROVINCES
from orders.core.models import Order
from orders.core.statuses import HoldKind, OrderStatus, RefundStatus
from orders.desk.exports import create_export
from orders.desk.exports.templates import save_template
from orders.desk.models import ExportTemplate
from orders.desk.order_acts import ORDER_ACTS
from orders.fulfilment.couriers import COURIERS
from orders.fulfilment.models import Anomaly, GiftRule, InvoiceRequest, Product, Shipment, Shortage, Sku, Waybill
from orders.fulfilment.services import ship_order
from orders.fulfilment.services.invoices import request_invoice
from orders.fulfilment.services.stock import settle_due
from orders.fulfilment.views.invoice_acts import ACTS as INVOICE_ACTS
from orders.fulfilment.views.stock_acts import ACTS as STOCK_ACTS
from orders.intake import services as intake
from orders.intake.models import ImportFile, QuarantinedRow
from orders.intake.preview import describe
from orders.notes.models import FaqEntry, QuickReply
from orders.notes.services import confirm_note, recognise_notes, record_note
from orders.rules.conditions import FIELDS
from orders.rules.models import AcceptanceRule
from tests.common.full_warehouse import fill_warehouse
from tests.conftest import signed_in
from tests.factories import NOON, make_order, make_recipient, make_store, make_user
from tests.intake.files import T3, csv_bytes, order_row
from tests.refunds.files.filling import fill_refund_files
from tests.refunds.files.sheets import HEADERS
from tests.refunds.filling import fill_cases
from tests.refunds.goods import fill_returns
from tests.reviews.filling import fill_review_pages, thanks_jobs
from tests.topics.filling import fill_topics

CJK = re.compile(r"[\u3400-\u9fff\u3000-\u303f\uff00-\uffef]+")
TOKEN = re.compile(r"[A-Za-z0-9_@./:#*+%-]+")
SPOKEN = {"title", "aria-label", "placeholder", "alt"}
SILENT = {"script", "style", "code", "kbd"}
UNSEEN = ("common:livez", "common:readyz", "common:logout", "api:", "api-unknown", "prometheus")
# the same in both languages: formats, codes, names of keys and of the roles' demo accounts
LATIN_IN_CHINESE = {
    *("API", "CSV", "EMS", "Excel", "GBK", "ID", "KB", "MB", "UTF", "XLSX", "csv", "xlsx", "English"),
    *("Id", "id", "sku"),  # in headings of order files
    *("Shift", "Ctrl", "Enter", "Esc"),
    *("JSON", "taobao.traderates.get", "v", "vx", "wx", "qq"),  # files of reviews, and what must not be written in one
    *("PDF", "App", "Key", "Secret", "Session", "hmac", "CANCEL"),  # as the platform and printed codes call them
    *("agent", "warehouse", "finance", "manager", "ops", "admin", "boss"),
    *("casework", "idle", "proof.png"),  # a colleague, a topic and a picture of the shop that is walked
}  # fmt: skip
CHINESE_IN_ENGLISH = {
    *("中文", "真丝", "没有", "昨天", "多", "顺丰"),  # the language's own name, what was typed
    *("运单号", "时间", "快递公司", "状态", "地点", "内容"),  # columns of files of traces
    *("商品编码", "商品名称", "条码", "库存", "货位", "安全库存", "品牌", "供应商", "包装要求", "规格", "商家编码"),
    *("深圳", "南山", "杭州"),  # places of services
    *("李明", "浙江省", "杭州市", "余杭区", "文一西路", "号", "号仓"),  # a return address
    # columns of refund lists, and what stands in one
    *(part for header in HEADERS.values() for word in header for part in CJK.findall(word)),
    *("退款管理", "质量问题"),
    # columns of files of reviews, and what Chinese buyers must not be promised
    *(part for word in (*TEMPLATE, *FORBIDDEN) for part in CJK.findall(word)),
}  # fmt: skip
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _noon(tmp_path, monkeypatch, settings) -> Iterator[None]:
    settings.DATA_DIR = tmp_path / "data"
    monkeypatch.setattr(default_storage, "_wrapped", FileSystemStorage(location=tmp_path / "files"))
    monkeypatch.setattr(intake, "preview_file", preview)
    with time_machine.travel(NOON, tick=False):
        yield


def preview(path: Path, *, name: str, encoding: str, language: str) -> dict[str, Any]:
    """Look through an upload in this process: a child costs a second."""
    try:
        return describe(path, name=name, encoding=encoding)
    except intake.ImportRefused as error:
        return {"error": str(error)}


# A shop with something on every page


def fill(store: Store, boss: User, client: Client) -> None:
    orders = [make_order(store=store, status=status, lines=2) for status in OrderStatus]
    for order in orders:
        make_recipient(order=order)
    work_on(store, boss, orders[1])
    write_notes(store, client)
    late = make_order(store=store, ship_by=NOON - timedelta(minutes=26), acceptance="unreviewed")
    services.open_hold(store=store, order_id=late.pk, kind=HoldKind.MANUAL, reason="等颜色", actor=boss, at=NOON)
    noted = make_order(store=store)
    record_note(order=noted, text="周六送", at=NOON)
    confirm_note(store=store, order_id=noted.pk, outcome="已电联", actor=boss, at=NOON)
    sent = make_order(store=store)
    ship_order(store=store, order_id=sent.pk, courier="SF", tracking_number="SF1234567890123", actor=boss, at=NOON)
    request_invoice(store=store, order_id=sent.pk, title="真丝公司", tax_number="123", actor=boss, at=NOON)
    keep_stock(store, client)
    import_files(client)
    client.post("/orders/views/", {"name": "大单", "query": "queue=all&amount_min=500", "is_shared": "on"})
    save_template(store=store, actor=boss, at=NOON, name="对账", grain="line", columns=["number", "paid"])
    client.post("/settings/tokens/", {"name": "对接", "scopes": ["orders:read"], "days": 30})
    create_export(store=store, actor=boss, at=NOON, template="full", query="queue=all")
    create_export(store=store, actor=boss, at=NOON, template="picking", file_format="csv", is_clear=True, reason="补寄")
    for kind in AlertKind:
        data = {"kind": "order_import", "rule": "大额订单"}
        raise_alert(store=store, kind=kind, right=Right.VIEW_ORDERS, at=NOON, subjects=[late.number], data=data)
    bulk = {"act": "flag:1", "selected": [order.pk for order in orders], "query": "queue=all", "confirmed": "1"}
    client.post("/orders/bulk/", bulk)
    client.post("/orders/bulk/", {**bulk, "act": "print", "paper": "packing_slip"})
    for paper in ("packing_slip", "picking_list"):
        client.post("/orders/shipping/prints/new/", {"paper": paper, "selected": [order.pk for order in orders]})
    run_pending_jobs()
    fill_warehouse(store, boss, client)
    fill_aftersales(store, boss, client)
    client.post("/settings/rules/new/", RULE)
    roll_range(stores=[store], first=NOON.date() - timedelta(days=40), last=NOON.date() - timedelta(days=1), at=NOON)


def fill_aftersales(store: Store, boss: User, client: Client) -> None:
    fill_review_pages(store, boss, client)
    fill_topics(store, boss, text="365")
    fill_returns(store, boss)
    fill_cases(store, boss)
    fill_refund_files(store, boss)


def keep_stock(store: Store, client: Client) -> None:
    """Fill the pages about stock: a product, a count, a shortage, a gift rule that was tried."""
    client.post("/orders/stock/products/new/", {"code": "P1", "title": "真丝连衣裙", "is_active": "on"})
    product = Product.objects.get(store=store, code="P1")
    sku = {"spec": "颜色:红", "safety_stock": "3", "is_active": "on", "needs_check": "on"}
    for code in ("S1", "S2"):
        client.post(f"/orders/stock/products/{product.pk}/skus/new/", {**sku, "code": code})
    short = make_order(store=store)
    short.lines.update(sku_code="S1", quantity=3)
    counted = Sku.objects.get(store=store, code="S1")
    client.post(f"/orders/stock/{counted.pk}/count/", {"quantity": "1"})
    Sku.objects.filter(pk=counted.pk).update(sold_count=40, cover_days=Decimal("0.8"))
    gift = {"name": "买赠", "gift_code": "S2", "quantity": "1", "min_pieces": "1", "starts_at": "2026-05-01T00:00"}
    client.post("/settings/gifts/new/", gift)
    sheet = "商家编码,库存,备注\nS2,5,x\nS2,许多,x\n".encode()
    client.post("/orders/imports/products/", {"files": [SimpleUploadedFile("盘点.csv", sheet)]})
    settle_due(store=store, at=NOON)


def write_notes(store: Store, client: Client) -> None:
    """Fill the pages of the note desk."""
    for text in ("颜色:白色 刻字", "谢谢", "开发票", "要红色还是蓝色", "下午三点以后派送", "随便写写"):
        record_note(order=make_order(store=store), text=text, at=NOON)
    recognise_notes(store=store, at=NOON)
    for title, shared in (("问刻字", ""), ("都问刻字", "on")):
        reply = {"title": title, "text": "{buyer}您好,{missing}?", "kind": "engraving", "is_shared": shared}
        client.post("/orders/notes/replies/new/", reply)
    client.post("/orders/notes/faq/draft/", {"product": "真丝连衣裙", "kind": "colour_size", "wanted": "白色"})
    client.post("/orders/notes/take-next/")


def work_on(store: Store, boss: User, order: Order) -> None:
    """Do with one order what the history can tell."""
    call: dict[str, Any] = {"store": store, "order_id": order.pk, "actor": boss, "at": NOON}
    record_note(order=order, text="要礼盒", at=NOON)
    record_note(order=order, text="要礼盒, 周六送", at=NOON)
    services.add_remark(**call, text="已电联")
    services.set_flag(**call, flag=1)
    services.set_tags(**call, tags=["老客户"])
    services.open_hold(**call, kind=HoldKind.OUT_OF_STOCK, reason="缺黑色", line_id=order.lines.first().pk)
    services.claim_order(**call)
    services.set_refund_facts(**call, status=RefundStatus.OPEN, refunded=Decimal(0))
    services.reveal_recipient(store=store, order_id=order.pk, actor=boss, at=NOON, reason="核对地址")


def import_files(client: Client) -> None:
    bad = csv_bytes([*T3, "神秘列"], [order_row("356001"), order_row("356002", 总金额="多少")])
    for name in ("订单一.csv", "订单二.csv"):
        client.post("/orders/imports/", {"files": [SimpleUploadedFile(name, bad)]})
    client.post("/orders/imports/", {"files": [SimpleUploadedFile("别的.csv", "你好,再见\n1,2\n".encode())]})
    first = ImportFile.objects.order_by("pk").first()
    client.post(f"/orders/imports/{first.pk}/start/", {"encoding": "", "snapshot_at": "2026-06-01T09:00"})
    run_pending_jobs()


RULE = {
    "name": "大额",
    "action": "hold",
    "hold_kind": "risk",
    "row": [f"{index}:{key}" for index, key in enumerate(FIELDS)],
    **{f"c{index}-value": value for index, value in enumerate((
        "500", "1", "裙", "A1", "no", ["gift"], "short", ["广东"], "1", "22:00", "1", ["alipay"], ["1"], "30",
    ))},
    "c9-until": "08:00",
}  # fmt: skip


def arguments(store: Store) -> dict[str, list[dict[str, Any]]]:
    """Return, for each address that takes arguments, some that lead to a page."""
    number = Order.objects.filter(note__isnull=False).order_by("pk").first().number
    export, batch = Job.objects.filter(kind="order_export").last(), Job.objects.filter(kind="bulk_act").last()
    member = store.memberships.order_by("pk").last()
    return {
        "desk:order-detail": [{"number": order.number} for order in Order.objects.all()],
        "desk:order-recipient": [{"number": number}],
        "notes:note-pane": [{"number": number}],
        "notes:evidence": [{"number": order.number} for order in Order.objects.filter(note__isnull=False)],
        "notes:reply-edit": [{"pk": reply.pk} for reply in QuickReply.objects.all()],
        "notes:faq-edit": [{"pk": entry.pk} for entry in FaqEntry.objects.all()],
        "desk:order-reveal": [{"number": number}],
        "desk:order-act": [{"number": number, "act": act} for act in ORDER_ACTS],
        "desk:batch-detail": [{"pk": batch.pk}],
        "desk:batch-print": [{"pk": job.pk} for job in Job.objects.filter(kind="bulk_act", params__act="print")],
        "desk:export-row": [{"pk": job.pk} for job in Job.objects.filter(kind="order_export")],
        "desk:export-again": [{"pk": export.pk}],
        "desk:template-edit": [{"pk": ExportTemplate.objects.get().pk}],
        "fulfilment:waybill": [{"pk": waybill.pk} for waybill in Waybill.objects.all()],
        "fulfilment:waybill-batch": [{"pk": job.pk} for job in Job.objects.filter(kind="waybills")],
        "intake:product-template": [],
        "intake:product-file": [{"pk": file.pk} for file in ImportFile.objects.filter(format="products")],
        "fulfilment:sku": [{"pk": sku.pk} for sku in Sku.objects.all()],
        "fulfilment:sku-act": [{"pk": sku.pk, "act": act} for sku in Sku.objects.all()[:1] for act in STOCK_ACTS],
        "fulfilment:product": [{"pk": product.pk} for product in Product.objects.all()],
        "fulfilment:sku-new": [{"pk": product.pk} for product in Product.objects.all()[:1]],
        "fulfilment:sku-edit": [{"pk": sku.product_id, "sku_pk": sku.pk} for sku in Sku.objects.all()[:1]],
        "fulfilment:shortage": [{"pk": shortage.pk} for shortage in Shortage.objects.all()],
        "fulfilment:order-shortage": [],
        "gifts:gift-edit": [{"pk": rule.pk} for rule in GiftRule.objects.all()],
        "fulfilment:print-detail": [{"pk": job.pk} for job in Job.objects.filter(kind="print")],
        "fulfilment:print-pages": [{"pk": job.pk} for job in Job.objects.filter(kind="print")],
        "fulfilment:print-file": [],
        "fulfilment:parcel-trace": [{"number": parcel.order.number} for parcel in Shipment.objects.all()],
        "fulfilment:order-messages": [{"number": number}],
        "fulfilment:message-new": [{"number": number}],
        "fulfilment:order-invoice": [{"number": one.order.number} for one in InvoiceRequest.objects.all()],
        "fulfilment:invoice-new": [{"number": number}],
        "fulfilment:invoice-act": [
            {"pk": one.pk, "act": act} for one in InvoiceRequest.objects.all() for act in INVOICE_ACTS
        ],
        "fulfilment:anomaly-case": [{"pk": pk} for pk in Anomaly.objects.values_list("pk", flat=True)],
        "refunds:order-refunds": [{"number": one.number} for one in Order.objects.filter(refunds__isnull=False)],
        "refunds:refund-new": [{"number": number}],
        "refunds:refund-detail": [{"number": one.number} for one in Refund.objects.all()],
        "refunds:refund-part": [
            {"number": one.number, "part": part} for one in Refund.objects.all() for part in CASE_PARTS
        ],
        "refunds:refund-act": [{"number": one.number, "act": act} for one in Refund.objects.all() for act in CASE_ACTS],
        "registers:complaint-detail": [{"pk": pk} for pk in Complaint.objects.values_list("pk", flat=True)],
        "registers:violation-detail": [{"pk": pk} for pk in Violation.objects.values_list("pk", flat=True)],
        "returns:parcel": [{"number": one.number} for one in Refund.objects.all()],
        "returns:address": [{"pk": one.pk} for one in ReturnAddress.objects.all()],
        "topic_settings:topic-edit": [{"pk": topic.pk} for topic in Topic.objects.all()],
        "analytics:product": [{"pk": mention.title_id} for mention in TopicMention.objects.all()[:1]],
        "analytics:product-quotes": [{"pk": mention.title_id} for mention in TopicMention.objects.all()[:1]],
        "reviews:review-detail": [{"pk": pk} for pk in Review.objects.values_list("pk", flat=True)],
        "reviews:order-reviews": [{"number": one.number} for one in Order.objects.filter(reviews__isnull=False)],
        "reviews:thanks": [{"pk": pk} for pk in thanks_jobs()],
        "refunds:import-detail": [{"pk": file.pk} for file in ImportFile.objects.filter(format="refunds")],
        "refunds:import-row": [{"pk": row.pk} for row in QuarantinedRow.objects.filter(file__format="refunds")],
        "reviews:import-detail": [{"pk": file.pk} for file in ImportFile.objects.filter(format="reviews")],
        "intake:trace-detail": [{"pk": file.pk} for file in ImportFile.objects.filter(format="traces")],
        "intake:import-detail": [
            {"pk": file.pk}
            for file in ImportFile.objects.exclude(format__in=["traces", "products", "reviews", "refunds"])
        ],
        "intake:import-progress": [
            {"pk": file.pk}
            for file in ImportFile.objects.exclude(format__in=["traces", "products", "reviews", "refunds"])
        ],
        "intake:row-edit": [{"pk": row.pk} for row in QuarantinedRow.objects.exclude(file__format="refunds")],
        "rules:rule-edit": [{"pk": rule.pk} for rule in AcceptanceRule.objects.all()],
        "common:staff-edit": [{"pk": member.pk}],
        "common:set-password": [{"uidb64": "Mg", "token": "a-b"}],
    }


MORE = (
    "/orders/?queue=all&sort=-paid&q=真丝&flag=1&amount_min=1&note=any&claimed_by=me&payment=alipay&province=广东",
    "/orders/?queue=pending_shipment&sub=held",
    "/orders/?queue=all&paid_from=昨天&amount_max=多&after=x",
    "/orders/?queue=all&product=没有",
    "/orders/notes/?tab=all&text=真丝&kind=gift&received_from=2026-05-01",
    "/orders/notes/?received_from=昨天&tab=x&kind=x&after=x",
    "/orders/notes/?tab=todo&after=x",
    "/orders/notes/?tab=handled",
    "/orders/notes/?tab=mine",
    "/orders/notes/topics/?days=90",
    "/orders/notes/faq/?state=draft",
    "/analytics/?days=90",
    "/analytics/?day_from=2026-07-01&day_to=2026-06-01",
    "/analytics/refunds/?days=90",
    "/analytics/refunds/?day_from=2025-01-01&day_to=2026-05-31",
    "/settings/rules/?try=1",
    "/aftersales/topics/?topic=small&verdict=rejected",
    "/aftersales/topics/?topic=9&day_from=昨天",
    "/analytics/topics/?weeks=4",
    "/analytics/products/?weeks=52&q=没有",
    "/orders/shift/?kind=remarked",
    "/orders/shift/?person=agent&day=昨天",
    *(f"/orders/shipping/?tab={tab}" for tab in ("number", "print", "scan", "shipped")),
    *(f"/orders/shipping/parcels/?tab={tab}" for tab in ("trouble", "signed", "all")),
    *(f"/orders/shortages/?tab={tab}" for tab in ("waiting", "settled", "closed")),
    *(f"/orders/stock/?tab={tab}" for tab in ("low", "missing", "uncounted")),
    *(f"/orders/invoices/?state={state}" for state in ("issued", "mailed", "void")),
    *(f"/settings/platform/outbox/?state={state}" for state in ("sent", "failed", "kept")),
    "/orders/shipping/anomalies/?tab=settled",
    "/orders/stock/?q=没有",
    "/orders/shipping/compare/?from=昨天",
    *(f"/aftersales/returns/?tab={tab}" for tab in ("expected", "inspected", "unseen")),
    "/aftersales/returns/?number=SF1",
    *(f"/aftersales/reviews/?tab={tab}" for tab in ("unreplied", "poor", "follow_up", "tasks", "all")),
    "/aftersales/reviews/?tab=all&stars=1&result=bad&q=真丝&product=没有&reviewed_from=昨天&after=x",
    "/aftersales/reviews/?tab=all&q=没有",
    *(f"/aftersales/refunds/?queue={tab}" for tab in TABS),
    "/aftersales/refunds/?queue=all&kind=exchange&reason_kind=size&product=没有&buyer=没有&q=没有&amount_min=1&after=x",
    "/aftersales/refunds/?kind=x&owner=没有&title=5&requested_from=昨天&amount_max=多",
    *(f"/aftersales/{register}/?tab={tab}" for register in ("complaints", "violations") for tab in ("mine", "settled")),
    "/nowhere/",
    "/orders/999/",
)


# forms that are sent wrongly filled
WRONG: tuple[tuple[str, dict[str, Any]], ...] = (
    ("/settings/", {"name": "", "promise_hours": "viel", "due_soon_hours": "-1", "job_file_days": "99999"}),
    ("/settings/staff/invite/", {"username": "", "email": "x", "roles": ["?"]}),
    ("/settings/tokens/", {"name": "", "scopes": ["?"], "days": "0"}),
    ("/settings/rules/new/", {"name": "", "action": "?", "row": RULE["row"]}),
    ("/settings/rules/new/", {**RULE, "do": "try"}),
    ("/settings/rules/new/", {**RULE, "do": "add", "field": "flag"}),
    ("/account/profile/", {"display_name": "张" * 99}),
    ("/account/password/", {"old_password": "x", "new_password1": "1", "new_password2": "2"}),
    ("/ops/jobs/backfill/", {"day_from": "x", "day_to": ""}),
    ("/orders/imports/", {}),
    ("/orders/ship/", {"text": ""}),
    ("/orders/ship/", {"text": "1 顺丰 SF1\n2"}),
    ("/orders/views/", {"name": ""}),
    ("/orders/shift/note/", {"text": "1" * 1001}),
    ("/orders/exports/new/", {"template": "?", "format": "?"}),
    ("/orders/exports/templates/new/", {"name": "", "grain": "?"}),
    ("/orders/notes/replies/new/", {"title": "", "text": "{what}"}),
    ("/orders/notes/bulk/", {"act": "?"}),
    ("/settings/replies/", {"title": "", "text": "{what}"}),
    ("/settings/replies/settings/", {"low_stars": "9", "task_hours": "x"}),
    ("/aftersales/reviews/bulk/", {"act": "?"}),
    ("/settings/topics/new/", {"name": "", "words": ""}),
    ("/settings/topics/new/", {"name": "1", "words": "*"}),
    ("/settings/topics/new/", {"name": "1", "words": "1", "act": "try"}),
    ("/settings/returns/", {"name": "", "phone": "x"}),
    ("/settings/aftersales/", {"decide_hours": "0", "approval_above": "-1", "special_words": "1" * 41}),
    ("/aftersales/complaints/new/", {"kind": "?", "order": "没有"}),
    ("/aftersales/violations/new/", {"kind": "?", "points": "-1"}),
    ("/aftersales/refunds/bulk/", {"act": "?"}),
    ("/login/", {"username": "", "password": ""}),
)


def names(patterns: list[URLPattern | URLResolver], space: str = "") -> Iterator[tuple[str, bool]]:
    """Walk the addresses of pages: name, and whether the address takes arguments."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from names(pattern.url_patterns, f"{space}{pattern.namespace}:" if pattern.namespace else space)
        elif pattern.name and not f"{space}{pattern.name}".startswith(UNSEEN):
            yield f"{space}{pattern.name}", bool(pattern.pattern.regex.groups)


def addresses(store: Store) -> list[str]:
    known, found = arguments(store), list(MORE)
    for name, takes_arguments in names(get_resolver().url_patterns):
        found += [reverse(name, kwargs=kwargs) for kwargs in (known.get(name, []) if takes_arguments else [{}])]
    return found


# What a page says


class Said(HTMLParser):
    """Collects the texts, spoken attributes and chart labels of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.inside: list[str] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag in SILENT:
            self.inside.append("data" if values.get("type") == "application/json" else tag)
        self.texts += [
            value for name, value in values.items() if name in SPOKEN or name.startswith(("data-t-", "data-key-label"))
        ]

    def handle_endtag(self, tag: str) -> None:
        if tag in SILENT:
            self.inside.pop()

    def handle_data(self, data: str) -> None:
        if not self.inside:
            self.texts.append(data)
        elif self.inside[-1] == "data":
            self.texts += [series["name"] for series in json.loads(data).get("series", [])]


def said(page: str) -> list[str]:
    parser = Said()
    parser.feed(page)
    return [text.strip() for text in parser.texts if text.strip()]


def english_words(text: str) -> list[str]:
    """Return the tokens of two letters or more that are no code, variable, file name, number or name of a key."""
    tokens = [token.strip("./:#-%+") for token in TOKEN.findall(re.sub(r"%\(\w+\)s|\{\w+\}", " ", text))]
    return [token for token in tokens if re.fullmatch(r"[A-Za-z_.-]{2,}", token) and token not in LATIN_IN_CHINESE]


def stored_chinese() -> list[str]:
    """Return all Chinese that is data, the longest first."""
    found = {*PROVINCES, *(courier.name for courier in COURIERS), *CHINESE_IN_ENGLISH}
    for model in apps.get_models():
        fields = [
            field.name
            for field in model._meta.concrete_fields
            if isinstance(field, models.CharField | models.TextField | models.JSONField | models.FileField)
        ]
        for row in model._default_manager.values_list(*fields) if fields else []:
            for value in row:
                found |= set(CJK.findall(json.dumps(value, ensure_ascii=False, default=str)))
    return sorted(found, key=len, reverse=True)


# The test


@pytest.fixture
def shop() -> Store:
    return make_store(code="example", name="示例旗舰店", flag_legend={"1": "加急"})


def open_pages(shop: Store, language: str) -> dict[str, str]:
    boss = make_user("boss", store=shop, roles=(Role.ADMIN,), display_name="张敏")
    make_user("agent", store=shop, roles=(Role.AGENT,), display_name="王芳")
    client = signed_in(boss)
    session = client.session
    session["language"] = language
    session.save()
    client.raise_request_exception = True
    with translation.override(language):
        fill(shop, boss, client)
        pages = {address: client.get(address) for address in addresses(shop)}
        pages |= {
            f"pane {address}": client.get(f"{address}?pane=1")
            for address in pages
            if re.fullmatch(r"/orders/\d+/", address)
        }
        pages |= {f"POST {place} {data}": client.post(place, data) for place, data in WRONG}
        pages["/login/"] = Client().get("/login/")
        pages["POST /login/"] = Client().post("/login/", {"username": "boss", "password": "wrong"})
    return {
        address: response.content.decode()
        for address, response in pages.items()
        if response.status_code in {200, 400, 403, 404, 409, 422} and "html" in response.headers["Content-Type"]
    }


def test_chinese_pages_hold_no_english(shop, settings):
    settings.LANGUAGE_CODE = "zh-hans"
    pages = open_pages(shop, "zh-hans")

    assert len(pages) > 60
    found = {
        f"{address}: {text[:120]} → {words}"
        for address, page in pages.items()
        for text in said(page)
        if (words := english_words(text))
    }
    assert not found, "\n".join(sorted(found))


def test_english_pages_hold_no_chinese_but_data(shop):
    pages = open_pages(shop, "en")

    data = re.compile("|".join(map(re.escape, stored_chinese())))
    found = {
        f"{address}: {text[:120]}"
        for address, page in pages.items()
        for text in said(page)
        if CJK.search(data.sub("", text))
    }
    assert not found, "\n".join(sorted(found))
