"""Which rule a case falls under: computed and explained, and decided by a person."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext_lazy

from aftersales.refunds.models import Refund, RefundPolicy
from aftersales.refunds.queries.facts import LeftParcel, parcels_left
from aftersales.refunds.statuses import FreightPayer, GoodsState, ReasonKind
from orders.core.models import Order
from orders.core.statuses import OrderStatus

_K = ReasonKind
NO_REASON = frozenset({_K.CHANGED_MIND, _K.SEVEN_DAYS, _K.SIZE, _K.OTHER})  # the buyer's own wish
SHOPS_FAULT = frozenset({_K.QUALITY, _K.NOT_AS_DESCRIBED, _K.WRONG_ITEM, _K.MISSING, _K.DAMAGED, _K.COUNTERFEIT})


class Suggestion(models.TextChoices):
    AGREE = "agree", pgettext_lazy("policy", "The rule is for the buyer")
    REFUSE = "refuse", pgettext_lazy("policy", "The rule is for the shop")
    CHECK = "check", pgettext_lazy("policy", "Look first")


@dataclass(frozen=True, slots=True)
class PolicyFinding:
    """The rule that applies, in a sentence, with what it was computed from. Nothing follows from it by itself."""

    code: str
    sentence: str
    suggests: Suggestion
    freight_payer: FreightPayer = FreightPayer.UNKNOWN  # who pays for the way back by this rule
    freight: str = ""
    facts: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Look:
    """What the rules look at."""

    refund: Refund
    order: Order
    policy: RefundPolicy
    now: datetime
    parcels: Sequence[LeftParcel]
    signed_at: datetime | None  # the last parcel of the goods, else when the order was completed
    special_word: str

    @property
    def reason(self) -> ReasonKind:
        return ReasonKind(self.refund.reason_kind)

    def window_end(self, days: int) -> datetime | None:
        """Return the end of the last day of a window: its first day is the one after signing."""
        if self.signed_at is None:
            return None
        day = timezone.localtime(self.signed_at).replace(hour=0, minute=0, second=0, microsecond=0)
        return day + timedelta(days=days + 1)

    def is_within(self, days: int) -> bool:
        """Tell whether the buyer asked in time; before signing the days have not begun."""
        end = self.window_end(days)
        return end is None or self.refund.requested_at < end


def rule_for(
    refund: Refund, order: Order, policy: RefundPolicy, now: datetime, *, parcels: Sequence[LeftParcel] | None = None
) -> PolicyFinding:
    """Return the rule that the case falls under; one statement for the order's parcels, unless they are known."""
    look = _look(refund, order, policy, now, parcels_left(order) if parcels is None else parcels)
    finding = next(found for rule in _RULES if (found := rule(look)) is not None)
    finding.facts.extend(_facts(look, finding))
    return finding


def _look(refund: Refund, order: Order, policy: RefundPolicy, now: datetime, of_order: Sequence[LeftParcel]) -> _Look:
    parcels = [parcel for parcel in of_order if refund.line_id is None or refund.line_id in parcel.line_ids]
    signed = [parcel.signed_at for parcel in parcels if parcel.signed_at is not None]
    signed_at = max(signed) if signed and len(signed) == len(parcels) else order.completed_at
    return _Look(refund, order, policy, now, parcels, signed_at, _special_word(refund, policy))


def _special_word(refund: Refund, policy: RefundPolicy) -> str:
    """Return the word that makes the goods special: in the title, or in what was ordered of it."""
    words = [word for word in policy.special_words if word.strip()]
    if not words:
        return ""
    spec = f"{refund.line.spec} {refund.line.agreed_spec}" if refund.line else ""
    text = f"{refund.title or ''} {spec}".casefold()
    return next((word for word in words if word.strip().casefold() in text), "")


def _not_shipped(look: _Look) -> PolicyFinding | None:
    order, line = look.order, look.refund.line
    has_left = bool(look.parcels) or bool(line and line.shipped_quantity)
    may_wait = order.status in {OrderStatus.PENDING_SHIPMENT, OrderStatus.PARTIALLY_SHIPPED}
    if has_left or not may_wait:
        return None
    return PolicyFinding(
        "not_shipped",
        _("Not shipped yet: the buyer may have the money back, postage included."),
        Suggestion.AGREE,
        freight=_("Nothing travels: there is no freight."),
    )


def _not_arrived(look: _Look) -> PolicyFinding | None:
    is_missing = look.reason == ReasonKind.NOT_ARRIVED or look.refund.goods == GoodsState.NOT_RECEIVED
    if not is_missing:
        return None
    if look.signed_at is not None:
        return PolicyFinding(
            "signed_not_received",
            _("The buyer says that it never arrived, and the parcel is signed for: ask the courier who signed."),
            Suggestion.CHECK,
        )
    return PolicyFinding(
        "not_arrived",
        _("Not signed for: until it is, the parcel is the shop's and its courier's concern."),
        Suggestion.AGREE,
        FreightPayer.SHOP,
        _("The shop pays: the goods never reached the buyer."),
    )


