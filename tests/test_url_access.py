# ruff: noqa: E501 -- tables
"""Every address as every role, as a stranger of another store and as nobody; and with garbage in every parameter.

A URL without a row fails, and so does a row without a URL. The operations of the API are in tests/api/operations.py.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.conf import settings as project
from django.core.files.storage import FileSystemStorage, default_storage, storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from aftersales.refunds.files.quarantine import save_bad_rows as save_refund_rows
from aftersales.refunds.services.registers import open_complaint, open_violation
from aftersales.reviews.models import ReplyTemplate, Review
from aftersales.topics.models import ProductAction, Topic
from backoffice.common.access import Role
from backoffice.common.models import Job, Schedule, Store, User
from backoffice.common.services import add_attachment, create_token, password_link_token
from orders.core.models import Order, OrderEvent, OutboxMessage
from orders.core.services import claim_order, set_flag
from orders.desk.acts import ACTS
from orders.desk.models import ExportTemplate, SavedView
from orders.desk.services import Item, start_batch
from orders.fulfilment.models import (
    Anomaly,
    GiftRule,
    InvoiceRequest,
    LocalService,
    MergeRefusal,
    MessageTemplate,
    Product,
    Shipment,
    Shortage,
    Sku,
    Waybill,
)
from orders.intake.formats import RowError
from orders.intake.formats.errors import REASONS
from orders.intake.models import ImportFile, QuarantinedRow
from orders.intake.quarantine import save_bad_rows
from orders.intake.queries import PRODUCTS, REFUNDS, REVIEWS
from orders.notes.services import draft_faq, record_note, save_reply
from orders.rules.services import RuleValues, save_rule
from tests.conftest import signed_in
from tests.factories import NOON, make_job, make_order, make_recipient, make_store, make_title, make_user
from tests.intake.files import T3, order_row
from tests.refunds.cases import make_case
from tests.refunds.goods import make_address, make_arrived

ROLES = {"A": Role.AGENT, "W": Role.WAREHOUSE, "F": Role.FINANCE, "M": Role.MANAGER, "O": Role.OPS, "D": Role.ADMIN}
ANYBODY, SIGNED_IN, MEMBERS = "anybody", "signed in", "AWFMOD"
VIEW, WORK, REMARK, SHIP, REVEAL, CLOSE = "AWFMD", "AMD", "AWMD", "WMD", "AWMD", "MD"
CASES = "AFMD"  # who decides on them
WORKING = "AWMD"  # on orders or parcels
EXPORT, IMPORT, FIGURES, SEE_JOBS, RUN_JOBS, MANAGE = "FMD", "MOD", "FMOD", "MOD", "OD", "MD"


@dataclass
class World:
    """Two stores; everything stands in the first."""

    store: Store
    other: Store
    order: Order = field(init=False)

    def __post_init__(self) -> None:
        self.order = make_order(store=self.store, number="A1001")
        make_recipient(order=self.order)
        record_note(order=self.order, text="in red", at=NOON)
        colleague = make_user("colleague", store=self.store, roles=(Role.AGENT,))
        claim_order(store=self.store, order_id=self.order.pk, actor=colleague, at=timezone.now())
        self.order.refresh_from_db()

    def member(self, _owner: User) -> list[Any]:
        return [make_user(store=self.store, roles=(Role.AGENT,)).memberships.get().pk]

    def number(self, _owner: User) -> list[Any]:
        return [self.order.number]

    def export(self, owner: User) -> list[Any]:
        return [
            make_job(
                store=self.store,
                requested_by=owner,
                params={"template": "full", "format": "xlsx", "filter_text": "", "clear": False},
            ).pk
        ]

    def papers(self, owner: User) -> list[Any]:
        member = owner.memberships.filter(store=self.store).first()
        paper = "packing_slip" if member and "ship" in member.rights else "invoice_sheet"
        params = {"paper": paper, "ids": [self.order.pk], "sort": "ship_by", "again": ""}
        return [make_job(store=self.store, kind="print", requested_by=owner, params=params).pk]

    def sku(self, _owner: User) -> list[Any]:
        product = Product.objects.get_or_create(store=self.store, code="P", defaults={"title": "x"})[0]
        return [Sku.objects.get_or_create(store=self.store, code="S", defaults={"product": product})[0].pk]

    def product(self, owner: User) -> list[Any]:
        return [Sku.objects.get(pk=self.sku(owner)[0]).product_id]

    def product_sheet(self, owner: User) -> list[Any]:
        values = {"store": self.store, "name": "x.csv", "size": 1, "uploaded_by": owner, "uploaded_at": NOON}
        return [ImportFile.objects.create(**values, format=PRODUCTS).pk]

    def product_sku(self, owner: User) -> list[Any]:
        return [*self.product(owner), *self.sku(owner)]

    def line(self, _owner: User) -> list[Any]:
        return [self.order.lines.order_by("pk")[0].pk]

    def returned(self, _owner: User) -> list[Any]:
        return [make_arrived(order=self.order).number]

    def aftersale(self, _owner: User) -> list[Any]:
        return [make_case(order=self.order).number]

    def complaint(self, owner: User) -> list[Any]:
        known = {"store": self.store, "actor": owner, "at": NOON}
        return [open_complaint(**known, kind="other", text="x").pk]

    def violation(self, owner: User) -> list[Any]:
        known = {"store": self.store, "actor": owner, "at": NOON}
        return [open_violation(**known, kind="other", text="x", happened_on=NOON.date()).pk]

    def return_address(self, _owner: User) -> list[Any]:
        return [make_address(self.store).pk]

    def shortage(self, owner: User) -> list[Any]:
        line = self.order.lines.order_by("pk")[0]
        values = {"order": self.order, "sku_id": self.sku(owner)[0], "quantity": 1, "opened_at": NOON}
        return [Shortage.objects.get_or_create(store=self.store, line=line, closed_at=None, defaults=values)[0].pk]

    def short_number(self, owner: User) -> list[Any]:
        self.shortage(owner)
        return [self.order.number]

    def gift_rule(self, owner: User) -> list[Any]:
        values = {"gift_id": self.sku(owner)[0], "starts_at": NOON, "created_at": NOON, "updated_at": NOON}
        return [
            GiftRule.objects.get_or_create(store=self.store, name="x", defaults=values | {"is_active": False})[0].pk
        ]

    def parcel(self, owner: User) -> list[Any]:
        waybill = Waybill.objects.create(store=self.store, created_by=owner, created_at=NOON)
        waybill.lines.create(order=self.order, line=self.order.lines.get(), quantity=1)
        return [waybill.pk]

    def parcel_batch(self, owner: User) -> list[Any]:
        params = {"act": "make", "ids": [], "values": {}, "count": 0}
        return [make_job(store=self.store, kind="waybills", requested_by=owner, params=params).pk]

    def refused_merge(self, owner: User) -> list[Any]:
        values = {"recipient_key": "k", "refused_by": owner, "refused_at": NOON}
        return [MergeRefusal.objects.create(store=self.store, **values).pk]

    def case(self, _owner: User) -> list[Any]:
        shipped = {"store": self.store, "order": self.order, "shipped_at": NOON, "source": "staff"}
        parcel, _is_new = Shipment.objects.get_or_create(**shipped, tracking_number="SF1", courier="SF")
        values = {"store": self.store, "order": self.order, "opened_at": NOON}
        case, _is_new = Anomaly.objects.get_or_create(shipment=parcel, kind="silent", defaults=values)
        return [case.pk]

    def invoice_act(self, owner: User) -> list[Any]:
        values = {"title": "x", "amount": 1, "due_at": NOON, "requested_at": NOON, "source": "staff"}
        made, _is_new = InvoiceRequest.objects.get_or_create(store=self.store, order=self.order, defaults=values)
        return [made.pk, "issue"]

    def message_text(self, _owner: User) -> list[Any]:
        values = {"purpose": "shipped", "text": "x", "updated_at": NOON}
        return [MessageTemplate.objects.get_or_create(store=self.store, name="x", defaults=values)[0].pk]

    def local_service(self, _owner: User) -> list[Any]:
        values = {"places": ["广东"], "updated_at": NOON}
        return [LocalService.objects.get_or_create(store=self.store, name="x", defaults=values)[0].pk]

    def review(self, _owner: User) -> list[Any]:
        values = {"order": self.order, "reviewed_at": NOON, "snapshot_at": NOON, "created_at": NOON, "updated_at": NOON}
        return [Review.objects.get_or_create(store=self.store, key="r1", defaults=values)[0].pk]

    def review_text(self, _owner: User) -> list[Any]:
        values = {"text": "x", "updated_at": NOON}
        return [ReplyTemplate.objects.get_or_create(store=self.store, title="x", defaults=values)[0].pk]

    def thanks(self, owner: User) -> list[Any]:
        params = {"ids": [], "title": "x", "text": "x", "template": 1}
        return [make_job(store=self.store, kind="review_thanks", requested_by=owner, params=params).pk]

    def review_sheet(self, owner: User) -> list[Any]:
        values = {"name": "x.csv", "sha256": "", "size": 1, "format": REVIEWS, "file": "gone"}
        return [ImportFile.objects.create(store=self.store, uploaded_by=owner, uploaded_at=NOON, **values).pk]

    def refund_sheet(self, owner: User) -> list[Any]:
        values = {"name": "x.csv", "sha256": "", "size": 1, "format": REFUNDS, "file": "gone"}
        return [ImportFile.objects.create(store=self.store, uploaded_by=owner, uploaded_at=NOON, **values).pk]

    def refund_row(self, owner: User) -> list[Any]:
        file = ImportFile.objects.get(pk=self.refund_sheet(owner)[0])
        save_refund_rows(file, ("退款编号", "订单编号"), [(2, ["", ""], "x")])
        return [QuarantinedRow.objects.get(file=file).pk]

    def title(self, _owner: User) -> list[Any]:
        return [make_title(store=self.store).pk]

    def topic(self, _owner: User) -> list[Any]:
        values = {"name": "x", "words": ["x"], "updated_at": NOON}
        return [Topic.objects.get_or_create(store=self.store, code="x", defaults=values)[0].pk]

    def done(self, owner: User) -> list[Any]:
        values = {"title": make_title(store=self.store), "day": NOON.date(), "text": "x", "actor": owner, "at": NOON}
        return [ProductAction.objects.create(store=self.store, **values).pk]

    def case_act(self, owner: User) -> list[Any]:
        return [*self.case(owner), "settle"]

    def traces(self, owner: User) -> list[Any]:
        values = {"name": "traces.csv", "sha256": "", "size": 1, "format": "traces", "file": "gone"}
        return [ImportFile.objects.create(store=self.store, uploaded_by=owner, uploaded_at=NOON, **values).pk]

    def batch(self, owner: User) -> list[Any]:
        item = Item(self.order.pk, self.order.number)
        return [
            start_batch(
                store=self.store, act=ACTS["remark"], items=[item], values={"text": "x"}, actor=owner, at=timezone.now()
            ).pk
        ]

    def slips(self, owner: User) -> list[Any]:
        item, at = Item(self.order.pk, self.order.number), timezone.now()
        return [start_batch(store=self.store, act=ACTS["print"], items=[item], values={}, actor=owner, at=at).pk]

    def token(self, owner: User) -> list[Any]:
        at, member = (
            timezone.now(),
            owner if owner.memberships.filter(store=self.store).exists() else make_user(store=self.store),
        )
        return [create_token(store=self.store, owner=member, scopes=["orders:read"], days=1, actor=member, at=at)[0].pk]

    def view(self, owner: User) -> list[Any]:
        return [
            SavedView.objects.create(store=self.store, owner=owner, name="late", query="flag=1", created_at=NOON).pk
        ]

    def template(self, owner: User) -> list[Any]:
        values = {"grain": "order", "columns": ["number"], "created_by": owner, "created_at": NOON}
        return [ExportTemplate.objects.create(store=self.store, name="mine", **values).pk]

    def file(self, owner: User) -> list[Any]:
        values = {"sha256": "", "size": 1, "uploaded_by": owner, "uploaded_at": NOON, "format": "order_list"}
        return [ImportFile.objects.create(store=self.store, name="orders.csv", **values).pk]

    def row(self, owner: User) -> list[Any]:
        file = ImportFile.objects.get(pk=self.file(owner)[0])
        cells = [order_row("1002", 总金额="-5").get(name, "") for name in T3]
        save_bad_rows(file, T3, [(2, cells, RowError(2, next(iter(REASONS)), "总金额"))], counts={})
        return [QuarantinedRow.objects.get(file=file).pk]

    def attachment(self, owner: User) -> list[Any]:
        picture = SimpleUploadedFile("chat.png", b"\x89PNG\r\n\x1a\n and pixels")
        return [add_attachment(store=self.store, upload=picture, actor=owner, at=NOON).pk]

    def rule(self, owner: User) -> list[Any]:
        values = RuleValues(name="big", action="leave")
        return [save_rule(store=self.store, values=values, actor=owner, at=NOON).pk]

    def reply(self, owner: User) -> list[Any]:
        return [save_reply(store=self.store, title="hi", text="{buyer}", actor=owner, at=NOON).pk]

    def question(self, owner: User) -> list[Any]:
        wish = {"product": "silk", "kind": "gift", "wanted": "card"}
        return [draft_faq(store=self.store, actor=owner, at=NOON, **wish).pk]

    def event(self, owner: User) -> list[Any]:
        set_flag(store=self.store, order_id=self.order.pk, flag=3, actor=owner, at=timezone.now())
        return [OrderEvent.objects.filter(order=self.order).latest("pk").pk]

    def message(self, owner: User) -> list[Any]:
        message = OutboxMessage.objects.get(event=self.event(owner)[0])
        OutboxMessage.objects.filter(pk=message.pk).update(state="failed")
        return [message.pk]

    def schedule(self, _owner: User) -> list[Any]:
        return [Schedule.objects.order_by("pk").first().pk]

    def invitation(self, owner: User) -> list[Any]:
        return list(password_link_token(owner))


Args = Callable[[World, User], list[Any]]


@dataclass(frozen=True)
class Row:
    """Who may: letters of roles. `ok`: what they get. With `args` a stranger of another store gets 404."""

    name: str
    who: str
    args: Args | None = None
    post: dict[str, Any] | None = None
    ok: tuple[int, ...] = (200,)
    act: str = ""  # further argument
    is_shared: bool = False  # belongs to no store
    gets: bool = False  # a POST address that answers a GET as well

    def __str__(self) -> str:
        return f"{'GET' if self.post is None else 'POST'} {self.name} {self.act}".strip()

    def url(self, world: World, owner: User) -> str:
        return reverse(self.name, args=[*(self.args(world, owner) if self.args else []), *filter(None, [self.act])])

    def call(self, client: Client, url: str) -> Any:
        return client.get(url) if self.post is None else client.post(url, self.post)


W, GO = World, (302,)
_SHIP = {"courier": "SF", "tracking_number": "SF1234567890123"}
_INVITE = {"username": "newbie", "display_name": "New", "roles": ["agent"]}
ROWS = [
    # People
    Row("common:home", MEMBERS), Row("common:home-jobs", SEE_JOBS), Row("common:livez", ANYBODY), Row("common:readyz", ANYBODY),
    Row("common:login", ANYBODY, ok=(200, 302)), Row("common:login", ANYBODY, post={}, ok=(200, 302, 422), gets=True),
    Row("common:set-password", ANYBODY, W.invitation, ok=GO, is_shared=True), Row("common:second-factor", SIGNED_IN),
    Row("common:logout", SIGNED_IN, post={}, ok=GO), Row("common:account", SIGNED_IN),
    Row("common:profile", SIGNED_IN, post={"display_name": "A"}, ok=GO), Row("common:password", SIGNED_IN, post={}, ok=(422,)),
    Row("common:preferences", SIGNED_IN, post={"theme": "dark"}, ok=GO),
    Row("common:settings", MANAGE), Row("common:settings", MANAGE, post={}, ok=(422,), gets=True),
    Row("common:staff-list", MANAGE), Row("common:staff-invite", MANAGE, post=_INVITE),
    Row("common:staff-edit", MANAGE, W.member), Row("common:staff-edit", MANAGE, W.member, {"roles": ["warehouse"]}, GO, gets=True),
    Row("common:staff-access", MANAGE, W.member, {"active": "0"}, GO), Row("common:staff-link", MANAGE, W.member, {}),
    Row("common:token-list", MEMBERS), Row("common:token-list", MEMBERS, post={"scopes": ["orders:read"], "days": "30", "name": "x"}, gets=True),
    Row("common:token-revoke", MEMBERS, W.token, {}, GO), Row("common:audit-list", MANAGE),
    Row("common:alerts", MEMBERS), Row("common:alert-list", MEMBERS),
    Row("common:alert-settings", MEMBERS, post={"told": ["new_orders"]}, ok=GO),
    Row("common:attachment", VIEW, W.attachment),
    # Rules
    Row("rules:rule-list", MANAGE), Row("rules:rule-new", MANAGE), Row("rules:rule-new", MANAGE, post={}, ok=(422,), gets=True),
    Row("rules:rule-edit", MANAGE, W.rule), Row("rules:rule-edit", MANAGE, W.rule, {"name": "x", "action": "accept"}, GO, gets=True),
    Row("rules:rule-move", MANAGE, W.rule, {"up": "1"}, GO), Row("rules:rule-switch", MANAGE, W.rule, {"active": "0"}, GO),
    Row("rules:rule-duplicate", MANAGE, W.rule, {}, GO), Row("rules:rule-delete", MANAGE, W.rule, {}, GO),
    Row("rules:automation-list", MANAGE), Row("rules:accept-on-payment", MANAGE, post={"active": "1"}, ok=GO),
    # The platform
    Row("platforms:connection", MANAGE), Row("platforms:connection", MANAGE, post={}, ok=(422,), gets=True),
    Row("platforms:switch", MANAGE, post={"active": "0"}, ok=GO), Row("platforms:test", MANAGE, post={}, ok=GO),
    Row("platforms:pull", MANAGE, post={}, ok=GO), Row("platforms:outbox", MANAGE),
    Row("platforms:outbox-retry-all", MANAGE, post={}, ok=GO), Row("platforms:outbox-retry", MANAGE, W.message, {}, GO),
    # Jobs
    Row("common:job-drawer", MEMBERS), Row("common:job-cancel", MEMBERS, W.export, {}, GO),
    Row("common:job-retry", MEMBERS, W.export, {}, GO), Row("common:job-list", SEE_JOBS),
    Row("common:backfill", RUN_JOBS, post={"date_from": "2026-05-01", "date_to": "2026-05-02"}, ok=GO),
    Row("common:schedule-run", RUN_JOBS, W.schedule, {}, GO, is_shared=True),
    Row("common:schedule-switch", RUN_JOBS, W.schedule, {"enabled": "1"}, GO, is_shared=True),
    # Imports
    Row("intake:import-list", IMPORT), Row("intake:import-list", IMPORT, post={}, ok=(422,), gets=True),
    Row("intake:quarantine", IMPORT), Row("intake:row-edit", IMPORT, W.row),
    Row("intake:row-edit", IMPORT, W.row, {"cell_0": "1"}, (200, 302, 422), gets=True), Row("intake:row-drop", IMPORT, W.row, {}, GO),
    Row("intake:import-detail", IMPORT, W.file), Row("intake:import-progress", IMPORT, W.file),
    Row("intake:import-start", IMPORT, W.file, {}, GO), Row("intake:import-discard", IMPORT, W.file, {}, GO),
    Row("intake:import-retry", IMPORT, W.file, {}, GO),
    # The queue
    Row("desk:order-list", VIEW), Row("desk:home-panel", VIEW), Row("desk:exception-list", VIEW), Row("desk:nav-counts", MEMBERS), Row("desk:order-subqueues", VIEW),
    Row("desk:order-columns", VIEW, post={"columns": ["number"]}, ok=(200, 302)),
    Row("desk:view-list", VIEW, post={"name": "x", "query": "flag=1"}, ok=(200, 302), gets=True),
    Row("desk:view-delete", VIEW, W.view, {}, GO), Row("desk:order-bulk", "AWMD", post={}, ok=GO),
    Row("desk:workload", WORKING), Row("desk:workload-claims", MANAGE, post={"act": "take"}, ok=(404,)),
    Row("desk:shift", WORKING), Row("desk:shift-note", WORKING, post={"text": "x"}, ok=GO), Row("desk:act-undo", WORKING, W.event, {}, GO),
    Row("desk:claim-next", WORK, post={}, ok=GO), Row("desk:order-ship", SHIP), Row("desk:order-ship", SHIP, post={}, ok=(422,), gets=True),
    Row("desk:batch-print", SHIP, W.slips, ok=GO),
    Row("desk:batch-detail", "AWMD", W.batch), Row("desk:batch-csv", "AWMD", W.batch),
    Row("desk:batch-undo", "AWMD", W.batch, {}, GO), Row("desk:batch-retry", "AWMD", W.batch, {}, GO),
    Row("desk:order-tracking-check", SHIP),
    # One order
    Row("desk:order-detail", VIEW, W.number), Row("desk:order-recipient", VIEW, W.number, ok=GO),
    Row("desk:order-note", VIEW, W.number, ok=GO),
    Row("desk:order-reveal", REVEAL, W.number), Row("desk:order-reveal", REVEAL, W.number, {"reason": "call"}, gets=True),
    Row("desk:order-undo", "AWMD", W.number, {}, GO, is_shared=True),  # without a token no order is looked at
    Row("desk:order-act", WORK, W.number, {"flag": "2"}, GO, "flag"), Row("desk:order-act", WORK, W.number, None, (200,), "hold"),
    Row("desk:order-act", SHIP, W.number, _SHIP, (302, 409, 422), "ship", gets=True),
    Row("desk:order-act", REMARK, W.number, {"text": "x"}, GO, "remark", gets=True),
    Row("desk:order-act", CLOSE, W.number, {"reason": "why"}, (302, 409, 422), "close", gets=True),
    Row("desk:order-act", MANAGE, W.number, {}, GO, "take_over"),
    Row("desk:order-act", CLOSE, W.number, None, (200,), "extend"), Row("desk:order-act", WORK, W.number, None, (200,), "confirm_note"),
    Row("desk:order-act", WORK, W.number, {"channel": "chat", "text": "x"}, GO, "contact", gets=True),
    Row("desk:order-act", "AWMD", W.number, {"item": "1"}, (302, 422), "finish_wish"),
    Row("desk:order-act", "MD", W.number, {"reason": "late"}, GO, "override_note", gets=True),
    # Notes
    Row("notes:note-list", VIEW), Row("notes:note-bulk", WORK, post={"act": "take"}, ok=GO), Row("notes:take-next", WORK, post={}, ok=GO),
    Row("notes:note-pane", VIEW, W.number, ok=GO), Row("notes:evidence", VIEW, W.number), Row("notes:topic-list", VIEW),
    Row("notes:reply-list", VIEW), Row("notes:reply-new", WORK), Row("notes:reply-new", WORK, post={"title": "x", "text": "y"}, ok=GO, gets=True),
    Row("notes:reply-edit", WORK, W.reply), Row("notes:reply-edit", WORK, W.reply, {"title": "x", "text": "y"}, GO, gets=True),
    Row("notes:reply-delete", WORK, W.reply, {}, GO), Row("notes:reply-preview", WORK, post={"text": "{buyer}"}, ok=GO),
    Row("notes:faq-list", VIEW), Row("notes:faq-draft", WORK, post={"product": "silk", "kind": "gift", "wanted": "card"}, ok=GO),
    Row("notes:faq-edit", WORK, W.question), Row("notes:faq-edit", WORK, W.question, {"question": "x"}, GO, gets=True),
    Row("notes:faq-delete", WORK, W.question, {}, GO),
    # Exports
    Row("desk:export-list", EXPORT), Row("desk:export-choose", EXPORT, post={"_all": "1"}),
    Row("desk:export-create", EXPORT, post={"template": "full", "file_format": "csv"}, ok=(302, 422)),
    Row("desk:export-row", EXPORT, W.export), Row("desk:export-file", EXPORT, W.export, ok=(410,)),
    Row("desk:export-again", EXPORT, W.export, {}, GO), Row("desk:export-cancel", EXPORT, W.export, {}, GO),
    Row("desk:template-list", EXPORT), Row("desk:template-new", EXPORT), Row("desk:template-edit", EXPORT, W.template),
    Row("desk:template-edit", EXPORT, W.template, {"name": "x"}, (302, 422), gets=True),
    Row("desk:template-delete", EXPORT, W.template, {}, GO),
    # Shipping
    Row("fulfilment:shipping-desk", SHIP), Row("fulfilment:shipping-bulk", SHIP, post={"act": "make"}, ok=GO),
    Row("fulfilment:waybill-batch", SHIP, W.parcel_batch), Row("fulfilment:scan", SHIP), Row("fulfilment:scan", SHIP, post={"text": "1"}, gets=True),
    Row("fulfilment:waybill", SHIP, W.parcel), Row("fulfilment:waybill", SHIP, W.parcel, {"act": "void", "reason": "torn"}, GO, gets=True),
    Row("fulfilment:merge-list", SHIP), Row("fulfilment:merge-count", SHIP), Row("fulfilment:merge-act", SHIP, post={"act": "merge"}, ok=GO),
    Row("fulfilment:merge-again", SHIP, W.refused_merge, {}, GO),
    Row("fulfilment:courier-list", MANAGE), Row("fulfilment:courier-list", MANAGE, post={"courier": "SF", "warn_below": "5"}, ok=GO, gets=True),
    Row("fulfilment:pool-fill", MANAGE, post={}, ok=(422,)),
    Row("fulfilment:courier-prices", MANAGE, post={}, ok=(422,)),
    Row("fulfilment:parcel-list", VIEW), Row("fulfilment:parcel-trace", VIEW, W.number), Row("fulfilment:courier-compare", VIEW),
    Row("fulfilment:anomaly-list", VIEW), Row("fulfilment:anomaly-bulk", WORKING, post={"act": "take"}, ok=GO),
    Row("fulfilment:anomaly-case", VIEW, W.case), Row("fulfilment:anomaly-act", WORKING, W.case_act, {"outcome": "found"}, (*GO, 409)),
    Row("intake:trace-list", IMPORT), Row("intake:trace-list", IMPORT, post={}, ok=(422,), gets=True),
    Row("intake:trace-detail", IMPORT, W.traces), Row("intake:trace-start", IMPORT, W.traces, {}, GO),
    # Stock
    Row("fulfilment:stock-list", SHIP), Row("fulfilment:stock-count", SHIP), Row("fulfilment:stock-count", SHIP, post={"text": "A"}, gets=True),
    Row("fulfilment:sku", SHIP, W.sku), Row("fulfilment:sku-act", SHIP, W.sku, None, (200,), "receive"),
    Row("fulfilment:sku-act", SHIP, W.sku, {"quantity": "3"}, GO, "count", gets=True),
    Row("fulfilment:product-list", SHIP), Row("fulfilment:product-new", SHIP), Row("fulfilment:product", SHIP, W.product),
    Row("fulfilment:product-new", SHIP, post={"code": "N", "title": "x"}, ok=GO, gets=True),
    Row("fulfilment:product", SHIP, W.product, {"code": "N", "title": "x"}, GO, gets=True),
    Row("fulfilment:sku-new", SHIP, W.product), Row("fulfilment:sku-new", SHIP, W.product, {"code": "N", "safety_stock": "0"}, GO, gets=True),
    Row("fulfilment:sku-edit", SHIP, W.product_sku), Row("fulfilment:sku-edit", SHIP, W.product_sku, {"code": "N", "safety_stock": "0"}, GO, gets=True),
    Row("intake:product-file-list", SHIP), Row("intake:product-template", SHIP), Row("intake:product-file", SHIP, W.product_sheet),
    Row("intake:product-file-start", SHIP, W.product_sheet, {}, GO),
    Row("fulfilment:line-check", SHIP, W.line, {}, GO, "spec"),
    Row("fulfilment:shortage-list", WORK), Row("fulfilment:shortage-bulk", WORK, post={"act": "wait"}, ok=GO),
    Row("fulfilment:shortage", WORK, W.shortage), Row("fulfilment:order-shortage", WORK, W.short_number, ok=GO),
    Row("fulfilment:shortage-act", WORK, W.shortage, {"answer": "will wait"}, GO, "wait"),
    Row("gifts:gift-list", MANAGE), Row("gifts:gift-new", MANAGE), Row("gifts:gift-new", MANAGE, post={}, ok=(422,), gets=True),
    Row("gifts:gift-edit", MANAGE, W.gift_rule), Row("gifts:gift-edit", MANAGE, W.gift_rule, {}, (422,), gets=True),
    Row("gifts:gift-switch", MANAGE, W.gift_rule, {"active": "1"}, GO), Row("gifts:gift-delete", MANAGE, W.gift_rule, {}, GO),
    # Papers: which of them is for whom, says orders.fulfilment.papers.batches
    Row("fulfilment:invoice-list", VIEW), Row("fulfilment:order-invoice", VIEW, W.number, ok=GO),
    Row("fulfilment:invoice-act", "AFMD", W.invoice_act), Row("fulfilment:invoice-act", "AFMD", W.invoice_act, {}, (422,), gets=True),
    Row("fulfilment:invoice-new", WORK, W.number), Row("fulfilment:invoice-new", WORK, W.number, {}, (422,), gets=True),
    Row("fulfilment:message-list", VIEW), Row("fulfilment:order-messages", VIEW, W.number), Row("fulfilment:greetings", MANAGE),
    Row("fulfilment:greetings", MANAGE, post={}, ok=(422,), gets=True), Row("fulfilment:message-new", WORK, W.number),
    Row("fulfilment:message-new", WORK, W.number, {}, (422,), gets=True), Row("fulfilment:consent", WORK, W.number, {"given": "0"}, GO),
    Row("contacting:message-settings", MANAGE), Row("contacting:message-settings", MANAGE, post={}, ok=(422,), gets=True),
    Row("contacting:messages-switch", MANAGE, post={}, ok=GO), Row("contacting:message-template-delete", MANAGE, W.message_text, {}, GO),
    Row("contacting:service-settings", MANAGE), Row("contacting:service-settings", MANAGE, post={}, ok=(422,), gets=True),
    Row("contacting:service-delete", MANAGE, W.local_service, {}, GO),
    Row("fulfilment:print-list", VIEW), Row("fulfilment:print-create", VIEW, post={}, ok=GO),
    Row("fulfilment:print-detail", VIEW, W.papers), Row("fulfilment:print-file", VIEW, W.papers, ok=GO),
    Row("fulfilment:print-pages", VIEW, W.papers), Row("fulfilment:print-retry", VIEW, W.papers, {}, GO),
    # Reviews
    Row("reviews:review-list", VIEW), Row("reviews:home-panel", WORK), Row("reviews:order-reviews", VIEW, W.number),
    Row("reviews:review-detail", VIEW, W.review), Row("reviews:review-reply", WORK, W.review, {}, (409,)),
    Row("reviews:reply-preview", WORK, W.review, {"text": "x"}), Row("reviews:review-task", WORK, W.review, {}, GO, "open"),
    Row("reviews:review-bulk", WORK, post={}, ok=GO), Row("reviews:thanks-start", WORK, post={}, ok=GO), Row("reviews:thanks", WORK, W.thanks),
    Row("reviews:import-list", IMPORT), Row("reviews:import-list", IMPORT, post={}, ok=(422,), gets=True),
    Row("reviews:import-template", IMPORT), Row("reviews:import-detail", IMPORT, W.review_sheet),
    Row("reviews:import-start", IMPORT, W.review_sheet, {}, GO),
    Row("review_settings:replies", MANAGE), Row("review_settings:replies", MANAGE, post={}, ok=(422,), gets=True),
    Row("review_settings:save", MANAGE, post={}, ok=(422,)), Row("review_settings:template-delete", MANAGE, W.review_text, {}, GO),
    # Cases, complaints, violations
    Row("refunds:refund-list", VIEW), Row("refunds:refund-bulk", VIEW, post={"act": "take"}, ok=GO), Row("refunds:home-panel", VIEW),
    Row("refunds:subtabs", VIEW), Row("refunds:take-next", VIEW, post={}, ok=GO), Row("refunds:order-refunds", VIEW, W.number),
    Row("refunds:refund-new", CASES, W.number), Row("refunds:refund-new", CASES, W.number, {}, (422,), gets=True),
    Row("refunds:refund-detail", VIEW, W.aftersale), Row("refunds:refund-act", CASES, W.aftersale, None, (200,), "agree"),
    Row("refunds:refund-part", VIEW, W.aftersale, None, (200,), "history"), Row("refunds:refund-part", VIEW, W.aftersale, None, (200,), "buyer"),
    Row("refunds:refund-act", CASES, W.aftersale, {}, (422,), "refuse", gets=True),
    Row("refunds:refund-act", "FMD", W.aftersale, {}, (302, 409), "approve", gets=True),
    Row("refunds:refund-act", VIEW, W.aftersale, {"remark": "x"}, GO, "remark", gets=True),
    Row("refunds:refund-act", VIEW, W.aftersale, {}, GO, "take"),
    Row("refunds:refund-act", CASES, W.aftersale, {}, (422,), "receive", gets=True),
    Row("registers:complaint-list", VIEW), Row("registers:complaint-new", CASES), Row("registers:complaint-detail", VIEW, W.complaint),
    Row("registers:complaint-new", CASES, post={}, ok=(422,), gets=True),
    Row("registers:complaint-detail", CASES, W.complaint, {"act": "own"}, GO, gets=True),
    Row("registers:violation-list", VIEW), Row("registers:violation-new", CASES), Row("registers:violation-detail", VIEW, W.violation),
    Row("registers:violation-new", CASES, post={}, ok=(422,), gets=True),
    Row("registers:violation-detail", CASES, W.violation, {"act": "settle"}, (422,), gets=True),
    Row("aftersales_settings:policy", MANAGE), Row("aftersales_settings:policy", MANAGE, post={}, ok=(422,), gets=True),
    # Cases from files
    Row("refunds:import-list", IMPORT), Row("refunds:import-list", IMPORT, post={}, ok=(422,), gets=True),
    Row("refunds:import-detail", IMPORT, W.refund_sheet), Row("refunds:import-start", IMPORT, W.refund_sheet, {}, GO),
    Row("refunds:import-retry", IMPORT, W.refund_sheet, {}, GO), Row("refunds:import-problems", IMPORT, W.refund_sheet),
    Row("refunds:import-row", IMPORT, W.refund_row), Row("refunds:import-row", IMPORT, W.refund_row, {}, (422,), gets=True),
    Row("refunds:import-row-drop", IMPORT, W.refund_row, {}, GO), Row("refunds:import-waiting-retry", IMPORT, post={}, ok=GO),
    # Returned goods
    Row("returns:receiving", VIEW), Row("returns:parcel", VIEW, W.returned), Row("returns:parcel", VIEW, W.returned, {}, (422,), gets=True),
    Row("returns:address", "AFMD", W.return_address),
    Row("return_settings:addresses", MANAGE), Row("return_settings:addresses", MANAGE, post={}, ok=(422,), gets=True),
    # Figures
    Row("analytics:sales", FIGURES), Row("analytics:home-panel", FIGURES), Row("analytics:refunds", FIGURES),
    Row("analytics:topics", FIGURES), Row("analytics:products", FIGURES), Row("analytics:product", FIGURES, W.title),
    Row("analytics:refund-steps", FIGURES), Row("analytics:refund-people", FIGURES), Row("analytics:refund-products", FIGURES),
    Row("analytics:product-quotes", "FMD", W.title),  # words of buyers: to see orders is needed too
    # Topics
    Row("topics:mention-list", VIEW), Row("topics:decide", WORK, post={}, ok=(404,)), Row("topics:draft", WORK, post={}, ok=(404,)),
    Row("topics:action-add", WORK, post={}, ok=GO), Row("topics:action-withdraw", WORK, W.done, {}, GO),
    Row("topic_settings:topic-list", MANAGE), Row("topic_settings:topic-seed", MANAGE, post={}, ok=GO),
    Row("topic_settings:topic-new", MANAGE), Row("topic_settings:topic-new", MANAGE, post={}, ok=(422,), gets=True),
    Row("topic_settings:topic-edit", MANAGE, W.topic), Row("topic_settings:topic-edit", MANAGE, W.topic, {}, (422,), gets=True),
    # The API has tables of its own
    Row("api:schema", ANYBODY), Row("api:unknown", ANYBODY, ok=(404,)), Row("api-unknown", ANYBODY, ok=(404,)),
]  # fmt: skip


def _names(patterns: list[Any], namespace: str = "") -> Iterator[str]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from _names(pattern.url_patterns, pattern.namespace or namespace)
        elif isinstance(pattern, URLPattern):
            yield f"{namespace}:{pattern.name}" if namespace else str(pattern.name)


def _operation_names() -> set[str]:
    """Return the URL names of the API's operations: tests/api/operations.py is the table of them."""
    return {name for name in _names(get_resolver().url_patterns) if name.startswith("api:")} - {
        "api:schema",
        "api:unknown",
    }


