"""Gift rules (买赠): saved, switched and deleted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.common.models import Store, User
from orders.core.services import OrderError
from orders.fulfilment.models import GiftGrant, GiftRule, Sku
from orders.fulfilment.services.stock.marks import mark_open

_NAME_LENGTH, _CODES, _MOST = 60, 50, 1000


class GiftError(OrderError):
    """A gift rule that cannot be saved or deleted."""


@dataclass(frozen=True)
class GiftValues:
    """What a gift rule says."""

    name: str
    gift_id: int  # a Sku of the store
    starts_at: datetime
    ends_at: datetime | None = None
    min_amount: Decimal | None = None
    min_pieces: int = 1
    product_codes: Sequence[str] = ()
    quantity: int = 1
    limit: int | None = None


@transaction.atomic
def save_gift_rule(
    *, store: Store, values: GiftValues, actor: User | None, at: datetime, rule_id: int | None = None
) -> GiftRule:
    """Make a rule, switched off, or change one; orders that have its gift keep what they have.

    Raises:
        GiftRule.DoesNotExist: the store has no such rule.
        GiftError: a value will not do.
    """
    rule = unsaved_gift_rule(store=store, values=values, at=at, rule_id=rule_id)
    rule.updated_at, rule.updated_by = at, actor
    rule.save()
    if rule.is_active:
        mark_open(store=store, at=at)
    return rule


def unsaved_gift_rule(*, store: Store, values: GiftValues, at: datetime, rule_id: int | None = None) -> GiftRule:
    """Return the rule as it would be saved, for a try; with `rule_id` its row is locked, so call it in a transaction.

    Raises:
        GiftRule.DoesNotExist: the store has no such rule.
        GiftError: a value will not do.
    """
    rule = _locked(store, rule_id) if rule_id else GiftRule(store=store, is_active=False, created_at=at)
    rule.gift = _gift(store, values.gift_id)
    rule.name, rule.product_codes = _name(store, values.name, rule), _codes(values.product_codes)
    _check_numbers(values, rule)
    for name in ("starts_at", "ends_at", "min_amount", "min_pieces", "quantity", "limit"):
        setattr(rule, name, getattr(values, name))
    return rule


@transaction.atomic
def switch_gift_rule(*, store: Store, rule_id: int, is_active: bool, actor: User | None, at: datetime) -> GiftRule:
    """Switch a rule on or off; switched on, the open orders that meet it get its gift, switched off none lose it.

    Raises:
        GiftRule.DoesNotExist: the store has no such rule.
    """
    rule = _locked(store, rule_id)
    if rule.is_active == is_active:
        return rule
    rule.is_active, rule.updated_at, rule.updated_by = is_active, at, actor
    rule.save(update_fields=["is_active", "updated_at", "updated_by"])
    if is_active:
        mark_open(store=store, at=at)
    return rule


@transaction.atomic
def delete_gift_rule(*, store: Store, rule_id: int) -> None:
    """Delete a rule that never gave anything.

    Raises:
        GiftRule.DoesNotExist: the store has no such rule.
        GiftError: orders have its gift, or had it.
    """
    rule = _locked(store, rule_id)
    if GiftGrant.objects.filter(rule=rule).exists():
        raise GiftError(_("“%(name)s” has given gifts already: switch it off instead.") % {"name": rule.name})
    rule.delete()


def _locked(store: Store, rule_id: int) -> GiftRule:
    return GiftRule.objects.select_for_update().get(store=store, pk=rule_id)


def _gift(store: Store, sku_id: int) -> Sku:
    gift = Sku.objects.for_store(store).select_related("product").filter(pk=sku_id).first()
    if gift is None:
        raise GiftError(_("Choose the gift among the skus of this store."), "field")
    return gift


def _name(store: Store, text: str, rule: GiftRule) -> str:
    name = " ".join(text.split())
    if not 0 < len(name) <= _NAME_LENGTH:
        raise GiftError(_("Name the rule, in up to %(most)s characters.") % {"most": _NAME_LENGTH}, "field")
    if GiftRule.objects.filter(store=store, name=name).exclude(pk=rule.pk).exists():
        raise GiftError(_("There is a gift rule “%(name)s” already.") % {"name": name}, "field")
    return name


def _codes(codes: Sequence[str]) -> list[str]:
    found = sorted({code.strip() for code in codes} - {""})
    if len(found) > _CODES:
        raise GiftError(_("Name up to %(most)s products.") % {"most": _CODES}, "field")
    return found


def _check_numbers(values: GiftValues, rule: GiftRule) -> None:
    if values.ends_at is not None and values.ends_at <= values.starts_at:
        raise GiftError(_("The rule ends before it begins."), "field")
    if values.min_amount is not None and values.min_amount < 0:
        raise GiftError(_("An amount is 0 or more."), "field")
    if not (1 <= values.quantity <= _MOST and 1 <= values.min_pieces <= _MOST):
        raise GiftError(_("Pieces are 1 to %(most)s.") % {"most": _MOST}, "field")
    if values.limit is not None and values.limit < max(1, rule.given_count):
        raise GiftError(
            _("The limit cannot be below the %(count)s orders that have the gift.")
            % {"count": max(1, rule.given_count)}, "field",
        )  # fmt: skip
