"""Which orders wait for the rules, and which rules there are."""

from datetime import datetime, timedelta

from django.db.models import Exists, F, OuterRef, Q

from backoffice.common.models import Store
from orders.core.models import Order
from orders.core.models.querysets import OrderQuerySet
from orders.notes.models import BuyerNote
from orders.rules.conditions import CHANGES_BY_ITSELF
from orders.rules.models import AcceptanceRule, AcceptanceRuleQuerySet, RuleBook

LOOK_AGAIN = timedelta(minutes=10)


def rules_of(store: Store) -> AcceptanceRuleQuerySet:
    return AcceptanceRule.objects.for_store(store).in_order()


def active_rules(store: Store) -> list[AcceptanceRule]:
    return list(rules_of(store).active())


def asked_fields(rules: list[AcceptanceRule]) -> set[str]:
    """Return what these rules ask about."""
    conditions = [stored for rule in rules for stored in rule.conditions if isinstance(stored, dict)]
    return {str(stored.get("field")) for stored in conditions}


def waiting_orders(store: Store, at: datetime, rules: list[AcceptanceRule]) -> OrderQuerySet:
    """Return the paid orders that nobody has reviewed and whose facts, or whose rules, are newer than the last look.

    Where rules ask about time or staff, an order is looked at again every ten minutes. Where they ask what a note
    wants, an order waits until its note has been recognised. An order known from a detail file only waits for its list.
    """
    changed_at = RuleBook.objects.filter(store=store).values_list("changed_at", flat=True).first()
    fields = asked_fields(rules)
    again_at = at - LOOK_AGAIN if fields & CHANGES_BY_ITSELF else None
    stale = Q(rules_at__isnull=True) | Q(rules_at__lt=F("updated_at"))
    if before := max(filter(None, [changed_at, again_at]), default=None):
        stale |= Q(rules_at__lt=before)
    orders = Order.objects.for_store(store).pending_shipment().unreviewed()
    orders = orders.filter(paid_at__isnull=False, has_list=True)
    if "note_types" not in fields:
        return orders.filter(stale)
    note = BuyerNote.objects.filter(order=OuterRef("pk"))
    read_since = Q(Exists(note.filter(recognised_at__gt=OuterRef("rules_at"))))
    return orders.filter(stale | read_since).exclude(Exists(note.filter(recognised_at__isnull=True)))


def rules_to_try(store: Store, *, wanted: AcceptanceRule | None, place: int | None) -> list[AcceptanceRule]:
    """Return the rules that are on, an unsaved one among them: where the rule stands that it is to replace, else last.

    Without an unsaved one the rule at `place` is tried as it is stored, although it may be off.
    """
    rules = [rule for rule in rules_of(store) if rule.is_active or rule.pk == place]
    if wanted is None:
        return rules
    return [wanted if rule.pk == place else rule for rule in rules] + ([wanted] if place is None else [])
