"""Every list of the product with every filter, sort and search: what is measured and explained."""

from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode

from django.utils import timezone

from backoffice.common.clock import business_day
from backoffice.common.models import Job, Store
from backoffice.common.sealing import unseal_json
from orders.core.models import Order
from orders.core.recipients import recipient_context
from orders.core.statuses import OrderStatus
from orders.desk.paging import SORT_COLUMNS, encode_cursor, read_sort
from orders.desk.queues import OPEN_QUEUE, QUEUES, SUB_QUEUES
from orders.desk.services import KIND as BATCH
from orders.fulfilment.models import Shipment
from orders.notes.models import BuyerNote
from orders.notes.queries import TABS, cursor_of

LIST = "/orders/"
QUEUE = f"{LIST}?queue={OPEN_QUEUE}"
BIG_TAB = f"{LIST}?queue=completed"
OTHER_LISTS = (
    "/orders/subqueues/", "/orders/imports/", "/orders/imports/quarantine/", "/orders/exports/", "/orders/views/",
    "/orders/shipping/prints/", "/orders/invoices/", "/orders/messages/", "/settings/services/",
    "/orders/invoices/?state=issued", "/orders/invoices/?mark=overdue",
    "/orders/invoices/?q=公司", "/orders/shipping/", "/orders/shipping/?tab=number", "/orders/shipping/?tab=print",
    "/orders/shipping/?tab=scan", "/orders/shipping/?tab=shipped", "/orders/shipping/?tab=part",
    "/orders/shipping/merges/", "/orders/shipping/merges/count/", "/orders/shipping/couriers/?prices=SF",
    "/orders/shipping/scan/", "/orders/shipping/couriers/",
    "/orders/shipping/parcels/", "/orders/shipping/parcels/?tab=all", "/orders/shipping/parcels/?tab=trouble",
    "/orders/shipping/parcels/?tab=signed", "/orders/shipping/parcels/?tab=all&courier=SF",
    "/orders/shipping/parcels/?tab=all&courier=UC", "/orders/shipping/parcels/?tab=all&state=returned",
    "/orders/shipping/anomalies/", "/orders/shipping/anomalies/?tab=lost", "/orders/shipping/anomalies/?tab=settled",
    "/orders/shipping/anomalies/?owner=mine", "/orders/shipping/compare/", "/orders/shipping/compare/?days=90",
    "/orders/stock/", "/orders/stock/?tab=low", "/orders/stock/?tab=short", "/orders/stock/?tab=uncounted",
    "/orders/stock/?sort=cover", "/orders/stock/?search=连衣裙", "/orders/stock/count/", "/orders/stock/products/",
    "/orders/imports/products/",
    "/orders/shortages/", "/orders/shortages/?tab=closed", "/settings/gifts/",
    *(f"/aftersales/refunds/?queue={tab}" for tab in (
        "open", "requested", "due_soon", "mine", "to_approve", "to_inspect", "succeeded", "all",
    )),
    "/aftersales/refunds/?queue=all&kind=exchange", "/aftersales/refunds/?queue=all&reason_kind=size",
    "/aftersales/refunds/?queue=all&product=连衣裙", "/aftersales/refunds/?queue=open&amount_min=100",
    "/aftersales/refunds/?queue=all&requested_from=2026-01-01&requested_to=2026-01-31",
    "/aftersales/refunds/home/", "/aftersales/complaints/", "/aftersales/complaints/?tab=settled",
    "/aftersales/violations/",
    "/settings/audit/",
    "/settings/staff/", "/settings/tokens/", "/ops/jobs/", "/jobs/drawer/", "/", "/analytics/", "/analytics/refunds/",
    "/analytics/topics/", "/analytics/products/", "/analytics/products/?weeks=52",
    "/aftersales/topics/", "/settings/topics/",
    "/settings/rules/", "/settings/automations/", "/alerts/", "/alerts/new/?since=0", "/orders/counts/",
    "/orders/home/", "/orders/workload/", "/orders/shift/", "/orders/shift/?part=open", "/orders/notes/topics/",
    "/orders/notes/replies/",
    *(f"/aftersales/reviews/?tab={tab}" for tab in ("unread", "unreplied", "poor", "follow_up", "tasks", "all")),
    "/aftersales/reviews/?tab=all&q=质量", "/aftersales/reviews/?tab=all&q=没有这样的",
    "/aftersales/reviews/?tab=all&product=连衣裙", "/aftersales/reviews/?tab=unreplied&result=bad",
    "/aftersales/reviews/?tab=all&stars=1", "/aftersales/reviews/?tab=all&sentiment=negative",
    *(f"/aftersales/returns/?tab={tab}" for tab in ("to_inspect", "expected", "inspected", "unseen")),
    "/settings/returns/",
    "/orders/notes/faq/", "/aftersales/reviews/import/",
    "/aftersales/refunds/import/", "/aftersales/reviews/home/", "/settings/replies/",
    "/settings/platform/", "/settings/platform/outbox/", "/settings/platform/outbox/?state=sent",
)  # fmt: skip
NOTES = "/orders/notes/"
EXCEPTIONS = "/orders/exceptions/"


