"""The outbox, message by message: claimed under a short lock, sent without any, settled if still ours."""

import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from backoffice.common.masking import mask_text
from backoffice.common.models import AlertKind, Store
from backoffice.common.models.alerts import ALERT_RIGHTS
from backoffice.common.services.alerts import raise_alert
from orders.core.models import ANSWERS, OutboxMessage, OutboxState
from orders.platforms.models import PlatformConnection
from orders.platforms.queries import connection_of, due_messages
from orders.platforms.services.connections import note_success, note_trouble, open_client
from orders.platforms.services.deliveries import STATE_KINDS, Outcome, deliver
from orders.platforms.top.client import TopClient
from orders.platforms.top.errors import Meaning, PlatformError, Refusal, Unanswered

logger = logging.getLogger(__name__)

Clock = Callable[[], datetime]
LEASE = timedelta(minutes=5)  # longer than any delivery: after it the message of a killed worker is taken again
MOST_ATTEMPTS = 8
_WAITS = (30, 60, 120, 300, 600, 1800, 3600)
_SILENCES = 3  # in a row, and the platform is left alone until the next run
_KEPT_AT_ONCE = 5000
_ERROR = 300


@dataclass(frozen=True, slots=True)
class Claim:
    """A message that is ours to send until its lease ends."""

    message: OutboxMessage
    connection: PlatformConnection
    lease: datetime
    was_asked: bool


def send_due(
    *, store: Store, clock: Clock, limit: int = 500, progress: Callable[[int], None] | None = None
) -> dict[str, int]:
    """Send what is due, oldest first; return how many messages came to which state."""
    keep_older(store=store)
    run = _Run(store, clock)
    for done in range(1, limit + 1):
        claim = claim_next(store=store, now=clock())
        if claim is None or not run.send(claim):
            break
        if progress:
            progress(done)
    run.tell()
    return dict(run.counts)


def keep_older(*, store: Store) -> int:
    """Mark what happened before the connection (or while it was off): it stays here."""
    connection = connection_of(store)
    if connection is None:
        return 0
    older = OutboxMessage.objects.for_store(store).filter(
        state=OutboxState.PENDING, created_at__lt=connection.sends_since, asked_at__isnull=True
    )
    ids = list(older.order_by("pk").values_list("pk", flat=True)[:_KEPT_AT_ONCE])
    if not ids:
        return 0
    return OutboxMessage.objects.filter(pk__in=ids, state=OutboxState.PENDING).update(
        state=OutboxState.KEPT, error_code="older"
    )


@transaction.atomic
def claim_next(*, store: Store, now: datetime) -> Claim | None:
    """Take the oldest due message of an order of which none is on its way; the request is noted before it is made."""
    connection = connection_of(store, is_locked=True)
    if connection is None or not _may_send(connection, now):
        return None
    message = _next_message(store, connection, now)
    if message is None:
        return None
    if message.kind in STATE_KINDS:
        message = _newest_of(message)
    claim = Claim(message, connection, now + LEASE, was_asked=message.asked_at is not None)
    message.asked_at, message.not_before = now, claim.lease
    message.attempts += 1
    message.save(update_fields=["asked_at", "not_before", "attempts"])
    return claim


def _may_send(connection: PlatformConnection, now: datetime) -> bool:
    return connection.is_active and connection.sends_acts and not connection.is_blocked(now)


def _next_message(store: Store, connection: PlatformConnection, now: datetime) -> OutboxMessage | None:
    on_its_way = OutboxMessage.objects.filter(
        order_id=OuterRef("order_id"), state=OutboxState.PENDING, asked_at__isnull=False, not_before__gt=now
    )
    rows = due_messages(store, now).filter(~Exists(on_its_way), created_at__gte=connection.sends_since)
    if not connection.sends_answers:
        rows = rows.exclude(kind__in=ANSWERS)  # asked once already: switched off, it moves no money
    return rows.select_for_update(skip_locked=True, of=("self",)).select_related("order", "event").first()


def _newest_of(message: OutboxMessage) -> OutboxMessage:
    """Take the newest of the order's messages about memo and flag; it replaces the older ones."""
    rows = OutboxMessage.objects.filter(order_id=message.order_id, kind__in=STATE_KINDS, state=OutboxState.PENDING)
    *older, newest = rows.select_for_update(of=("self",)).select_related("order", "event").order_by("pk")
    if older:
        OutboxMessage.objects.filter(pk__in=[row.pk for row in older]).update(
            state=OutboxState.KEPT, error_code="replaced", error=""
        )
    return newest


