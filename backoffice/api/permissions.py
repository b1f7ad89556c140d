"""Deny by default: an operation without a declared scope and right is refused to everybody."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

from django.utils.translation import gettext_lazy as _
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from backoffice.api.authentication import ApiRequest
from backoffice.common.access import MEMBER, Right
from backoffice.common.models.tokens import Scope

Operation = TypeVar("Operation", bound=Callable[..., Any])


def operation(scope: Scope, *rights: Right | str) -> Callable[[Operation], Operation]:
    """Declare the scope a handler method needs, and the rights of which the token's owner must have one; or MEMBER."""

    def declare(handler: Operation) -> Operation:
        handler.required_scope = scope  # type: ignore[attr-defined]
        handler.required_rights = frozenset(rights)  # type: ignore[attr-defined]
        return handler

    return declare


class DeclaredRights(BasePermission):
    message = _("This token's scopes, or its owner's role, do not include this operation.")

    def has_permission(self, request: Request, view: Any) -> bool:
        if request.auth is None:
            return False
        caller = cast("ApiRequest", request)
        handler = getattr(view, str(request.method).lower(), None)
        if handler is None:
            return True  # the method is not allowed; the view answers 405
        scope: Scope | None = getattr(handler, "required_scope", None)
        rights: frozenset[Right | str] = getattr(handler, "required_rights", frozenset())
        return scope in caller.auth.scopes and (MEMBER in rights or bool(rights & caller.rights))
