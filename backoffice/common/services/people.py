"""Stores, members and their roles. Every change is audited; a removed role ends at the person's next request."""

from collections.abc import Sequence
from datetime import datetime

from django.contrib.auth.tokens import default_token_generator
from django.db import transaction
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import gettext as _

from backoffice.common.access import Role, rights_of
from backoffice.common.audit import write_audit
from backoffice.common.models import Membership, Store, User


class PeopleError(Exception):
    """A change of people or roles that is refused, with a sentence for the person who asked."""


@transaction.atomic
def create_store(*, code: str, name: str, platform: str, actor: User | None, at: datetime) -> Store:
    """Create a store.

    Raises:
        PeopleError: the code is taken.
    """
    if Store.objects.filter(code=code).exists():
        raise PeopleError(_("There is already a store with the code %(code)s.") % {"code": code})
    store = Store.objects.create(code=code, name=name, platform=platform)
    write_audit(store=store, actor=actor, action="store_created", subject=code, at=at)
    return store


@transaction.atomic
def invite_member(
    *,
    store: Store,
    username: str,
    display_name: str,
    roles: Sequence[str],
    actor: User | None,
    at: datetime,
    email: str = "",
) -> Membership:
    """Give a person roles in the store; somebody new gets an account without a password (see `password_link_token`).

    Raises:
        PeopleError: the person is a member already, or the actor may not grant one of the roles.
    """
    _check_roles(roles, store, actor)
    user = User.objects.select_for_update().filter(username=username).first()
    if user is None:
        user = User(username=username, display_name=display_name, email=email)
        user.set_unusable_password()
        user.save()
    membership, is_new = Membership.objects.get_or_create(user=user, store=store, defaults={"roles": list(roles)})
    if not is_new:
        raise PeopleError(_("%(name)s is already a member of this store.") % {"name": user})
    write_audit(store=store, actor=actor, action="member_invited", subject=username, data={"roles": list(roles)}, at=at)
    return membership


@transaction.atomic
def set_roles(*, membership: Membership, roles: Sequence[str], actor: User, at: datetime) -> Membership:
    """Replace a member's roles.

    Raises:
        PeopleError: no role is left, the actor may not grant one, or it is the last who can manage the store.
    """
    membership = _locked(membership)
    _check_roles(roles, membership.store, actor)
    _check_rank(membership, actor)
    before, membership.roles = membership.roles, list(roles)
    membership.save(update_fields=["roles"])
    _check_manager_left(membership.store)
    write_audit(
        store=membership.store,
        actor=actor,
        action="roles_changed",
        subject=membership.user.username,
        data={"before": before, "after": list(roles)},
        at=at,
    )
    return membership


@transaction.atomic
def disable_member(*, membership: Membership, actor: User, at: datetime) -> Membership:
    """End a member's access to the store at their next request.

    Raises:
        PeopleError: it is the actor, or the last who can manage the store.
    """
    membership = _locked(membership)
    if membership.user_id == actor.pk:
        raise PeopleError(_("You cannot disable yourself. Ask another manager."))
    _check_rank(membership, actor)
    return _set_active(membership, actor, at, is_active=False)


@transaction.atomic
def enable_member(*, membership: Membership, actor: User, at: datetime) -> Membership:
    membership = _locked(membership)
    _check_rank(membership, actor)
    return _set_active(membership, actor, at, is_active=True)


def _set_active(membership: Membership, actor: User, at: datetime, *, is_active: bool) -> Membership:
    membership.is_active = is_active
    membership.save(update_fields=["is_active"])
    _check_manager_left(membership.store)
    action = "member_enabled" if is_active else "member_disabled"
    write_audit(store=membership.store, actor=actor, action=action, subject=membership.user.username, at=at)
    return membership


def password_link_token(user: User) -> tuple[str, str]:
    """Return the id and token of a one-time link to set a password; it dies with use and with time."""
    return urlsafe_base64_encode(force_bytes(user.pk)), default_token_generator.make_token(user)


def _locked(membership: Membership) -> Membership:
    Store.objects.select_for_update().get(pk=membership.store_id)  # one change of people at a time per store
    return Membership.objects.select_related("store", "user").get(pk=membership.pk)


def _check_roles(roles: Sequence[str], store: Store, actor: User | None) -> None:
    if not roles or set(roles) - set(Role.values):
        raise PeopleError(_("Choose at least one role of the list."))
    if actor is not None and not rights_of(roles) <= _rights(actor, store):
        raise PeopleError(_("You cannot give a role that may do more than your own."))


def _check_rank(membership: Membership, actor: User) -> None:
    if not membership.rights <= _rights(actor, membership.store):
        raise PeopleError(_("%(name)s has rights that you do not have.") % {"name": membership.user})


def _rights(actor: User, store: Store) -> frozenset[str]:
    own = Membership.objects.active().filter(user=actor, store=store).first()
    return frozenset(own.rights) if own else frozenset()


def _check_manager_left(store: Store) -> None:
    managers = Membership.objects.active().filter(store=store, roles__overlap=[Role.MANAGER, Role.ADMIN])
    if not managers.exists():
        raise PeopleError(_("%(store)s would be left without a manager.") % {"store": store.name})