@pytest.fixture
def world(db, tmp_path, monkeypatch, settings) -> World:
    monkeypatch.setattr(project, "DATA_DIR", tmp_path)
    monkeypatch.setitem(storages._storages, "default", FileSystemStorage(location=tmp_path / "files"))
    monkeypatch.setattr(default_storage, "_wrapped", storages["default"])
    return World(make_store(code="demo"), make_store(code="other"))


def test_every_url_has_a_row_and_every_row_a_url():
    names = set(_names(get_resolver().url_patterns))

    assert "None" not in {name.rpartition(":")[2] for name in names}
    assert names - _operation_names() == {row.name for row in ROWS}


def test_every_url_of_the_api_answers_an_operation(db):
    from tests.api.operations import OPERATIONS

    found = {get_resolver().resolve(f"/api/v1/{row.path.format(number='A1', pk=1)}").view_name for row in OPERATIONS}

    assert found == _operation_names()


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_url_answers_each_role_as_the_table_says(world, row):
    found = {}
    for letter, role in ROLES.items():
        with _undone():
            person = make_user(f"p-{letter}", store=world.store, roles=(role,))
            found[letter] = row.call(signed_in(person), row.url(world, person)).status_code

    allowed = ROLES if row.who in {ANYBODY, SIGNED_IN} else row.who
    assert {letter: status for letter, status in found.items() if letter not in allowed and status != 403} == {}
    assert {letter: status for letter, status in found.items() if letter in allowed and status not in row.ok} == {}


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_url_answers_nobody_and_a_person_without_a_store(world, row):
    url = row.url(world, make_user(store=world.store))

    nobody, homeless = row.call(Client(), url), row.call(signed_in(make_user()), url)

    if row.who == ANYBODY:
        assert nobody.status_code in row.ok
    else:
        assert (nobody.status_code, nobody.url.partition("?")[0]) == (302, "/login/")
    assert homeless.status_code in (row.ok if row.who in {ANYBODY, SIGNED_IN} else (403,))


