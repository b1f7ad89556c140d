"""All that the order page shows, read with a fixed number of statements; it changes nothing.

What few orders have (wishes, contacts, extensions, files) is asked for only when the history names it.
"""

from collections.abc import Mapping
from datetime import timedelta
from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _

from backoffice.common.access import Right
from backoffice.common.statements import Prepared
from backoffice.common.ui import Act
from orders.core.models import ContactLog, Extension, OrderDiscount, OrderEvent, Remark, Wish
from orders.core.promise import explain_ship_by
from orders.core.queries import money_table
from orders.core.services.annotations import REMARK_MINUTES
from orders.core.statuses import EventKind, EventSource, NoteState, OrderStatus, WishKind
from orders.desk.blockers import find_blockers
from orders.desk.detail.addresses import Frame, act_url, order_url, path_of, with_query
from orders.desk.detail.checklist import checklist
from orders.desk.detail.facts import Parcel, Told, facts, parcels
from orders.desk.detail.marks import flag_buttons, flag_mark
from orders.desk.detail.note_card import note_card
from orders.desk.detail.people import buyer_numbers, nick_url, remarks
from orders.desk.detail.reading import ReadSituation
from orders.desk.history import Day, history_days
from orders.desk.order_acts import ORDER_ACTS, OrderAct, button, list_acts, problem_of
from orders.desk.packing import packing_of
from orders.desk.place import Place
from orders.fulfilment.checking import Check
from orders.fulfilment.queries.shipments import pieces_in, shipments_of

SHOWN_EVENTS = 200
_NOTHING_LEFT = (OrderStatus.PENDING_PAYMENT, OrderStatus.PENDING_SHIPMENT)
_ORDER = -1  # stands for the order of a call
_EVENTS = Prepared(
    lambda: (
        OrderEvent.objects.filter(order=_ORDER)
        .select_related("job")
        .defer("job__params", "job__result", "job__error")
        .order_by("-at", "-pk")[:SHOWN_EVENTS]
    ),
    _ORDER,
)  # without people: their names stand in the events; of jobs only their kind is shown
_DISCOUNTS = Prepared(lambda: OrderDiscount.objects.filter(order=_ORDER).order_by("pk"), _ORDER)


