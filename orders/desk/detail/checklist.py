"""Review in four looks: the buyer's wishes, colleagues' words, price and freight, other orders to the same person."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backoffice.common.display import listed, money_text
from orders.core.models import Order, OrderLine
from orders.core.statuses import Acceptance, NoteState, WishKind
from orders.desk.blockers import rule_of
from orders.desk.situations import Situation
from orders.rules.queries import asked_fields, rules_of

OK, LOOK, PROBLEM = "ok", "look", "problem"
LOW_SHARE = 50  # percent of the list price; below it a price deserves a look
SHOWN_OTHERS = 5
_OF_PRICE = {"amount", "discount"}  # conditions of rules


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    key: str
    label: str
    state: str  # ok, look, problem
    text: str
    link: str = ""
    orders: Sequence[str] = ()  # numbers


def checklist(situation: Situation) -> list[Check]:
    """Return the looks of an order that awaits review; of any other none."""
    order = situation.order
    if not order.is_open or order.acceptance == Acceptance.ACCEPTED:
        return []
    return [_wishes(situation), _remarks(situation), _price(situation), _same_recipient(order)]


def _wishes(situation: Situation) -> Check:
    order, label = situation.order, _("Buyer's wishes")
    if situation.note is not None and order.note_state == NoteState.UNHANDLED:
        text = _("The note is “%(state)s”.") % {"state": situation.note.get_state_display()}
        return Check(key="wishes", label=label, state=PROBLEM, text=text, link="#note-title")
    if order.wish_kinds:
        text = listed(WishKind(kind).label for kind in order.wish_kinds)
        return Check(key="wishes", label=label, state=LOOK, text=text, link="#wishes-title")
    text = _("The note is handled.") if situation.note else _("No note.")
    return Check(key="wishes", label=label, state=OK, text=text)


def _remarks(situation: Situation) -> Check:
    order, gifts = situation.order, sum(line.quantity for line in situation.lines if line.is_gift)
    parts = [
        f"{order.latest_remark_by}: {order.latest_remark}" if order.latest_remark else "",
        ngettext("%(count)s gift", "%(count)s gifts", gifts) % {"count": gifts} if gifts else "",
        str(WishKind.GIFT.label) if WishKind.GIFT in order.wish_kinds else "",
    ]
    text = " · ".join(filter(None, parts))
    return Check(
        key="remark", label=_("Remark and gifts"), state=LOOK if text else OK, text=text or _("No remark, no gift."),
        link="#remarks-title" if order.latest_remark else "",
    )  # fmt: skip


def _price(situation: Situation) -> Check:
    order, share = situation.order, paid_share(situation.order, situation.lines)
    rules = _price_rules(situation)
    parts = [
        _("Held by rule “%(rule)s”") % {"rule": listed(rules)} if rules else "",
        _("Goods at %(share)s %% of the list price") % {"share": share} if share is not None else "",
        _("Postage %(amount)s") % {"amount": money_text(order.postage)} if order.postage else _("Free postage"),
    ]
    state = PROBLEM if rules else LOOK if share is not None and share < LOW_SHARE else OK
    text = " · ".join(filter(None, parts))
    return Check(key="price", label=_("Price and freight"), state=state, text=text, link="#money-title")


def _price_rules(situation: Situation) -> list[str]:
    """Return the rules that hold the order and ask for money; what others ask for stands above, with their holds."""
    names = list(dict.fromkeys(rule for hold in situation.holds if (rule := rule_of(hold))))
    if not names:
        return []
    found = {rule.name: asked_fields([rule]) for rule in rules_of(situation.order.store).filter(name__in=names)}
    return [name for name in names if found.get(name, set()) & _OF_PRICE]


def paid_share(order: Order, lines: Sequence[OrderLine]) -> int | None:
    """Return what the goods cost as percent of their list price; None where the files do not name prices."""
    prices = [line.price and line.price * line.quantity for line in lines]
    full = sum((price for price in prices if price), Decimal(0))
    if not full or None in prices:
        return None
    goods = order.total - order.postage if order.payable is None else order.payable
    return round(goods * 100 / full)


def _same_recipient(order: Order) -> Check:
    label, recipient = _("Same recipient"), getattr(order, "recipient", None)
    if recipient is None or not recipient.recipient_key:
        return Check(key="recipient", label=label, state=LOOK, text=_("No file so far named the recipient."))
    others = Order.objects.for_store(order.store).pending_shipment().exclude(pk=order.pk).filter(
        recipient__store_id=order.store_id, recipient__recipient_key=recipient.recipient_key
    )  # fmt: skip
    numbers = list(others.order_by("ship_by", "pk").values_list("number", flat=True)[: SHOWN_OTHERS + 1])
    if not numbers:
        return Check(key="recipient", label=label, state=OK, text=_("No other open order goes there."))
    count = len(numbers)
    shown = f"{SHOWN_OTHERS}+" if count > SHOWN_OTHERS else str(count)
    text = ngettext("%(count)s other open order", "%(count)s other open orders", count) % {"count": shown}
    return Check(key="recipient", label=label, state=LOOK, text=text, orders=numbers[:SHOWN_OTHERS])
