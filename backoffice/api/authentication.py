"""Bearer tokens: who calls, for which store, with which scopes, and never more than the owner's role allows."""

from typing import cast

from django.conf import settings
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from backoffice.common.access import Right
from backoffice.common.models import ApiToken, Membership, Store, User
from backoffice.common.services import find_token

_PARTS = 2


class ApiRequest(Request):
    """What a view of the API may rely on."""

    user: User
    auth: ApiToken
    store: Store
    membership: Membership
    rights: frozenset[Right]


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer <token>`."""

    keyword = "Bearer"

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        parts = get_authorization_header(request).split()
        if not parts or parts[0].lower() != self.keyword.lower().encode():
            return None
        token = _find(parts[1].decode("latin-1")) if len(parts) == _PARTS else None
        if token is None:
            raise AuthenticationFailed(_("This token is unknown, expired or revoked."))
        translation.activate(token.owner.language or settings.LANGUAGE_CODE)
        membership = Membership.objects.active().filter(user=token.owner, store=token.store).first()
        if membership is None:
            raise AuthenticationFailed(_("The owner of this token is no member of its store any more."))
        membership.user, membership.store = token.owner, token.store
        own = cast("ApiRequest", request)
        own.store, own.membership, own.rights = token.store, membership, membership.rights
        return token.owner, token

    def authenticate_header(self, request: Request) -> str:
        return self.keyword


def _find(text: str) -> ApiToken | None:
    return find_token(text, at=timezone.now()) if text.isascii() and text.isprintable() else None
