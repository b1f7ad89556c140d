import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.common.audit import write_audit
from backoffice.common.models import ApiToken, Membership, Store, User
from backoffice.common.models.tokens import Scope

_PREFIX_CHARS, _SECRET_BYTES = 8, 32


class TokenError(Exception):
    """A token that cannot be made or used, with a sentence for the person who asked."""


@transaction.atomic
def create_token(
    *, store: Store, owner: User, scopes: Sequence[str], days: int, actor: User | None, at: datetime, name: str = ""
) -> tuple[ApiToken, str]:
    """Make a key of the API; return it with its clear text, which is kept nowhere.

    Raises:
        TokenError: an unknown scope, no scope, or the owner is no active member of the store.
    """
    unknown = sorted(set(scopes) - set(Scope.values))
    if unknown or not scopes:
        raise TokenError(
            _("Unknown scope: %(names)s.") % {"names": ", ".join(unknown)}
            if unknown
            else _("Choose at least one scope.")
        )
    if not Membership.objects.active().filter(user=owner, store=store).exists():
        raise TokenError(_("%(name)s is no member of %(store)s.") % {"name": owner, "store": store.name})
    prefix, secret = secrets.token_hex(_PREFIX_CHARS // 2), secrets.token_urlsafe(_SECRET_BYTES)
    token = ApiToken.objects.create(
        owner=owner,
        store=store,
        name=name,
        scopes=sorted(set(scopes)),
        prefix=prefix,
        secret_hash=_hash(secret),
        created_at=at,
        expires_at=at + timedelta(days=days),
    )
    write_audit(store=store, actor=actor, action="token_created", subject=prefix, data={"scopes": token.scopes}, at=at)
    return token, f"{prefix}.{secret}"


@transaction.atomic
def revoke_token(*, token: ApiToken, actor: User, at: datetime) -> None:
    if ApiToken.objects.filter(pk=token.pk, revoked_at__isnull=True).update(revoked_at=at):
        write_audit(store=token.store, actor=actor, action="token_revoked", subject=token.prefix, at=at)


def find_token(text: str, *, at: datetime) -> ApiToken | None:
    """Return the live token with this clear text; None for anything else. Last use is written at most once a minute."""
    prefix, _dot, secret = text.partition(".")
    token = (
        ApiToken.objects.select_related("owner", "store")
        .filter(prefix=prefix, revoked_at__isnull=True, expires_at__gt=at, owner__is_active=True, store__is_active=True)
        .first()
    )
    if token is None or not hmac.compare_digest(token.secret_hash, _hash(secret)):
        return None
    if token.last_used_at is None or at - token.last_used_at > timedelta(minutes=1):
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=at)
    return token


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