@dataclass(frozen=True)
class Known:
    """Facts of one shop to search for."""

    number: str
    phone: str
    name: str
    nick: str
    title: str
    sku: str
    tracking: str
    deep: str  # a cursor far down the big tab
    deep_note: str  # a cursor far down the notes that were handled
    noted: str  # the number of an order with a note
    batch: int  # a receipt


def url(**query: object) -> str:
    return f"{LIST}?{urlencode(query, doseq=True)}"


def facts(store: Store) -> Known:
    orders = Order.objects.for_store(store)
    order = orders.filter(status=OrderStatus.COMPLETED).order_by("-placed_at").select_related("buyer", "recipient")[0]
    line = order.lines.select_related("title")[0]
    assert order.buyer is not None  # noqa: S101 -- every invented order has one
    clear = unseal_json(order.recipient.sealed or b"", context=recipient_context(store.pk, order.number))
    return Known(
        number=order.number, phone=clear["mobile"], name=clear["name"], nick=order.buyer.nick, title=line.title.text,
        sku=line.sku_code, tracking=Shipment.objects.filter(order=order)[0].tracking_number, deep=_deep_cursor(store),
        deep_note=_deep_note(store), noted=_noted(store),
        batch=Job.objects.for_store(store).filter(kind=BATCH).latest("pk").pk,
    )  # fmt: skip