@pytest.mark.parametrize("row", [row for row in ROWS if row.args and not row.is_shared], ids=str)
def test_object_of_another_store_is_not_there(world, row):
    url = row.url(world, make_user(store=world.store, roles=(Role.ADMIN,)))
    stranger = signed_in(make_user(store=world.other, roles=(Role.ADMIN,)))
    before = (Order.objects.values().get(), Job.objects.values_list("pk", "state").count())

    response = row.call(stranger, url)

    assert response.status_code == 404
    assert world.order.number not in response.content.decode().replace(url, "")
    assert (Order.objects.values().get(), Job.objects.values_list("pk", "state").count()) == before


@pytest.mark.parametrize("row", [row for row in ROWS if not row.args and row.post is None], ids=str)
def test_list_shows_nothing_of_another_store(world, row):
    stranger = signed_in(make_user(store=world.other, roles=(Role.ADMIN,)))

    for query in ("", "?store=demo", f"?q={world.order.number}", "?queue=all"):
        response = row.call(stranger, row.url(world, world.order.claimed_by) + query)
        shown = response.content.decode().replace(f'value="{world.order.number}"', "") if not response.streaming else ""
        if f"q={world.order.number}" not in query:
            assert world.order.number not in shown
        assert response.status_code < 500
        assert f"/orders/{world.order.number}/" not in response.headers.get("Location", "")


