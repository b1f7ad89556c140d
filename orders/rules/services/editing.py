"""Changes of a store's rules: one at a time, each in the audit trail."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.common.audit import write_audit
from backoffice.common.masking import mask_text
from backoffice.common.models import Store, User
from orders.core.statuses import HoldKind
from orders.rules.conditions import ConditionError, clean_condition, condition_text
from orders.rules.models import AcceptanceRule, RuleBook
from orders.rules.queries import rules_of
from orders.rules.services.errors import RuleError
from orders.rules.statuses import HOLD_KINDS, RuleAction

MAX_RULES, MAX_CONDITIONS, MAX_NAME, MAX_REASON = 50, 20, 60, 200
_FIELDS = ("name", "action", "hold_kind", "hold_reason", "conditions", "is_active")


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleValues:
    """What a person says a rule is."""

    name: str
    action: str
    hold_kind: str = ""
    hold_reason: str = ""
    conditions: Sequence[Any] = ()
    is_active: bool = True


def unsaved_rule(store: Store, values: RuleValues) -> AcceptanceRule:
    """Return the rule that these values make, checked and not saved.

    Raises:
        RuleError: the name is missing, or the action, the hold or a condition cannot be.
    """
    name = mask_text(" ".join(values.name.split()))
    if not 0 < len(name) <= MAX_NAME:
        raise RuleError(_("Name the rule in up to %(count)s characters.") % {"count": MAX_NAME}, "field")
    if values.action not in RuleAction.values:
        raise RuleError(_("Say what the rule does: accept, hold, or leave to a person."), "field")
    kind, reason = _hold_of(values)
    conditions = _conditions(values.conditions)
    return AcceptanceRule(
        store=store, name=name, action=values.action, hold_kind=kind, hold_reason=reason, conditions=conditions,
        is_active=values.is_active,
    )  # fmt: skip


def _hold_of(values: RuleValues) -> tuple[str, str]:
    if values.action != RuleAction.HOLD:
        return "", ""
    if values.hold_kind not in HOLD_KINDS:
        raise RuleError(_("Choose the hold that the rule opens."), "field")
    reason = mask_text(" ".join(values.hold_reason.split()))
    if len(reason) > MAX_REASON:
        raise RuleError(_("Give the reason in up to %(count)s characters.") % {"count": MAX_REASON}, "field")
    return values.hold_kind, reason


def _conditions(stored: Sequence[Any]) -> list[dict[str, Any]]:
    if len(stored) > MAX_CONDITIONS:
        raise RuleError(_("A rule has at most %(count)s conditions.") % {"count": MAX_CONDITIONS}, "field")
    try:
        return [clean_condition(condition) for condition in stored]
    except ConditionError as error:
        raise RuleError(str(error), "field") from error


@transaction.atomic
def save_rule(
    *,
    store: Store,
    values: RuleValues,
    actor: User | None,
    at: datetime,
    rule_id: int | None = None,
    seen_at: datetime | None = None,
) -> AcceptanceRule:
    """Save a rule: a new one behind the others, or one at its place as it was seen at `seen_at`.

    Raises:
        RuleError: a value cannot be, another rule has the name, there are too many, or it changed meanwhile.
        AcceptanceRule.DoesNotExist: the store has no such rule.
    """
    wanted = unsaved_rule(store, values)
    book = _lock_book(store)
    others = [rule for rule in rules_of(store) if rule.pk != rule_id]
    _check_among(wanted, others, is_new=rule_id is None)
    if rule_id is None:
        rule, before = wanted, ""
        rule.position = max((other.position for other in others), default=0) + 1
    else:
        rule = rules_of(store).get(pk=rule_id)
        _check_unchanged(rule, seen_at)
        before = rule_text(rule)
        for name in _FIELDS:
            setattr(rule, name, getattr(wanted, name))
    rule.updated_by, rule.updated_at = actor, at
    rule.save()
    return _changed(book, rule, actor, at, {"before": before, "after": rule_text(rule)})


def _check_among(rule: AcceptanceRule, others: Sequence[AcceptanceRule], *, is_new: bool) -> None:
    if any(other.name == rule.name for other in others):
        raise RuleError(_("Another rule is called “%(name)s” already.") % {"name": rule.name}, "field")
    if is_new and len(others) >= MAX_RULES:
        raise RuleError(_("A store has at most %(count)s rules.") % {"count": MAX_RULES})


def _check_unchanged(rule: AcceptanceRule, seen_at: datetime | None) -> None:
    if seen_at is not None and rule.updated_at != seen_at:
        raise RuleError(
            _("%(who)s changed the rule “%(name)s” while you were working on it. Nothing was saved.")
            % {"who": rule.updated_by or _("Somebody"), "name": rule.name},
            "version",
        )


@transaction.atomic
def switch_rule(*, store: Store, rule_id: int, is_active: bool, actor: User | None, at: datetime) -> AcceptanceRule:
    """Switch a rule on or off."""
    book, rule = _lock_book(store), rules_of(store).get(pk=rule_id)
    if rule.is_active == is_active:
        return rule
    rule.is_active, rule.updated_by, rule.updated_at = is_active, actor, at
    rule.save(update_fields=["is_active", "updated_by", "updated_at"])
    return _changed(book, rule, actor, at, {"is_active": [not is_active, is_active]})


@transaction.atomic
def move_rule(*, store: Store, rule_id: int, up: bool, actor: User | None, at: datetime) -> AcceptanceRule:
    """Let a rule be asked before the one above it, or after the one below; at the end nothing changes."""
    book, rules = _lock_book(store), list(rules_of(store))
    place = next((index for index, rule in enumerate(rules) if rule.pk == rule_id), None)
    if place is None:
        raise AcceptanceRule.DoesNotExist
    rule, new = rules[place], place - 1 if up else place + 1
    if not 0 <= new < len(rules):
        return rule
    rules.insert(new, rules.pop(place))
    for position, each in enumerate(rules, start=1):
        each.position = position
    AcceptanceRule.objects.bulk_update(rules, ["position"])
    return _changed(book, rule, actor, at, {"position": [place + 1, new + 1]})


@transaction.atomic
def delete_rule(*, store: Store, rule_id: int, actor: User | None, at: datetime) -> str:
    """Delete a rule and return its name, which stays on the orders that it decided about."""
    book, rule = _lock_book(store), rules_of(store).get(pk=rule_id)
    rule.delete()
    _changed(book, rule, actor, at, {"before": rule_text(rule), "after": ""})
    return rule.name


@transaction.atomic
def duplicate_rule(*, store: Store, rule_id: int, actor: User | None, at: datetime) -> AcceptanceRule:
    """Make a copy of a rule behind the others, switched off.

    Raises:
        RuleError: there are too many rules.
    """
    rule = rules_of(store).get(pk=rule_id)
    taken = set(rules_of(store).values_list("name", flat=True))
    names = (_("%(name)s (copy %(number)s)") % {"name": rule.name[:45], "number": n} for n in range(1, MAX_RULES + 2))
    values = {name: getattr(rule, name) for name in _FIELDS} | {
        "name": next(name for name in names if name not in taken),
        "is_active": False,
    }
    return save_rule(store=store, values=RuleValues(**values), actor=actor, at=at)


def _lock_book(store: Store) -> RuleBook:
    RuleBook.objects.get_or_create(store=store)
    book = RuleBook.objects.select_for_update(of=("self",)).get(store=store)
    book.store = store  # the caller's own object learns what changes
    return book


def _changed(
    book: RuleBook, rule: AcceptanceRule, actor: User | None, at: datetime, data: dict[str, Any]
) -> AcceptanceRule:
    """Date the change, tell the store whether it has rules that are on, and write the audit."""
    book.changed_at = at
    book.save(update_fields=["changed_at"])
    store = book.store
    store.has_acceptance_rules = rules_of(store).active().exists()
    store.save(update_fields=["has_acceptance_rules"])
    write_audit(store=store, actor=actor, action="rules_changed", subject=rule.name, data=_said(data), at=at)
    return rule


def _said(data: dict[str, Any]) -> dict[str, Any]:
    """Leave out the side that does not exist: a new rule has no before, a deleted one no after."""
    return {key: value for key, value in data.items() if value != ""}


def rule_text(rule: AcceptanceRule) -> str:
    """Say a rule in words: what it does, and when."""
    action = str(rule.get_action_display())
    if rule.hold_kind:
        action = f"{action}: {HoldKind(rule.hold_kind).label}"
    return " · ".join([action, *map(condition_text, rule.conditions)])