class Composer:
    """Composes the context of one order's page or pane."""

    def __init__(self, situation: ReadSituation, place: Place, *, frame: Frame = Frame.PAGE) -> None:
        self.situation, self.place, self.frame = situation, place, frame
        self.order, self.store = situation.order, situation.order.store
        self.legend: Mapping[str, str] = self.store.flag_legend or {}
        self._problems: dict[str, str] = {}  # by act: lines, remarks and parts of the page ask for the same ones

    def context(self) -> dict[str, Any]:
        return {**self._frame(), **self._main(), **self._side()}

    def card_context(self) -> dict[str, Any]:
        """Return what desk/_order_note_part.html shows: the note with what was ordered, for the desk of notes."""
        order = self.order
        return {
            "order": order,
            "now": self.situation.now,
            "version": order.version,
            "self_url": order_url(order.number, frame=Frame.NOTE),
            "frame": self.frame,
            "promise": self._promise(),
            "wish_chips": self._wish_chips(),
            "lines": self.situation.lines,
            "line_holds": self._line_holds(),
            "line_notes": {},  # what is in stock stands on the order's page
            "line_checks": {},
            "spec_acts": self._spec_acts(),
            **self.note_context(),
        }

    def _frame(self) -> dict[str, Any]:
        order = self.order
        return {
            "order": order,
            "now": self.situation.now,
            "version": order.version,
            "frame": self.frame,
            "place": self.place,
            "self_url": order_url(order.number, carry=self.place.carry, frame=self.frame),
            "page_url": order_url(order.number, carry=self.place.carry),
            "previous_url": self._neighbour(self.place.previous),
            "next_url": self._neighbour(self.place.next),
            "promise": self._promise(),
            "wish_chips": self._wish_chips(),
            "acts": list_acts(self.situation, self.url_of),
            "blockers": find_blockers(self.situation, self.legal),
            "active_nav": "orders",
        }

    def _main(self) -> dict[str, Any]:
        order, lines = self.order, self.situation.lines
        return {
            "lines": lines,
            "line_notes": self.situation.line_notes,
            "line_checks": self._line_checks(),
            "line_holds": self._line_holds(),
            "money": money_table(order, lines=lines, discounts=_DISCOUNTS.fetch(order.pk)),
            "facts": facts(order, self.events),
            "promise_acts": self.legal("extend", "appoint"),
            "extensions": self.extensions,
            "extension_acts": self.legal("withdraw_extension"),
            "checklist": checklist(self.situation),
            "spec_acts": self._spec_acts(),
            "parcels": self._parcels(),
            "packing": packing_of(order),
            "may_ship": Right.SHIP in self.situation.rights,
            "days": self.days,
        }

    def _side(self) -> dict[str, Any]:
        order = self.order
        return {
            "recipient": getattr(order, "recipient", None),
            "reveal": self.reveal_act(),
            "recipient_url": self.recipient_url,
            "buyer_numbers": buyer_numbers(order, self.situation.now),
            "nick_url": nick_url(order),
            "recipient_acts": self.legal("change_recipient", "restore_recipient"),
            **self.note_context(),
            "remarks": [(remark, self._take_back(remark)) for remark in remarks(order)],
            "flag_buttons": flag_buttons(order.flag, self.legend),
            "flag_mark": flag_mark(order.flag, self.legend),
            "card_acts": {key: self.act(key) for key in ("remark", "tags", "flag")},
            "is_claimed": order.is_claimed(self.situation.now),
        }

    def note_context(self) -> dict[str, Any]:
        """Return what desk/_order_note.html shows, with the wishes and contacts beside it."""
        is_blocked = self.order.note_state == NoteState.UNHANDLED and self.order.is_open
        return {
            "note_card": note_card(
                self.situation,
                self.legal,
                has_files=self._has(EventKind.NOTE_FILE_ADDED),
                is_blocked=is_blocked and self.frame != Frame.NOTE,
            ),
            "wishes": [(wish, self._wish_acts(wish)) for wish in self.wishes],
            "contacts": [(contact, self._answer_acts(contact)) for contact in self.contacts],
            "contact_acts": self.legal("contact"),
        }

    # What few orders have

    @cached_property
    def events(self) -> list[OrderEvent]:
        found = _EVENTS.fetch(self.order.pk)
        for event in found:
            event.order = self.order
        return found

    def _parcels(self) -> list[Parcel]:
        if not self._has_left():
            return []
        shipments = shipments_of(self.order.pk)
        return parcels(shipments, self.situation.lines, pieces=pieces_in(shipments), told=self._told())

    def _has_left(self) -> bool:
        """Return whether any of it may be in a parcel that left: by hand, or as a file or the platform says."""
        order, lines = self.order, self.situation.lines
        if order.status not in _NOTHING_LEFT or order.shipped_at or any(line.shipped_quantity for line in lines):
            return True
        return self._has(EventKind.SHIPPED)

    def _has(self, *kinds: str) -> bool:
        """Return whether any of these ever happened to the order, as far as its history tells without asking again."""
        return len(self.events) == SHOWN_EVENTS or any(event.kind in kinds for event in self.events)

    @cached_property
    def extensions(self) -> list[Extension]:
        if not self._has(EventKind.EXTENDED):
            return []
        return list(self.order.extensions.select_related("image", "recorded_by").order_by("-pk"))

    @cached_property
    def wishes(self) -> list[Wish]:
        if not self._has(EventKind.WISH_AGREED):
            return []
        standing = self.order.wishes.filter(withdrawn_at__isnull=True)
        return list(standing.select_related("agreed_by", "done_by").order_by("pk"))

    @cached_property
    def contacts(self) -> list[ContactLog]:
        return list(self.order.contacts.order_by("-at", "-pk")) if self._has(EventKind.CONTACTED) else []

    def _promise(self) -> str:
        if not self.order.is_open:
            return ""
        standing = next((each for each in self.extensions if each.withdrawn_at is None), None)
        return explain_ship_by(self.order, standing.previous_ship_by if standing else None)

    def _wish_chips(self) -> list[str]:
        return [str(WishKind(kind).label) for kind in self.order.wish_kinds]

    def _spec_acts(self) -> dict[int, list[Act]]:
        """Return by line what may be agreed about it."""
        return {line.pk: self.legal("agree_spec", item=line.pk) for line in self.situation.lines if line.unshipped}

    def _wish_acts(self, wish: Wish) -> list[Act]:
        return [] if wish.done_at else self.legal("finish_wish", "withdraw_wish", item=wish.pk)

    def _answer_acts(self, contact: ContactLog) -> list[Act]:
        if contact.answered_at is not None:
            return []
        is_about_note = bool(self.legal("answer_note"))
        return self.legal("answer_note" if is_about_note else "answer_contact", item=contact.pk)

    def _take_back(self, remark: Remark) -> list[Act]:
        is_own = remark.author_id == self.situation.actor.pk and remark.source == EventSource.STAFF
        is_fresh = self.situation.now - remark.at < timedelta(minutes=REMARK_MINUTES)
        return self.legal("withdraw_remark", item=remark.pk) if is_own and is_fresh else []

    # Acts

    def url_of(self, act: OrderAct, **extra: Any) -> str:
        """Return an act's address; one that asks first takes along the version that the person sees now."""
        version = self.order.version if act.asks(self.situation) else None
        return act_url(self.order.number, act.key, carry=self.place.carry, frame=self.frame, version=version, **extra)

    def act(self, key: str, **extra: Any) -> Act:
        found = ORDER_ACTS[key]
        asks = found.asks(self.situation)
        return button(found, self.url_of(found, **extra), asks=asks, reason=self._problem(key))

    def _problem(self, key: str) -> str:
        if key not in self._problems:
            self._problems[key] = problem_of(ORDER_ACTS[key], self.situation)
        return self._problems[key]

    def legal(self, *keys: str, **extra: Any) -> list[Act]:
        return [self.act(key, **extra) for key in keys if not self._problem(key)]

    def reveal_act(self) -> Act:
        path = path_of("desk:order-reveal", self.order.number)
        url = with_query(path, self.place.carry, frame=self.frame)
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
        path = path_of("desk:order-recipient", self.order.number)
        return with_query(path, self.place.carry, frame=self.frame)

    def _reveal_problem(self) -> str:
        recipient = getattr(self.order, "recipient", None)
        if Right.REVEAL not in self.situation.rights:
            return _("Your role sees recipients masked only.")
        if recipient is None or (recipient.sealed is None and recipient.purged_at is None):
            return _("No file so far named the recipient.")
        return _("The recipient was wiped, as the store's rule asks.") if recipient.sealed is None else ""

    def _neighbour(self, number: str) -> str:
        return order_url(number, carry=self.place.carry, frame=self.frame) if number else ""

    def _line_holds(self) -> dict[int, list[str]]:
        kept: dict[int, list[str]] = {}
        for hold in self.situation.holds:
            if hold.line_id is not None:
                kept.setdefault(hold.line_id, []).append(str(hold.get_kind_display()))
        return kept

    def _line_checks(self) -> dict[int, list[Check]]:
        found: dict[int, list[Check]] = {}
        for check in self.situation.checks:
            found.setdefault(check.line.pk, []).append(check)
        return found

    def _told(self) -> dict[str, Told]:
        """Return what the platform knows of the order's parcels, by tracking number: the history says it."""
        entries = (entry for day in self.days for entry in day.entries)
        return {
            str(event.after.get("tracking_number", "")): Told(entry.outbox_state, entry.outbox)
            for event, entry in zip(self.events, entries, strict=True)
            if event.kind == EventKind.SHIPPED and entry.outbox
        }

    @cached_property
    def days(self) -> list[Day]:
        return history_days(self.events, lines=self.situation.lines, legend=self.legend, now=self.situation.now)