@pytest.mark.parametrize("row", [row for row in ROWS if row.post is not None and not row.gets], ids=str)
def test_act_does_not_answer_get(world, row):
    person = make_user(store=world.store, roles=(Role.ADMIN,))

    assert signed_in(person).get(row.url(world, person)).status_code == 405


# Garbage

WORDS = ("queue", "sub", "q", "paid_from", "paid_to", "amount_min", "product", "province", "flag", "note", "payment", "claimed_by",
         "hour", "sort", "after", "before", "view", "store", "pane", "next", "template", "days", "from", "to", "state", "action",
         "person", "outcome", "kind", "version", "token", "tracking_number", "courier", "lang", "format", "act", "text",
         "reason", "selected", "query", "name", "username", "roles", "scopes", "columns", "date_from", "theme", "language", "code",
         "encoding", "snapshot_at", "cell_0", "enabled", "active", "line", "tags", "grain", "file_format", "_all", "lines", "pk",
         "item", "reply", "part", "until", "agreement", "day", "slot", "own", "known", "channel", "answer", "ship_day", "outcome", "types",
         "hold", "hold_reason", "ticked", "scope", "only", "tab", "received_from", "received_to", "title", "wanted", "question",
         "answer")  # fmt: skip
GARBAGE = ("\x00", "x" * 9000, "9" * 400, "'\"<script>%", "0001-01-01", "٣\u202e")


