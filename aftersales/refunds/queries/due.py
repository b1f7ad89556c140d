"""Cases whose time is over or nearly so, and what happens when nobody acts."""

from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from aftersales.refunds.models import Refund, RefundPolicy
from aftersales.refunds.statuses import PLATFORM_DECIDES, TIMEOUTS, Act, RefundKind, RefundState
from backoffice.common.models import Store


def timed_out(store: Store, now: datetime) -> QuerySet[Refund]:
    """Return the open cases whose deadline has passed and for which silence may act."""
    due = Refund.objects.for_store(store).open().filter(deadline__lte=now).exclude(intervention__in=PLATFORM_DECIDES)
    return due.order_by("deadline", "pk")


def stores_with_due_cases(now: datetime) -> QuerySet[Store]:
    """Return the shops that let silence act and have a case for it."""
    waiting = RefundPolicy.objects.filter(acts_on_timeout=False)
    due = Refund.objects.open().filter(deadline__lte=now).exclude(intervention__in=PLATFORM_DECIDES)
    return Store.objects.filter(is_active=True, pk__in=due.values("store")).exclude(pk__in=waiting.values("store"))


def forgotten_cases() -> QuerySet[Refund]:
    """Return open cases whose order knows of none: an import took the platform's word, which does not name them."""
    return Refund.objects.open().filter(order__has_open_refund=False).select_related("store")


def silence_of(refund: Refund, policy: RefundPolicy) -> str:
    """Say what happens when nobody acts before the deadline; empty when the case is over or has none."""
    if not refund.is_open or refund.deadline is None:
        return ""
    if refund.intervention in PLATFORM_DECIDES:
        return _("The platform decides: nothing happens by itself.")
    if not policy.acts_on_timeout:
        return _("When the time is over, the platform acts and reports it.")
    return _CONSEQUENCES[_key(refund)]() % {"amount": refund.refunded or refund.amount}


def _key(refund: Refund) -> tuple[Act, bool]:
    """Return what silence does, and whether money leaves the shop by it."""
    act = TIMEOUTS[RefundState(refund.status)]
    pays = (act, refund.kind) in {(Act.AGREE, RefundKind.REFUND_ONLY), (Act.RECEIVE, RefundKind.RETURN_REFUND)}
    return act, pays


_CONSEQUENCES = {
    (Act.AGREE, True): lambda: _("Without a decision it counts as agreed: ¥%(amount)s goes to the buyer."),
    (Act.AGREE, False): lambda: _("Without a decision it counts as agreed."),
    (Act.WITHDRAW, False): lambda: _("If the buyer does nothing, the case is closed."),
    (Act.RECEIVE, True): lambda: _("Without an answer the goods count as received: ¥%(amount)s goes to the buyer."),
    (Act.RECEIVE, False): lambda: _("Without an answer the goods count as received, and the shop has to send."),
    (Act.TURN_TO_REFUND, False): lambda: _("If nothing is sent, it turns into a refund."),
    (Act.CONFIRM, False): lambda: _("If the buyer says nothing, the case has succeeded."),
}