def _shops_fault(look: _Look) -> PolicyFinding | None:
    if look.reason not in SHOPS_FAULT:
        return None
    days = look.policy.quality_days
    if not look.is_within(days):
        return _over_window(days)
    return PolicyFinding(
        "quality",
        ngettext(
            "Within %(count)s day after signing the shop answers for “%(reason)s”.",
            "Within %(count)s days after signing the shop answers for “%(reason)s”.",
            days,
        )
        % {"count": days, "reason": look.reason.label},
        Suggestion.AGREE,
        FreightPayer.SHOP,
        _("The shop pays both ways when it is as the buyer says."),
    )


def _special(look: _Look) -> PolicyFinding | None:
    if look.reason not in NO_REASON or not look.special_word:
        return None
    return PolicyFinding(
        "special_goods",
        _("“%(word)s”: goods of this kind are not taken back without a fault.") % {"word": look.special_word},
        Suggestion.REFUSE,
        FreightPayer.BUYER,
        _("The buyer pays, if the shop takes it back at all."),
    )


def _no_reason(look: _Look) -> PolicyFinding | None:
    if look.reason not in NO_REASON:
        return None
    days = look.policy.no_reason_days
    if not look.is_within(days):
        return _over_window(days)
    return PolicyFinding(
        "no_reason",
        ngettext(
            "Within %(count)s day after signing goods go back without a reason, when they are as new.",
            "Within %(count)s days after signing goods go back without a reason, when they are as new.",
            days,
        )
        % {"count": days},
        Suggestion.AGREE,
        FreightPayer.BUYER,
        _("The buyer pays the way back; the first postage stays with the shop."),
    )


def _over_window(days: int) -> PolicyFinding:
    return PolicyFinding(
        "over_window",
        ngettext(
            "More than %(count)s day after signing: the shop need not take it back.",
            "More than %(count)s days after signing: the shop need not take it back.",
            days,
        )
        % {"count": days},
        Suggestion.REFUSE,
        FreightPayer.BUYER,
        _("The buyer pays, if the shop takes it back at all."),
    )


def _late(look: _Look) -> PolicyFinding | None:
    if look.reason != ReasonKind.LATE:
        return None
    shipped_at = look.order.shipped_at or look.now
    if look.order.ship_by is not None and shipped_at <= look.order.ship_by:
        sentence = _("It was shipped in time: the promise was kept.")
        return PolicyFinding("promise_kept", sentence, Suggestion.REFUSE, FreightPayer.BUYER)
    sentence = _("It was not shipped by the time that was promised.")
    return PolicyFinding(
        "promise_broken", sentence, Suggestion.AGREE, FreightPayer.SHOP, _("The shop pays: it was late.")
    )


def _other(look: _Look) -> PolicyFinding:
    return PolicyFinding(
        "no_rule", _("No rule is for “%(reason)s”: a person weighs it.") % {"reason": look.reason.label},
        Suggestion.CHECK,
    )  # fmt: skip


_RULES: tuple[Callable[[_Look], PolicyFinding | None], ...] = (
    _not_shipped, _not_arrived, _shops_fault, _special, _no_reason, _late, _other,
)  # fmt: skip
_WINDOWS = {"quality": "quality_days", "no_reason": "no_reason_days"}


def _facts(look: _Look, finding: PolicyFinding) -> list[str]:
    facts = [*map(_parcel_fact, look.parcels), *_day_facts(look), *_window_facts(look, finding)]
    if any("运费险" in service for service in look.order.services):
        facts.append(_("The buyer has freight insurance: the way back may be paid by it."))
    return facts


def _parcel_fact(parcel: LeftParcel) -> str:
    values = {"number": parcel.tracking_number, "shipped": _minute(parcel.shipped_at)}
    if parcel.signed_at is not None:
        values["signed"] = _minute(parcel.signed_at)
        return _("Parcel %(number)s left at %(shipped)s and was signed for at %(signed)s.") % values
    if parcel.last_event_at is None:
        return _("Parcel %(number)s left at %(shipped)s; there is no trace of it.") % values
    values |= {"at": _minute(parcel.last_event_at), "event": parcel.last_event}
    return _("Parcel %(number)s left at %(shipped)s; last seen at %(at)s: %(event)s") % values


def _day_facts(look: _Look) -> list[str]:
    asked = look.refund.requested_at
    if look.signed_at is None or look.signed_at > asked:
        return [_("Asked for at %(at)s, before it was signed for.") % {"at": _minute(asked)}]
    days = (timezone.localtime(asked).date() - timezone.localtime(look.signed_at).date()).days
    sentence = ngettext(
        "Asked for at %(at)s, %(count)s day after signing.", "Asked for at %(at)s, %(count)s days after signing.", days
    )
    return [sentence % {"at": _minute(asked), "count": days}]


def _window_facts(look: _Look, finding: PolicyFinding) -> list[str]:
    name = _WINDOWS.get(finding.code)
    end = look.window_end(getattr(look.policy, name)) if name else None
    if end is None:
        return []
    return [_("The days end with %(day)s.") % {"day": f"{timezone.localtime(end) - timedelta(days=1):%Y-%m-%d}"}]


def _minute(at: datetime) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}"
