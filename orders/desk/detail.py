"""All that the order page shows, read with a fixed number of statements; it changes nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Prefetch, Q, Sum, prefetch_related_objects
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from backoffice.common.access import Right
from backoffice.common.models import Store, User
from backoffice.common.ui import Act
from orders.core.models import Order, OrderLine, Remark
from orders.core.promise import explain_ship_by
from orders.core.queries import history, money_table
from orders.core.statuses import ACCEPTED_ON_PAYMENT, Acceptance, Flag, NoteState, RefundStatus
from orders.desk.blockers import find_blockers
from orders.desk.history import Day, history_days
from orders.desk.order_acts import ORDER_ACTS, OrderAct, Situation, button, list_acts, problem_of
from orders.desk.place import Place
from orders.desk.queues import PAYMENT_METHODS
from orders.fulfilment.couriers import find_courier
from orders.fulfilment.models import Shipment
from orders.notes.models import BuyerNote, NoteVersion
from orders.notes.statuses import NoteType

SHOWN_EVENTS = 200
SHOWN_REMARKS = 50
YEAR = timedelta(days=365)


def find_situation(*, store: Store, number: str, actor: User, rights: frozenset[Right], now: datetime) -> Situation:
    """Read one order with what its acts depend on.

    Raises:
        Order.DoesNotExist: the store has no such order.
    """
    joined = ("buyer", "claimed_by", "recipient", "note", "note__handled_by")
    order = Order.objects.for_store(store).select_related(*joined).get(number=number)
    order.store = store
    holds = order.holds.filter(released_at__isnull=True).select_related("opened_by").order_by("opened_at", "pk")
    if not order.hold_kinds:
        holds = holds.none()
    return Situation(
        order=order,
        lines=list(order.lines.select_related("title").order_by("position", "pk")),
        holds=list(holds),
        note=getattr(order, "note", None),
        actor=actor,
        rights=rights,
        now=now,
    )


def act_url(number: str, act: str, *, carry: str = "", is_pane: bool = False, **extra: Any) -> str:
    """Return where an act is done; the address takes the queue along, so that the answer can go on in it."""
    return _with_query(reverse("desk:order-act", args=[number, act]), carry, is_pane=is_pane, **extra)


def order_url(number: str, *, carry: str = "", is_pane: bool = False) -> str:
    return _with_query(reverse("desk:order-detail", args=[number]), carry, is_pane=is_pane)


def _with_query(path: str, carry: str, *, is_pane: bool, **extra: Any) -> str:
    own = urlencode({name: value for name, value in extra.items() if value is not None})
    query = "&".join(filter(None, (own, "pane=1" if is_pane else "", carry)))
    return f"{path}?{query}" if query else path


class Composer:
    """Composes the context of one order's page or pane."""

    def __init__(self, situation: Situation, place: Place, *, is_pane: bool) -> None:
        self.situation, self.place, self.is_pane = situation, place, is_pane
        self.order, self.store = situation.order, situation.order.store
        self.legend: Mapping[str, str] = self.store.flag_legend or {}

    def context(self) -> dict[str, Any]:
        rows = Shipment.objects.select_related("shipped_by").prefetch_related("lines").order_by("shipped_at", "pk")
        prefetch_related_objects([self.order], Prefetch("shipments", rows))
        return {**self._frame(), **self._main(), **self._side()}

    def _frame(self) -> dict[str, Any]:
        order = self.order
        return {
            "order": order,
            "now": self.situation.now,
            "version": order.version,
            "is_pane": self.is_pane,
            "place": self.place,
            "self_url": order_url(order.number, carry=self.place.carry, is_pane=self.is_pane),
            "page_url": order_url(order.number, carry=self.place.carry),
            "previous_url": self._neighbour(self.place.previous),
            "next_url": self._neighbour(self.place.next),
            "promise": explain_ship_by(order) if order.is_open else "",
            "acts": list_acts(self.situation, self.url_of),
            "blockers": find_blockers(self.situation, self.legal),
            "active_nav": "orders",
        }

    def _main(self) -> dict[str, Any]:
        order, lines = self.order, self.situation.lines
        return {
            "lines": lines,
            "line_holds": self._line_holds(),
            "money": money_table(order, lines=lines),
            "facts": facts(order),
            "parcels": parcels(order, lines),
            "days": self._days(),
        }

    def _side(self) -> dict[str, Any]:
        order, note = self.order, self.situation.note
        return {
            "recipient": getattr(order, "recipient", None),
            "reveal": self.reveal_act(),
            "recipient_url": self.recipient_url,
            "buyer_numbers": buyer_numbers(order, self.situation.now),
            "nick_url": nick_url(order),
            "note": note,
            "note_types": [_label(NoteType, kind) for kind in note.types] if note else [],
            "older_notes": older_notes(note),
            "note_acts": [] if order.note_state == NoteState.UNHANDLED and order.is_open else self._note_acts(),
            "remarks": remarks(order),
            "flags": [(value, self.legend.get(str(value)) or str(label), str(label)) for value, label in Flag.choices],
            "card_acts": {key: self.act(key) for key in ("remark", "tags", "flag")},
            "is_claimed": order.is_claimed(self.situation.now),
        }

    def _note_acts(self) -> list[Act]:
        """Return what may be done to the note, where no blocker offers it already."""
        return self.legal("confirm_note", "decline_note")

    def url_of(self, act: OrderAct, **extra: Any) -> str:
        """Return an act's address; one that asks first takes along the version that the person sees now."""
        version = self.order.version if act.needs_form else None
        return act_url(
            self.order.number, act.key, carry=self.place.carry, is_pane=self.is_pane, version=version, **extra
        )

    def act(self, key: str, **extra: str) -> Act:
        found = ORDER_ACTS[key]
        return button(found, self.url_of(found, **extra), reason=problem_of(found, self.situation))

    def legal(self, *keys: str, **extra: str) -> list[Act]:
        return [act for act in (self.act(key, **extra) for key in keys) if not act.reason]

    def reveal_act(self) -> Act:
        path = reverse("desk:order-reveal", args=[self.order.number])
        url = _with_query(path, self.place.carry, is_pane=self.is_pane)
        return Act(
            name="reveal",
            label=_("Show in clear"),
            url=url,
            icon="eye",
            dialog="act-dialog",
            reason=self._reveal_problem(),
        )

    @property
    def recipient_url(self) -> str:
        path = reverse("desk:order-recipient", args=[self.order.number])
        return _with_query(path, self.place.carry, is_pane=self.is_pane)

    def _reveal_problem(self) -> str:
        recipient = getattr(self.order, "recipient", None)
        if Right.REVEAL not in self.situation.rights:
            return _("Your role sees recipients masked only.")
        if recipient is None or (recipient.sealed is None and recipient.purged_at is None):
            return _("No file so far named the recipient.")
        return _("The recipient was wiped, as the store's rule asks.") if recipient.sealed is None else ""

    def _neighbour(self, number: str) -> str:
        return order_url(number, carry=self.place.carry, is_pane=self.is_pane) if number else ""

    def _line_holds(self) -> dict[int, list[str]]:
        kept: dict[int, list[str]] = {}
        for hold in self.situation.holds:
            if hold.line_id is not None:
                kept.setdefault(hold.line_id, []).append(str(hold.get_kind_display()))
        return kept

    def _days(self) -> list[Day]:
        events = history(self.order).select_related(None).select_related("job")[:SHOWN_EVENTS]  # names stand in them
        return history_days(events, lines=self.situation.lines, legend=self.legend, now=self.situation.now)


