"""What narrows the queue: numbers, buyers and products are looked up first, each along an index of its own."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import F, Q, Value
from django.db.models.expressions import RawSQL

from aftersales.refunds.models import Refund, ReturnParcel
from aftersales.refunds.queries.cases import number_now
from aftersales.refunds.queries.signals import cases_to_recipient
from backoffice.common.clock import day_bounds, day_start
from backoffice.common.models import Store
from orders.core.models import Buyer, Order
from orders.core.pieces import Holds, pieces_of
from orders.core.queries import titles_with

_PIECE = 2  # characters; an index has all pieces of a nick
_MOST_FOUND = 2000  # products of a part of a name; more are not told apart by it
_MOST_BUYERS = 500  # of a part of a nick, that are told one by one
_SAMPLE, _OFTEN = 200, 20  # a part that so many buyers of the newest cases have is one that very many have


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the cases of a list are to have; all of it."""

    q: str = ""  # the number of a case, of an order, or of a return parcel
    kind: str = ""
    reason_kind: str = ""
    product: str = ""  # part of a title
    title: int | None = None
    sku: str = ""
    buyer: str = ""  # a nick, or a part of one
    recipient: str = ""  # the number of an order whose recipient is meant
    owner: int | None = None
    amount_min: Decimal | None = None
    amount_max: Decimal | None = None
    requested_from: date | None = None
    requested_to: date | None = None


def find_cases(store: Store, wanted: Wanted) -> Q:
    """Return the condition on a store's cases; a statement for each of number, product, buyer and recipient."""
    where = _plain(wanted)
    if wanted.q:
        where &= Q(pk__in=_numbered(store, wanted.q))
    if wanted.product:
        titles = titles_with(store, wanted.product)
        where &= Q(title__in=list(titles.values_list("pk", flat=True)[:_MOST_FOUND]))
    if wanted.buyer:
        where &= _of_buyers(store, wanted.buyer)
    if wanted.recipient:
        where &= Q(pk__in=list(cases_to_recipient(store, wanted.recipient).values_list("pk", flat=True)[:_MOST_FOUND]))
    return where


def _plain(wanted: Wanted) -> Q:
    pairs = {
        "kind": wanted.kind,
        "reason_kind": wanted.reason_kind,
        "title": wanted.title,
        "sku_code": wanted.sku,
        "owner": wanted.owner,
        "amount__gte": wanted.amount_min,
        "amount__lte": wanted.amount_max,
        "requested_at__gte": wanted.requested_from and day_start(wanted.requested_from),
        "requested_at__lt": wanted.requested_to and day_bounds(wanted.requested_to)[1],
    }
    return Q(**{name: value for name, value in pairs.items() if value not in {None, ""}})


def case_number_of(store: Store, text: str) -> str:
    """Return the number of the case that the text is or was a number of, or of the only case of an order; else none."""
    cases = Refund.objects.for_store(store).order_by("pk")
    if cases.filter(number=text).exists():
        return text
    orders = Order.objects.for_store(store).filter(number=text).values("pk")
    found = list(cases.filter(order__in=orders).values_list("number", flat=True)[:2])
    return found[0] if len(found) == 1 else number_now(store, text) or ""


def _numbered(store: Store, text: str) -> list[int]:
    cases = Refund.objects.for_store(store).order_by()
    of_order = cases.filter(order__in=Order.objects.for_store(store).filter(number=text).values("pk"))
    parcels = ReturnParcel.objects.filter(store=store, tracking_number__iexact=text)
    by_parcel = cases.filter(pk__in=parcels.values("refund"))
    numbers = [text, number_now(store, text) or text]
    found = cases.filter(number__in=numbers).values("pk").union(of_order.values("pk"), by_parcel.values("pk"))
    return [row["pk"] for row in found]


def _of_buyers(store: Store, nick: str) -> Q:
    """Return the condition on the buyer: that very nick, else those that have it in them; one or two statements."""
    buyers = Buyer.objects.filter(store=store).order_by()
    exact, shared = _exact_and_shared(store, nick)
    if exact:
        return Q(buyer__in=exact)
    if shared >= _OFTEN or len(nick) < _PIECE:  # it is seen at each case: the pieces take long to make, or are none
        return Q(buyer__in=buyers.filter(nick__icontains=nick).values("pk"))
    parts = buyers.filter(Holds(pieces_of(F("nick")), pieces_of(Value(nick))), nick__icontains=nick).values("pk")
    if len(keys := [row["pk"] for row in parts[: _MOST_BUYERS + 1]]) > _MOST_BUYERS:
        return Q(buyer__in=parts)
    return Q(buyer__in=RawSQL("SELECT unnest(%s::bigint[])", [keys]))  # one value, however many they are


def _exact_and_shared(store: Store, nick: str) -> tuple[list[int], int]:
    """Return the buyer of that very nick, and how many of the newest cases' buyers have it in theirs: one statement."""
    buyers = Buyer.objects.filter(store=store).order_by()
    newest = Refund.objects.for_store(store).order_by("-requested_at", "-pk").values("buyer")[:_SAMPLE]
    alike = buyers.filter(pk__in=newest, nick__icontains=nick).values_list("pk", Value(value=False))
    rows = list(buyers.filter(nick=nick).values_list("pk", Value(value=True)).union(alike, all=True))
    return [pk for pk, is_exact in rows if is_exact], sum(not is_exact for _pk, is_exact in rows)
