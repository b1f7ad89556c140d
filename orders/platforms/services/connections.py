"""The connection of a store to its platform: saved, switched, tried, and how it is doing."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.common.audit import write_audit
from backoffice.common.masking import mask_text
from backoffice.common.models import AlertKind, Store, User
from backoffice.common.models.alerts import ALERT_RIGHTS
from backoffice.common.sealing import SealError, seal_json, unseal_json
from backoffice.common.services.alerts import raise_alert
from orders.core.models import ANSWERS, OutboxMessage, OutboxState
from orders.core.services import OrderError
from orders.platforms.models import LOCKED_OUT, PlatformConnection
from orders.platforms.queries import connection_of
from orders.platforms.statuses import SIGN_METHODS
from orders.platforms.top.client import TopClient, gateway_problem
from orders.platforms.top.errors import Meaning, PlatformError, Refusal, Unanswered

TAKES_BACK = timedelta(days=1)  # how far a new connection looks back where nobody says
LONGEST_BACK = timedelta(days=90)
_KEY_LENGTH, _SECRET_LENGTH, _ERROR_LENGTH = 40, 200, 300


class PlatformActError(OrderError):
    """An act on the connection or the outbox that is refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionValues:
    """What a person enters; an empty secret or session keeps what is stored."""

    gateway: str
    app_key: str
    secret: str = field(default="", repr=False)
    session: str = field(default="", repr=False)
    sign_method: str = "hmac-sha256"
    pulls_orders: bool = True
    sends_acts: bool = True
    sends_answers: bool = False
    since: datetime | None = None  # changes from then on are taken in; only for a new connection


def sealed_context(store_id: int) -> str:
    return f"platform:{store_id}"


@transaction.atomic
def save_connection(
    *, store: Store, values: ConnectionValues, actor: User | None, at: datetime, version: int | None = None
) -> PlatformConnection:
    """Connect the store, or change how it is connected. Secrets are sealed and never shown again.

    Raises:
        PlatformActError: a value cannot be, or somebody else changed the connection meanwhile.
    """
    _check(values)
    connection = connection_of(store, is_locked=True)
    if connection is None:
        connection = _new_connection(store, values, at)
    elif version is not None and connection.version != version:
        raise PlatformActError(
            _("Somebody changed the connection while you were working on it. Look again."), "version"
        )
    else:
        connection.version += 1
    if values.sends_acts and not connection.sends_acts:
        connection.sends_since = at  # what happened while it was off stays here
    if connection.sends_answers != values.sends_answers:
        _keep_answers(store, is_asked_too=values.sends_answers)
    _put(connection, values)
    connection.updated_by, connection.updated_at = actor, at
    connection.blocked_until, connection.last_error = None, ""
    connection.save()
    write_audit(store=store, actor=actor, action="platform_connected", at=at, data=_told(connection))
    return connection


def _keep_answers(store: Store, *, is_asked_too: bool) -> None:
    """Answers that were not sent yet stay here: switched on again, they would be old.

    One that the platform was asked to take once is on its way perhaps: it is kept when answers are switched on again.
    """
    waiting = OutboxMessage.objects.for_store(store).filter(kind__in=ANSWERS, state=OutboxState.PENDING)
    unsent = waiting if is_asked_too else waiting.filter(asked_at__isnull=True)
    unsent.update(state=OutboxState.KEPT, error_code="off")


def _check(values: ConnectionValues) -> None:
    if problem := gateway_problem(values.gateway):
        raise PlatformActError(problem, "field")
    if not 0 < len(values.app_key.strip()) <= _KEY_LENGTH:
        raise PlatformActError(_("Enter the app key, up to %(count)s characters.") % {"count": _KEY_LENGTH}, "field")
    if values.sign_method not in SIGN_METHODS:
        raise PlatformActError(_("Choose one of the sign methods."), "field")
    if max(len(values.secret), len(values.session)) > _SECRET_LENGTH:
        raise PlatformActError(
            _("Secret and session have up to %(count)s characters.") % {"count": _SECRET_LENGTH}, "field"
        )


def _new_connection(store: Store, values: ConnectionValues, at: datetime) -> PlatformConnection:
    if not values.secret.strip() or not values.session.strip():
        raise PlatformActError(_("Enter the app's secret and the shop's session."), "field")
    since = values.since or at - TAKES_BACK
    if not at - LONGEST_BACK <= since <= at:
        raise PlatformActError(_("Changes can be taken in from the last 90 days."), "field")
    return PlatformConnection(store=store, sends_since=at, pulled_until=since)