def _label(choices: Any, value: str) -> str:
    return str(dict(choices.choices).get(value, value))


# Facts and parcels


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of the order's facts: a text, or a moment."""

    label: str
    text: str = ""
    at: datetime | None = None


def facts(order: Order) -> list[Fact]:
    """Return what is known beside money and lines; what is not known is left out."""
    appointed = f"{order.appointed_date:%Y-%m-%d}" if order.appointed_date else ""
    known = [
        Fact(_("Placed"), at=order.placed_at),
        Fact(_("Paid at"), at=order.paid_at),
        Fact(_("Payment method"), str(PAYMENT_METHODS.get(order.payment_method, order.payment_method))),
        Fact(_("Review"), _review(order)),
        Fact(_("Shipped at"), at=order.shipped_at),
        Fact(_("Completed at"), at=order.completed_at),
        Fact(_("Close reason"), order.close_reason),
        Fact(_("Platform status"), order.platform_status),
        Fact(_("Appointed date"), appointed),
        Fact(_("Presale ships"), at=order.presale_ship_at),
        Fact(_("Buyer agreed to wait until"), at=order.extended_until),
        Fact(_("Invoice title"), order.invoice_title),
        Fact(_("Points used"), str(order.points_used or "")),
    ]
    return [fact for fact in known if fact.text or fact.at]