class _Run:
    """One worker's turn at a store's outbox."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self.store, self.clock = store, clock
        self.counts: Counter[str] = Counter()
        self.silences = 0
        self.failed: list[OutboxMessage] = []

    def send(self, claim: Claim) -> bool:
        """Send one message; return whether to go on with the next."""
        try:
            outcome = deliver(claim.message, self._client(claim), was_asked=claim.was_asked)
        except PlatformError as error:
            return self._settle_trouble(claim, error)
        except Exception:  # a message that we cannot make must stop no others
            logger.exception("outbox message %s could not be made", claim.message.pk)
            self._wait(claim, Unanswered(_("A fault of ours: operations find it in the log.")))
            return True
        self.silences = 0
        note_success(claim.connection, self.clock())
        self._settle(claim, outcome)
        return True

    def _client(self, claim: Claim) -> TopClient:
        return open_client(claim.connection)

    def _settle_trouble(self, claim: Claim, error: PlatformError) -> bool:
        meaning = error.meaning if isinstance(error, Refusal) else None
        if meaning == Meaning.REFUSED and isinstance(error, Refusal):
            self.silences = 0
            self._settle(claim, Outcome(OutboxState.FAILED, error.short_code, error.sentence))
            return True
        note_trouble(claim.connection, error, self.clock())
        if meaning in {Meaning.LIMITED, Meaning.LOCKED_OUT}:
            self._put_back(claim, error)
            return False
        self.silences += 1
        self._wait(claim, error)
        return self.silences < _SILENCES

    def _put_back(self, claim: Claim, error: PlatformError) -> None:
        """The platform did nothing, and it was not the message's fault: this was no attempt."""
        self._save(
            claim, "waiting", not_before=self.clock(), attempts=claim.message.attempts - 1,
            asked_at=claim.message.asked_at if claim.was_asked else None, error=mask_text(error.sentence)[:_ERROR],
        )  # fmt: skip

    def _wait(self, claim: Claim, error: PlatformError) -> None:
        """Try again later, or give up; whether the platform did it is asked before the next try."""
        code = error.short_code if isinstance(error, Refusal) else "unanswered"
        if claim.message.attempts >= MOST_ATTEMPTS:
            self._settle(claim, Outcome(OutboxState.FAILED, code, error.sentence), is_known=False)
            return
        wait = timedelta(seconds=_WAITS[min(claim.message.attempts, len(_WAITS)) - 1])
        self._save(
            claim, "waiting", not_before=self.clock() + wait, error_code=code, error=mask_text(error.sentence)[:_ERROR]
        )

    def _settle(self, claim: Claim, outcome: Outcome, *, is_known: bool = True) -> None:
        sent_at = self.clock() if outcome.state == OutboxState.SENT else None
        asked_at = None if is_known else claim.message.asked_at
        saved = self._save(
            claim, outcome.state, state=outcome.state, error_code=outcome.code, sent_at=sent_at, asked_at=asked_at,
            error=mask_text(outcome.sentence)[:_ERROR], payload=outcome.payload, not_before=claim.message.created_at,
        )  # fmt: skip
        if saved and outcome.state == OutboxState.FAILED:
            self.failed.append(claim.message)

    def _save(self, claim: Claim, told: str, **values: object) -> bool:
        """Write what came of it, unless the lease ran out and another worker has the message now."""
        mine = OutboxMessage.objects.filter(
            pk=claim.message.pk, state=OutboxState.PENDING, not_before=claim.lease, attempts=claim.message.attempts
        )
        saved = bool(mine.update(**values))
        self.counts[str(told) if saved else "lost"] += 1
        return saved

    def tell(self) -> None:
        """Tell of what failed, in one alert for all."""
        if not self.failed:
            return
        numbers = list(dict.fromkeys(message.order.number for message in self.failed))
        kind = AlertKind.OUTBOX_FAILED
        raise_alert(
            store=self.store, kind=kind, right=ALERT_RIGHTS[kind], at=self.clock(), count=len(numbers), subjects=numbers
        )
