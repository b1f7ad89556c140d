"""Roles, rights, and the declaration every view must carry: everything is denied unless granted."""

from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import TypeVar

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    AGENT = "agent", _("Service agent")
    WAREHOUSE = "warehouse", _("Warehouse")
    FINANCE = "finance", _("Finance")
    MANAGER = "manager", _("Manager")
    OPS = "ops", _("Operations")
    ADMIN = "admin", _("Administrator")


class Right(StrEnum):
    """What a member may do in one store; the rows of the rights table in the docs."""

    VIEW_ORDERS = "view_orders"
    WORK_ORDERS = "work_orders"  # notes, flags, claims, accept, hold
    REMARK = "remark"
    SHIP = "ship"  # print, ship, stock
    OVERRIDE_NOTE = "override_note"
    WORK_REFUNDS = "work_refunds"
    RECEIVE_RETURNS = "receive_returns"
    APPROVE_REFUNDS = "approve_refunds"  # the second person above the limit
    REPLY_REVIEWS = "reply_reviews"
    REVEAL = "reveal"
    EXPORT = "export"
    EXPORT_CLEAR = "export_clear"
    CLOSE_ORDERS = "close_orders"  # close, mark paid, complete, extend the promise
    IMPORT = "import"
    ANALYTICS = "analytics"
    SEE_JOBS = "see_jobs"
    RUN_JOBS = "run_jobs"
    MANAGE_STORE = "manage_store"


_AGENT = {Right.VIEW_ORDERS, Right.WORK_ORDERS, Right.REMARK, Right.WORK_REFUNDS, Right.RECEIVE_RETURNS,
          Right.REPLY_REVIEWS, Right.REVEAL}  # fmt: skip
_WAREHOUSE = {Right.VIEW_ORDERS, Right.REMARK, Right.SHIP, Right.RECEIVE_RETURNS, Right.REVEAL}
_FINANCE = {Right.VIEW_ORDERS, Right.WORK_REFUNDS, Right.RECEIVE_RETURNS, Right.APPROVE_REFUNDS, Right.EXPORT,
            Right.ANALYTICS}  # fmt: skip
_MANAGER = set(Right) - {Right.RUN_JOBS}
_OPS = {Right.IMPORT, Right.ANALYTICS, Right.SEE_JOBS, Right.RUN_JOBS}

ROLE_RIGHTS: dict[str, frozenset[Right]] = {
    Role.AGENT: frozenset(_AGENT),
    Role.WAREHOUSE: frozenset(_WAREHOUSE),
    Role.FINANCE: frozenset(_FINANCE),
    Role.MANAGER: frozenset(_MANAGER),
    Role.OPS: frozenset(_OPS),
    Role.ADMIN: frozenset(Right),
}


def rights_of(roles: Iterable[str]) -> frozenset[Right]:
    """Return the union of what the roles may do; an unknown role grants nothing."""
    return frozenset().union(*(ROLE_RIGHTS.get(role, frozenset()) for role in roles))


PUBLIC = "public"  # reachable without a login (login page, health)
SIGNED_IN = "signed_in"  # any signed-in person, member of a store or not
MEMBER = "member"  # any member of the current store

View = TypeVar("View", bound=Callable)


def requires(*rights: Right | str) -> Callable[[View], View]:
    """Declare who may call a view: any one of the rights, or PUBLIC, SIGNED_IN, MEMBER.

    `AccessMiddleware` enforces it and answers 403 to a view that declares nothing.
    """

    def declare(view: View) -> View:
        view.required_rights = frozenset(rights)  # type: ignore[attr-defined]
        if PUBLIC in rights:
            view.login_required = False  # type: ignore[attr-defined]
        return view

    return declare


RIGHT_LABELS = {
    Right.VIEW_ORDERS: _("See queues and orders, masked"),
    Right.WORK_ORDERS: _("Notes, flags, claims, accept, hold"),
    Right.REMARK: _("Write remarks"),
    Right.SHIP: _("Print, ship, stock"),
    Right.OVERRIDE_NOTE: _("Override the note gate"),
    Right.WORK_REFUNDS: _("Refunds: reply, refuse, agree to the limit"),
    Right.RECEIVE_RETURNS: _("Receive returns"),
    Right.APPROVE_REFUNDS: _("Refunds above the limit"),
    Right.REPLY_REVIEWS: _("Reply to reviews"),
    Right.REVEAL: _("Reveal one recipient, with a reason"),
    Right.EXPORT: _("Export, masked"),
    Right.EXPORT_CLEAR: _("Export clear text, with a reason"),
    Right.CLOSE_ORDERS: _("Close, mark paid, complete, extend the promise"),
    Right.IMPORT: _("Import files"),
    Right.ANALYTICS: _("Read figures"),
    Right.SEE_JOBS: _("See jobs and schedules"),
    Right.RUN_JOBS: _("Run jobs and schedules"),
    Right.MANAGE_STORE: _("Rules, templates and staff of the store"),
}