def _deep_cursor(store: Store) -> str:
    completed = Order.objects.for_store(store).filter(status=OrderStatus.COMPLETED)
    place = min(150_000, completed.count() * 3 // 4)
    row = completed.order_by("-placed_at", "-pk").values("id", "placed_at")[place]
    return encode_cursor(dict(row), read_sort("", "-placed_at"))


def _deep_note(store: Store) -> str:
    handled = BuyerNote.objects.for_store(store).filter(handled_at__isnull=False).select_related("order")
    return cursor_of(handled.order_by("-handled_at", "-pk")[handled.count() * 3 // 4], "handled")


def _noted(store: Store) -> str:
    notes = BuyerNote.objects.for_store(store).filter(order__in=Order.objects.for_store(store).pending_shipment())
    return str(notes.order_by("order__ship_by")[0].order.number)


def notes(known: Known) -> dict[str, str]:
    """Return the tabs of the note inbox, each alone and narrowed."""
    today = business_day(timezone.now())
    narrowed: dict[str, dict[str, object]] = {
        "": {}, ", type": {"kind": "engraving"}, ", rare type": {"kind": "address_change"},
        ", product": {"product": known.title[:3]}, ", text": {"text": "礼盒"}, ", no such text": {"text": "没有这样的"},
        ", 3 days": {"received_from": today - timedelta(days=3)},
        ", a day long ago": {"received_from": today - timedelta(days=60), "received_to": today - timedelta(days=60)},
    }  # fmt: skip
    made = {
        f"notes {tab}{name}": f"{NOTES}?{urlencode({'tab': tab, **query})}"
        for tab in TABS for name, query in narrowed.items()
    }  # fmt: skip
    return made | {"deep page of notes": deep_notes(known)}


def deep_notes(known: Known) -> str:
    return f"{NOTES}?tab=handled&after={known.deep_note}"


def desk_pages(known: Known) -> dict[str, str]:
    """Return the other pages of the desk that show one thing each."""
    return {
        "exceptions": EXCEPTIONS,
        "evidence of a note": f"{NOTES}{known.noted}/evidence/",
        "pane of an order": f"{LIST}{known.noted}/?pane=1",
        "pane of a note": f"{NOTES}{known.noted}/pane/",
        "card of a note": f"{LIST}{known.noted}/?pane=note",
        "order page with a note": f"{LIST}{known.noted}/",
        "batch receipt": f"{LIST}batches/{known.batch}/",
    }


def searches(known: Known) -> dict[str, str]:
    """Return the goals' searches by name."""
    return {
        "number": url(q=known.number),
        "phone": url(q=known.phone),
        "buyer": url(q=known.nick[2:]),
        "two-character title": url(q=known.title[:2]),
    }


def filters(known: Known) -> dict[str, str]:
    today = business_day(timezone.now())
    month, recent = today - timedelta(days=50), today - timedelta(days=3)
    made = {f"tab {queue.key}": url(queue=queue.key) for queue in QUEUES}
    made |= {f"sub {sub.key}": url(queue=OPEN_QUEUE, sub=sub.key) for sub in SUB_QUEUES}
    made |= {
        f"sort {sign}{name}, {queue}": url(queue=queue, sort=f"{sign}{name}")
        for queue in (OPEN_QUEUE, "completed", "aftersales", "all") for name in SORT_COLUMNS for sign in ("", "-")
    }  # fmt: skip
    for queue in (OPEN_QUEUE, "completed", "all"):
        made |= {
            f"{name}, {queue}": url(queue=queue, **query) for name, query in _queries(known, month, recent).items()
        }
    return made


def _queries(known: Known, month: object, recent: object) -> dict[str, dict[str, object]]:
    return {
        "paid 50 days": {"paid_from": month},
        "placed 50 days": {"placed_from": month},
        "placed 3 days, amount": {"placed_from": recent, "amount_min": 300, "amount_max": 500},
        "ship by": {"ship_by_from": recent},
        "50 days, amount": {"placed_from": month, "amount_min": 300, "amount_max": 500},
        "rare amount": {"amount_min": 2500},
        "no such amount": {"amount_min": 99_999},
        "province": {"province": "广东"},
        "rare province": {"province": "西藏"},
        "two provinces": {"province": ["西藏", "新疆"]},
        "province, 50 days": {"province": "广东", "placed_from": month},
        "product by title": {"product": known.title},
        "product by code": {"product": known.sku},
        "product by word": {"product": known.title[:3]},
        "flag": {"flag": 2},
        "flags": {"flag": [1, 2, 3]},
        "any note": {"note": "any"},
        "note to handle": {"note": "unhandled"},
        "no note": {"note": "none"},
        "payment": {"payment": "huabei"},
        "no such payment": {"payment": "cod"},
        "claimed by me": {"claimed_by": "me"},
        "unclaimed": {"claimed_by": "none"},
        "hold": {"hold": "out_of_stock"},
        "two holds": {"hold": ["risk", "address_problem"]},
        "hold, reason": {"hold": "out_of_stock", "hold_reason": "仓库缺货"},
        "hour": {"hour": 20},
        "rare hour": {"hour": 4},
        "two hours": {"hour": [9, 20]},
        "hour, 50 days": {"hour": 4, "paid_from": month},
        "many": {"province": "浙江", "payment": "alipay", "note": "any", "amount_min": 100, "placed_from": month},
    }


def search_forms(known: Known) -> dict[str, str]:
    """Return every form that a search term may have."""
    words = {
        "number": known.number, "phone": known.phone, "phone tail": known.phone[-4:], "name": known.name,
        "buyer": known.nick,
        "part of buyer": known.nick[2:], "two characters of buyer": known.nick[:2], "title": known.title,
        "two characters of title": known.title[:2], "one character": known.title[0], "tracking number": known.tracking,
        "nothing": "没有这样的", "nothing, digits": "9876543210987654321",
    }  # fmt: skip
    made = {f"search {name}": url(q=word) for name, word in words.items()}
    return made | {f"search {name}, {OPEN_QUEUE}": url(queue=OPEN_QUEUE, q=word) for name, word in words.items()}


def deep(known: Known) -> str:
    return f"{BIG_TAB}&after={known.deep}"