def _review(order: Order) -> str:
    if order.paid_at is None:
        return ""
    if order.acceptance != Acceptance.ACCEPTED:
        return str(order.get_acceptance_display())
    rule = _("on payment") if order.acceptance_rule == ACCEPTED_ON_PAYMENT else order.acceptance_rule
    return f"{order.get_acceptance_display()} · {rule}" if rule else str(order.get_acceptance_display())


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    shipment: Shipment
    courier: str
    pieces: list[tuple[OrderLine, int]]


def parcels(order: Order, lines: Sequence[OrderLine]) -> list[Parcel]:
    """Return the order's parcels, which are read already, with what is in them."""
    by_id = {line.pk: line for line in lines}
    return [
        Parcel(
            shipment=shipment,
            courier=courier_name(shipment.courier),
            pieces=[(by_id[piece.line_id], piece.quantity) for piece in shipment.lines.all() if piece.line_id in by_id],
        )
        for shipment in order.shipments.all()
    ]


def courier_name(code: str) -> str:
    """Return a courier's name in the person's language; an unknown code stands for itself."""
    found = find_courier(code) if code else None
    if found is None:
        return code
    return found.name if (get_language() or "").startswith("zh") else found.english


# Buyer, note, remarks


@dataclass(frozen=True, slots=True)
class BuyerNumbers:
    """The buyer in numbers: this store, the last twelve months."""

    orders: int = 0
    paid: Decimal = Decimal(0)
    refunds: int = 0
    refunded: Decimal = Decimal(0)


def buyer_numbers(order: Order, now: datetime) -> BuyerNumbers:
    """Count over the buyer's own index; the order itself is among them."""
    if order.buyer_id is None:
        return BuyerNumbers()
    rows = Order.objects.filter(buyer_id=order.buyer_id, store_id=order.store_id, placed_at__gte=now - YEAR)
    found = rows.aggregate(
        orders=Count("pk"),
        paid=Sum("gross_paid", default=Decimal(0)),
        refunds=Count("pk", filter=Q(refund_status__in=(RefundStatus.OPEN, RefundStatus.SUCCEEDED))),
        refunded=Sum("refunded", default=Decimal(0)),
    )
    return BuyerNumbers(**found)


def nick_url(order: Order) -> str:
    """Return the list of the buyer's orders; a nick of one character cannot be searched for."""
    nick = order.buyer.nick if order.buyer else ""
    if len(nick) < 2:  # noqa: PLR2004
        return ""
    return f"{reverse('desk:order-list')}?{urlencode({'queue': 'all', 'q': nick})}"


def older_notes(note: BuyerNote | None) -> list[NoteVersion]:
    """Return what the buyer wrote before, newest first."""
    if note is None or note.version_count < 2:  # noqa: PLR2004
        return []
    return list(note.versions.filter(number__lt=note.version_count).order_by("-number"))


def remarks(order: Order) -> list[Remark]:
    if order.latest_remark_at is None:
        return []
    return list(order.remarks.order_by("-at", "-pk")[:SHOWN_REMARKS])