@pytest.mark.slow
@pytest.mark.parametrize("row", ROWS, ids=str)
def test_garbage_is_no_server_error(world, row):
    person = make_user(store=world.store, roles=(Role.ADMIN,))

    for value in GARBAGE:
        with _undone():
            client, url = signed_in(person), row.url(world, person)
            everything = dict.fromkeys(WORDS, value)
            response = client.get(url, everything) if row.post is None else client.post(f"{url}?q=%00", everything)
            assert response.status_code < 500, value


@pytest.mark.slow
@pytest.mark.parametrize("name", ["desk:order-list", "desk:export-list", "common:job-list", "common:audit-list", "analytics:sales",
                                  "intake:import-list", "desk:order-subqueues", "notes:note-list"])  # fmt: skip
@pytest.mark.parametrize("value", ["\x00", "9" * 400])
def test_one_parameter_of_garbage_is_no_server_error(world, name, value):
    client = signed_in(make_user(store=world.store, roles=(Role.ADMIN,)))

    for word in WORDS:
        with _undone():
            assert client.get(reverse(name), {word: value}).status_code < 500, word


@pytest.mark.parametrize("pk", ["9" * 19, "9" * 40, "9" * 5000, "0"])
@pytest.mark.parametrize("row", [row for row in ROWS if row.args in {W.member, W.export, W.batch, W.slips, W.token, W.view, W.template, W.file, W.reply,
                                                                     W.row, W.schedule, W.event}], ids=str)  # fmt: skip
def test_id_that_nothing_has_is_not_there(world, row, pk):
    client = signed_in(make_user(store=world.store, roles=(Role.ADMIN,)))
    url = reverse(row.name, args=[4711]).replace("4711", pk)

    assert row.call(client, url).status_code == 404


@pytest.mark.parametrize("number", ["9" * 65, "1%00", "%F0%9F%98%801", "1'", "no-digit", "1%0d%0a"])
def test_order_number_that_is_none_is_not_there(world, number):
    client = signed_in(make_user(store=world.store, roles=(Role.ADMIN,)))

    for part in ("", "recipient/", "reveal/", "remark/"):
        assert client.get(f"/orders/{number}/{part}").status_code == 404


class _undone:  # noqa: N801 -- reads as a word
    """Take back what the block wrote."""

    def __enter__(self) -> None:
        self.block = transaction.atomic()
        self.block.__enter__()

    def __exit__(self, *error: Any) -> None:
        if error[0] is None:
            transaction.set_rollback(True)
        self.block.__exit__(*error)
