"""Acts of people on the outbox: what failed is sent again."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.common.models import Store
from orders.core.models import ANSWERS, OutboxMessage, OutboxState
from orders.platforms.queries import connection_of
from orders.platforms.services.connections import PlatformActError

RETRIED_AT_ONCE = 1000


@transaction.atomic
def retry_message(*, store: Store, message_id: int, at: datetime) -> OutboxMessage:
    """Send one message again: it waits as if it were new.

    Raises:
        OutboxMessage.DoesNotExist: the store has no such message.
        PlatformActError: it did not fail, or answers to buyers are switched off.
    """
    rows = OutboxMessage.objects.for_store(store).select_related("order", "event")
    message = rows.select_for_update(of=("self",)).get(pk=message_id)
    if message.state != OutboxState.FAILED:
        raise PlatformActError(
            _("Only what failed can be sent again; this is: %(state)s.") % {"state": message.get_state_display()}
        )
    if message.kind in ANSWERS and not _sends_answers(store):
        raise PlatformActError(_("Answers were switched off before it was sent."))
    message.state, message.attempts, message.not_before, message.error = OutboxState.PENDING, 0, at, ""
    message.save(update_fields=["state", "attempts", "not_before", "error"])
    return message


@transaction.atomic
def retry_failed(*, store: Store, at: datetime) -> int:
    """Send what failed again, the newest so many at once; return how many."""
    failed = OutboxMessage.objects.for_store(store).filter(state=OutboxState.FAILED).order_by("-pk")
    if not _sends_answers(store):
        failed = failed.exclude(kind__in=ANSWERS)
    ids = list(failed.select_for_update(skip_locked=True).values_list("pk", flat=True)[:RETRIED_AT_ONCE])
    return OutboxMessage.objects.filter(pk__in=ids).update(
        state=OutboxState.PENDING, attempts=0, not_before=at, error=""
    )


def _sends_answers(store: Store) -> bool:
    connection = connection_of(store)
    return connection is not None and connection.sends_answers