def _put(connection: PlatformConnection, values: ConnectionValues) -> None:
    secrets = _secrets(connection) if connection.sealed else {}
    given = {"secret": values.secret.strip(), "session": values.session.strip()}
    secrets |= {name: value for name, value in given.items() if value}
    if set(secrets) != set(given):
        raise PlatformActError(_("Enter the app's secret and the shop's session."), "field")
    connection.sealed = seal_json(secrets, context=sealed_context(connection.store_id))
    connection.gateway, connection.app_key = values.gateway, values.app_key.strip()
    connection.sign_method = values.sign_method
    connection.pulls_orders, connection.sends_acts = values.pulls_orders, values.sends_acts
    connection.sends_answers = values.sends_answers


def _secrets(connection: PlatformConnection) -> dict[str, str]:
    try:
        return dict(unseal_json(connection.sealed, context=sealed_context(connection.store_id)))
    except SealError:
        return {}  # its key is gone: both must be entered again


def _told(connection: PlatformConnection) -> dict[str, str | bool]:
    return {
        "gateway": connection.gateway,
        "app_key": connection.app_key,
        "pulls_orders": connection.pulls_orders,
        "sends_acts": connection.sends_acts,
        "sends_answers": connection.sends_answers,
    }


@transaction.atomic
def switch_connection(*, store: Store, is_active: bool, actor: User | None, at: datetime) -> PlatformConnection:
    """Switch the connection on or off; what happens while it is off is not sent later.

    Raises:
        PlatformActError: the store has none.
    """
    connection = connection_of(store, is_locked=True)
    if connection is None:
        raise PlatformActError(_("This store is not connected to a platform yet."))
    if is_active and not connection.is_active:
        connection.sends_since, connection.last_error, connection.blocked_until = at, "", None
    connection.is_active, connection.updated_by, connection.updated_at = is_active, actor, at
    connection.version += 1
    connection.save()
    write_audit(store=store, actor=actor, action="platform_switched", at=at, data={"is_active": is_active})
    return connection


def open_client(connection: PlatformConnection) -> TopClient:
    """Return the client of a connection.

    Raises:
        Unanswered: its secrets cannot be opened.
    """
    secrets = _secrets(connection)
    if not secrets:
        raise Unanswered(_("The stored secrets cannot be opened: enter secret and session again."))
    return TopClient(
        gateway=connection.gateway,
        app_key=connection.app_key,
        secret=secrets["secret"],
        session=secrets["session"],
        sign_method=connection.sign_method,
    )


def test_connection(*, store: Store, at: datetime) -> int:
    """Ask the platform for the changes of the last minutes; return how many there are.

    Raises:
        PlatformActError: the store is not connected, or the platform did not answer as it should.
    """
    connection = connection_of(store)
    if connection is None:
        raise PlatformActError(_("This store is not connected to a platform yet."))
    times = {"start_create": at - timedelta(minutes=10), "end_create": at}
    try:
        answer = open_client(connection).call("taobao.trades.sold.incrementv.get", fields="tid", page_size=1, **times)
    except PlatformError as error:
        note_trouble(connection, error, at)
        raise PlatformActError(error.sentence) from error
    note_success(connection, at)
    return int(answer.get("total_results") or 0)


test_connection.__test__ = False  # type: ignore[attr-defined] # pytest would take it for one


def note_success(connection: PlatformConnection, at: datetime) -> None:
    PlatformConnection.objects.filter(pk=connection.pk).update(last_ok_at=at, last_error="", blocked_until=None)


@transaction.atomic
def note_trouble(connection: PlatformConnection, error: PlatformError, at: datetime) -> None:
    """Remember why the platform cannot be talked to; a rate limit waits, refused credentials wait for new ones."""
    found = connection_of(connection.store, is_locked=True)
    if found is None:
        return
    found.last_error, found.last_error_at = mask_text(error.sentence)[:_ERROR_LENGTH], at
    meaning = error.meaning if isinstance(error, Refusal) else None
    if meaning == Meaning.LIMITED and isinstance(error, Refusal):
        found.blocked_until = at + timedelta(seconds=error.ban_seconds)
    if meaning == Meaning.LOCKED_OUT and found.version == connection.version and not found.is_locked_out(at):
        found.blocked_until = at + LOCKED_OUT
        _tell_of(found.store, error.sentence, at)
    found.save(update_fields=["last_error", "last_error_at", "blocked_until"])


def _tell_of(store: Store, sentence: str, at: datetime) -> None:
    kind = AlertKind.OUTBOX_FAILED
    raise_alert(store=store, kind=kind, right=ALERT_RIGHTS[kind], at=at, data={"error": sentence})


def remember_fields(connection: PlatformConnection, names: Iterable[str]) -> None:
    """Keep the names of fields that nobody here reads, for the warning on the page."""
    new = sorted({*connection.unknown_fields, *names})[:100]
    if new != connection.unknown_fields:
        connection.unknown_fields = new
        PlatformConnection.objects.filter(pk=connection.pk).update(unknown_fields=new)
