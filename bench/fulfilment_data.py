"""Stock, parcels, invoices and messages of a measured shop: loaded once, after its orders."""

from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from backoffice.common.clock import business_day
from backoffice.common.models import Store, User
from bench.output import say
from bench.parcel_data import send_parcels, wait_for_parcels
from bench.stock_data import fill_shelves
from orders.fulfilment.models import CourierDayMark, GiftRule, InvoiceRequest, LocalService, MessageTemplate, Sku
from orders.fulfilment.services.anomalies import find_anomalies
from orders.fulfilment.services.courier_days import DAYS_AT_ONCE, recount_courier_days
from orders.fulfilment.services.stock import forecast_demand
from orders.intake.demo.bulk import bulk_load

INVOICES, MESSAGES, OUTBOX = 30_000, 20_000, 50_000
RULES, ACTIVE_RULES = 6, 3
_TABLES = (
    "fulfilment_stockmovement", "fulfilment_linestock", "fulfilment_trackingevent", "fulfilment_shipment",
    "fulfilment_shipmentline",
)  # fmt: skip

# one of ten waits, most were issued; a void one is beside an order's only live one
_INVOICES = """
INSERT INTO fulfilment_invoicerequest (store_id, order_id, kind, title, tax_number, amount, state, due_at, remark,
    source,
    requested_at, invoice_number, issued_at, is_electronic, courier, tracking_number, mailed_at, void_reason, version,
    needs_details)
SELECT %(store)s, id, CASE WHEN mod(n, 3) = 0 THEN 'company' ELSE 'person' END,
    CASE WHEN mod(n, 3) = 0 THEN '示例' || mod(n, 997) || '科技有限公司' ELSE '个人' END, '', paid - refunded, state,
    paid_at + interval '7 days', '', 'rule', paid_at + interval '1 hour',
    CASE WHEN state IN ('issued', 'mailed') THEN lpad(n::text, 8, '0') ELSE '' END,
    CASE WHEN state IN ('issued', 'mailed') THEN paid_at + interval '2 days' END, state <> 'mailed', '', '',
    CASE WHEN state = 'mailed' THEN paid_at + interval '3 days' END, '', 1, mod(n, 3) = 0 AND state = 'pending'
FROM (
    SELECT o.*, CASE WHEN n <= count(*) OVER () / 10 THEN 'pending' WHEN mod(n, 15) = 0 THEN 'void'
        WHEN mod(n, 6) = 0 THEN 'mailed' ELSE 'issued' END AS state
    FROM (
        SELECT id, paid, refunded, paid_at, row_number() OVER (ORDER BY placed_at DESC) AS n FROM orders_order
        WHERE store_id = %(store)s AND paid_at IS NOT NULL AND paid > refunded AND status <> 'closed'
        ORDER BY placed_at DESC LIMIT %(invoices)s
    ) AS o
) AS x
"""
_MESSAGES = """
INSERT INTO fulfilment_message (store_id, order_id, template_id, purpose, text, state, error, author_id, at)
SELECT %(store)s, id, %(template)s, (ARRAY['shipped', 'anomaly', 'shortage', 'service'])[1 + mod(id, 4)],
    '您的订单已经发出,请留意查收。', 'recorded', '', %(user)s, shipped_at
FROM orders_order WHERE store_id = %(store)s AND shipped_at >= %(recent)s ORDER BY id DESC LIMIT %(messages)s
"""
_OUTBOX = """
INSERT INTO orders_outboxmessage (store_id, order_id, event_id, kind, state, created_at, not_before, attempts,
    error_code,
    error, payload, sent_at)
SELECT %(store)s, order_id, id, CASE kind WHEN 'shipped' THEN 'ship' WHEN 'flag_changed' THEN 'flag' ELSE 'memo' END,
    state, at, at, (state <> 'pending')::int, CASE WHEN state = 'failed' THEN 'isp.top-remote-service-timeout'
        ELSE '' END,
    '', '{}', CASE WHEN state = 'sent' THEN at END
FROM (
    SELECT *, CASE WHEN mod(n, 12) = 0 THEN 'pending' WHEN mod(n, 100) = 0 THEN 'failed'
        WHEN mod(n, 33) = 0 THEN 'kept' ELSE 'sent' END AS state
    FROM (
        SELECT id, order_id, kind, at, row_number() OVER (ORDER BY id DESC) AS n FROM orders_orderevent
        WHERE store_id = %(store)s AND at >= %(recent)s AND actor_id IS NOT NULL ORDER BY id DESC LIMIT %(outbox)s
    ) AS e
) AS x ON CONFLICT (event_id) DO NOTHING
"""
_NOTHING_DUE = "DELETE FROM fulfilment_fulfilmentdue"


def furnish(store: Store, user: User, now: datetime) -> bool:
    """Give a shop what its desks of fulfilment show, once; tell whether that was to do."""
    if Sku.objects.for_store(store).exists():
        return False
    say(f"Stock and parcels of {store.name} …")
    recent = now - timedelta(days=60)
    values: dict[str, Any] = {
        "store": store.pk, "user": user.pk, "now": now, "today": business_day(now), "recent": recent,
        "moving": now - timedelta(days=5), "counted": now - timedelta(days=90),
    }  # fmt: skip
    with transaction.atomic():
        wait_for_parcels(values)
        with bulk_load(_TABLES):
            fill_shelves(values)
            send_parcels(values)
        _write_papers(store, user, now, values)
        _look(store, now)
        with connection.cursor() as cursor:
            cursor.execute(_NOTHING_DUE)
    return True


def _write_papers(store: Store, user: User, now: datetime, values: dict[str, Any]) -> None:
    template = MessageTemplate.objects.create(
        store=store,
        name="发货通知",
        purpose="shipped",
        text="您的订单 {number} 已经发出。",
        updated_by=user,
        updated_at=now,
    )
    more = {"template": template.pk, "invoices": INVOICES, "messages": MESSAGES, "outbox": OUTBOX}
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE orders_orderevent")
        for statement in (_INVOICES, _MESSAGES, _OUTBOX):
            cursor.execute(statement, values | more)
    gift = Sku.objects.for_store(store).counted().order_by("-pk")[0]
    for place in range(RULES):
        GiftRule.objects.create(
            store=store, name=f"满赠 {place + 1}", is_active=place < ACTIVE_RULES,
            starts_at=now - timedelta(days=place),
            min_amount=5000 + place, gift=gift, created_at=now, updated_at=now, updated_by=user,
        )  # fmt: skip
        LocalService.objects.create(
            store=store, name=f"同城送装 {place + 1}", places=["西藏 拉萨"], updated_by=user, updated_at=now
        )


def _look(store: Store, now: datetime) -> None:
    """Let the product's own jobs find what is wrong, count couriers' days and forecast demand."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    store.refresh_from_db()
    report = find_anomalies(store=store, at=now)
    marked = CourierDayMark.objects.filter(store=store).order_by("-day").values_list("store", "day").distinct()
    days = list(marked)
    for start in range(0, len(days), DAYS_AT_ONCE):
        recount_courier_days(days=days[start : start + DAYS_AT_ONCE])
    low = forecast_demand(store=store, at=now)
    invoices = InvoiceRequest.objects.for_store(store).count()
    say(f"  {report.opened} anomalies, {len(days)} days of couriers, {low} low skus, {invoices} invoice requests")
