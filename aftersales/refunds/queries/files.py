from typing import NamedTuple

from django.db.models import QuerySet

from aftersales.refunds.models import UnknownRefund, UnreadRefund
from backoffice.common.models import Store
from orders.intake.models import ImportFile
from orders.intake.queries import REFUNDS

_SHOWN, _COUNTED = 20, 1000


class Waiting(NamedTuple):
    """Cases whose orders are not here: the longest waiting ones, and how many, counted up to 1,001."""

    rows: list[UnknownRefund]
    total: int


def refund_files(store: Store) -> QuerySet[ImportFile]:
    """Return the store's refund lists with their jobs and who uploaded them."""
    return ImportFile.objects.filter(store=store, format=REFUNDS).select_related("job", "uploaded_by", "store")


def waiting_cases(store: Store) -> Waiting:
    rows = UnknownRefund.objects.filter(store=store).defer("sealed").order_by("pk")
    return Waiting(list(rows[:_SHOWN]), rows[: _COUNTED + 1].count())


class Unread(NamedTuple):
    """Cases of the platform that are not understood: the longest kept ones, and how many, counted up to 1,001."""

    rows: list[UnreadRefund]
    total: int


def unread_cases(store: Store) -> Unread:
    rows = UnreadRefund.objects.filter(store=store).defer("sealed").order_by("pk")
    return Unread(list(rows[:_SHOWN]), rows[: _COUNTED + 1].count())
