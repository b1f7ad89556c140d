"""What is unusual about who asks: facts as sentences, each with the list it was counted from. Never a score."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.db import connection
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from aftersales.refunds.models import Refund, RefundPolicy
from aftersales.refunds.statuses import InspectionOutcome, ReasonKind, RefundKind
from backoffice.common.models import Store
from orders.core.models import Recipient

YEAR = timedelta(days=365)
_HALF = 2  # half of the orders and more is unusual


class Signal(NamedTuple):
    """One fact; `query` filters the list of cases to those that it counts, empty where a list of orders does."""

    code: str
    sentence: str
    query: str
    order_query: str = ""  # of the list of orders


_OF_BUYER = """
SELECT count(*) FILTER (WHERE r.requested_at >= %(since)s AND r.kind = %(refund_only)s),
    count(*) FILTER (WHERE r.requested_at >= %(since)s AND r.kind = %(refund_only)s
        AND (o.completed_at <= r.requested_at OR EXISTS (
            SELECT FROM fulfilment_shipment p WHERE p.order_id = o.id AND p.signed_at <= r.requested_at))),
    count(*) FILTER (WHERE r.requested_at >= %(since)s AND r.reason_kind = %(reason)s),
    count(DISTINCT r.order_id),
    count(*) FILTER (WHERE EXISTS (SELECT FROM refunds_inspection i WHERE i.refund_id = r.id
        AND i.outcome = %(disputed)s))
FROM refunds_refund r JOIN orders_order o ON o.id = r.order_id
WHERE r.buyer_id = %(buyer)s AND r.store_id = %(store)s AND r.requested_at >= %(year)s AND r.requested_at <= %(now)s
"""
_ORDERS = """
SELECT count(*), count(DISTINCT nullif(c.recipient_key, '')) FILTER (WHERE o.placed_at >= %(since)s)
FROM orders_order o LEFT JOIN orders_recipient c ON c.order_id = o.id
WHERE o.buyer_id = %(buyer)s AND o.store_id = %(store)s AND o.paid_at IS NOT NULL AND o.placed_at >= %(year)s
"""
_OTHER_NAMES = """
SELECT count(DISTINCT r.buyer_id)
FROM orders_recipient own JOIN orders_recipient c ON c.store_id = own.store_id AND c.recipient_key = own.recipient_key
JOIN refunds_refund r ON r.order_id = c.order_id
WHERE own.order_id = %(order)s AND own.recipient_key <> '' AND r.requested_at >= %(year)s
"""


def signals_of(refund: Refund, policy: RefundPolicy, now: datetime) -> list[Signal]:
    """Return what is unusual about the buyer and the recipient of a case: three statements."""
    values = {
        "buyer": refund.buyer_id, "store": refund.store_id, "order": refund.order_id, "reason": refund.reason_kind,
        "since": now - timedelta(days=policy.signal_days), "year": now - YEAR, "now": now,
        "refund_only": RefundKind.REFUND_ONLY.value, "disputed": InspectionOutcome.DISPUTED.value,
    }  # fmt: skip
    of_buyer = _of_buyer(refund, policy, values) if refund.buyer_id is not None else ()
    return [*of_buyer, *_of_recipient(refund, policy, values)]


def cases_to_recipient(store: Store, order_number: str) -> QuerySet[Refund]:
    """Return the cases of all orders that went to the same recipient as this one, whoever ordered."""
    own = Recipient.objects.filter(store=store, order__store=store, order__number=order_number).exclude(
        recipient_key=""
    )
    orders = Recipient.objects.filter(store=store, recipient_key__in=own.values("recipient_key"))
    return Refund.objects.for_store(store).filter(order__in=orders.values("order_id"))


def _row(statement: str, values: Mapping[str, Any]) -> tuple[int, ...]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        row: tuple[int, ...] = cursor.fetchone()
        return row


def _of_buyer(refund: Refund, policy: RefundPolicy, values: Mapping[str, Any]) -> Iterator[Signal]:
    money_only, signed, same_reason, with_case, disputed = _row(_OF_BUYER, values)
    orders, places = _row(_ORDERS, values)
    nick = refund.buyer.nick if refund.buyer else ""
    least, days = policy.signal_count, policy.signal_days
    if money_only >= least:
        yield _money_only(nick, money_only, signed, days)
    if same_reason >= least and refund.reason_kind != ReasonKind.OTHER:
        yield _same_reason(nick, refund, same_reason, days)
    if orders >= least and with_case * _HALF >= orders:
        sentence = _("%(cases)s of this buyer's %(orders)s orders in 12 months have a case")
        yield Signal("rate", sentence % {"cases": with_case, "orders": orders}, _query(nick))
    if disputed:
        sentence = ngettext(
            "%(count)s return of this buyer in 12 months was not as it should be",
            "%(count)s returns of this buyer in 12 months were not as they should be",
            disputed,
        )
        yield Signal("disputed", sentence % {"count": disputed}, _query(nick))
    if places >= least:
        sentence = _("Orders of this buyer went to %(count)s different recipients in %(days)s days")
        orders_of = urlencode({"queue": "all", "q": nick})
        yield Signal("recipients", sentence % {"count": places, "days": days}, "", orders_of)


def _money_only(nick: str, count: int, signed: int, days: int) -> Signal:
    sentence = ngettext(
        "%(count)s refund without a return in %(days)s days, %(signed)s of them after signing",
        "%(count)s refunds without a return in %(days)s days, %(signed)s of them after signing",
        count,
    )
    query = _query(nick, kind=RefundKind.REFUND_ONLY.value)
    return Signal("refund_only", sentence % {"count": count, "days": days, "signed": signed}, query)


def _same_reason(nick: str, refund: Refund, count: int, days: int) -> Signal:
    sentence = _("“%(reason)s” for the %(count)s. time in %(days)s days")
    values = {"reason": refund.get_reason_kind_display(), "count": count, "days": days}
    return Signal("same_reason", sentence % values, _query(nick, reason_kind=refund.reason_kind))


def _of_recipient(refund: Refund, policy: RefundPolicy, values: Mapping[str, Any]) -> Iterator[Signal]:
    (names,) = _row(_OTHER_NAMES, values)
    if names >= policy.signal_count:
        sentence = _("Cases of %(count)s buyers in 12 months are about this recipient")
        query = urlencode({"queue": "all", "recipient": refund.order.number})
        yield Signal("names", sentence % {"count": names}, query)


def _query(nick: str, **filters: str) -> str:
    return urlencode({"queue": "all", "buyer": nick, **filters})
