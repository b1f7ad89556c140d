"""One trade into the tables, by the importer that files use: what it cannot take waits in quarantine."""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import DatabaseError, transaction

from backoffice.common.models import Job, Store
from backoffice.common.sealing import SealError, seal_json, unseal_json
from orders.core.models import Order, OutboxKind, OutboxMessage, OutboxState, Recipient
from orders.core.recipients import recipient_context
from orders.core.services import set_flag
from orders.core.statuses import EventKind, EventSource, OrderStatus
from orders.intake.engine import Batch, merge_lines, merge_orders
from orders.intake.formats import DetailParser, FormatMatch, OrderListParser, RowError, recognise
from orders.intake.models import ImportFile
from orders.intake.quarantine import save_bad_rows
from orders.platforms.memos import remarks_of, was_written_here
from orders.platforms.top.rows import DETAIL_HEADER, LIST_HEADER, line_cells, list_cells, receiver_is_hidden
from orders.platforms.top.shapes import flag_of, id_of

Counted = Counter
_ATTEMPTS = 3
_RETRIED = frozenset({"40001", "40P01", "55P03", "23505"})  # a lost race for a lock or a key
_HIDDEN = "***"
_CIPHERED = ("~", "$")

# (the platform's status, ours) -> the platform's word for ours, where we are ahead of it
_AHEAD: dict[tuple[str, str], str] = {
    ("WAIT_SELLER_SEND_GOODS", OrderStatus.SHIPPED): "WAIT_BUYER_CONFIRM_GOODS",
    ("WAIT_SELLER_SEND_GOODS", OrderStatus.PARTIALLY_SHIPPED): "SELLER_CONSIGNED_PART",
    ("SELLER_CONSIGNED_PART", OrderStatus.SHIPPED): "WAIT_BUYER_CONFIRM_GOODS",
    ("WAIT_BUYER_PAY", OrderStatus.CLOSED): "TRADE_CLOSED_BY_TAOBAO",
}


def merge_trade(
    *, store: Store, trade: Mapping[str, Any], snapshot_at: datetime, at: datetime, job: Job | None
) -> Counter[str]:
    """Merge one trade as it was at `snapshot_at`; return how many rows had which outcome.

    The order and its lines go in together; an older state than the one that is here changes nothing.
    """
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            with transaction.atomic():
                return _merge(store, trade, snapshot_at, at, job)
        except DatabaseError as error:
            if getattr(error.__cause__, "sqlstate", None) not in _RETRIED or attempt == _ATTEMPTS:
                raise
    return Counter()


def _merge(
    store: Store, trade: Mapping[str, Any], snapshot_at: datetime, at: datetime, job: Job | None
) -> Counter[str]:
    number, batch = id_of(trade, "tid"), Batch(store, at, job.pk if job else None)
    counts: Counter[str] = Counter()
    known = Order.objects.for_store(store).filter(number=number).first()
    trade = _ahead_of(known, trade)
    rows = list_cells(trade, memo=_memo_from_there(known, str(trade.get("seller_memo") or "")))
    orders, bad = _parse(LIST_HEADER, [rows])
    if orders:
        counts.update(dict(merge_orders(batch, orders, snapshot_at)))
    counts["quarantined"] += _quarantine(store, number, LIST_HEADER, bad, snapshot_at, at)
    lines, bad = _parse(DETAIL_HEADER, line_cells(trade))
    if lines:
        merge_lines(batch, [(line, line.oid or "") for line in lines], snapshot_at)
    counts["quarantined"] += _quarantine(store, number, DETAIL_HEADER, bad, snapshot_at, at)
    order = Order.objects.for_store(store).filter(number=number).first()
    if order is not None and order.snapshot_at == snapshot_at:  # it is the newest that we know
        _keep_receiver(order, trade)
        _take_flag(store, order, flag_of(trade), snapshot_at, at)
    return +counts


def _parse(header: Sequence[str], rows: Sequence[list[Any]]) -> tuple[list[Any], list[Any]]:
    match: FormatMatch = recognise(header)
    parser: Any = (OrderListParser if header is LIST_HEADER else DetailParser)(match)
    good, bad = [], []
    for line, cells in enumerate(rows, start=2):
        record = parser.parse(line, cells)
        if isinstance(record, RowError):
            bad.append((line, cells, record))
        else:
            good.append(record)
    return good, bad


def _ahead_of(order: Order | None, trade: Mapping[str, Any]) -> Mapping[str, Any]:
    """Keep the status of an order that left or was closed here as long as the platform was not told."""
    if order is None or (status := _AHEAD.get((str(trade.get("status")), str(order.status)))) is None:
        return trade
    kind = OutboxKind.CLOSE if order.status == OrderStatus.CLOSED else OutboxKind.SHIP
    untold = OutboxMessage.objects.filter(
        order=order, kind=kind, state__in=(OutboxState.PENDING, OutboxState.FAILED)
    ).exists()
    return {**trade, "status": status} if untold else trade


def _memo_from_there(order: Order | None, memo: str) -> str:
    """Return the memo if somebody wrote it on the platform; what we sent is no new remark."""
    return "" if order is not None and memo and was_written_here(memo, remarks_of(order)) else memo


def _quarantine(
    store: Store, number: str, header: Sequence[str], bad: list[Any], snapshot_at: datetime, at: datetime
) -> int:
    """Keep rows that cannot be taken where those of files wait, once for each content."""
    if not bad:
        return 0
    content = json.dumps([cells for _line, cells, _error in bad], ensure_ascii=False, default=str)
    digest = hashlib.sha256(f"{number}\n{content}".encode()).hexdigest()
    if ImportFile.objects.filter(store=store, sha256=digest).exists():
        return 0
    kind = "order_list" if header is LIST_HEADER else "order_detail"
    file = ImportFile.objects.create(
        store=store, name=f"taobao.trade.fullinfo.get {number}", sha256=digest, size=len(content), format=kind,
        snapshot_at=snapshot_at, state=ImportFile.State.DONE, uploaded_at=at, finished_at=at,
    )  # fmt: skip
    save_bad_rows(file, header, bad, counts={"rows": len(bad), "quarantined": len(bad)})
    return len(bad)


def _keep_receiver(order: Order, trade: Mapping[str, Any]) -> None:
    """Seal the key by which the platform deciphers the receiver; hidden values make no two orders the same buyer's."""
    oaid, is_hidden = str(trade.get("oaid") or ""), receiver_is_hidden(trade)
    recipient = Recipient.objects.filter(order=order, sealed__isnull=False).first() if oaid or is_hidden else None
    if recipient is None:
        return
    values: dict[str, Any] = {}
    if oaid and (sealed := _with_oaid(order, recipient, oaid)) is not None:
        values["sealed"] = sealed
    if is_hidden and recipient.recipient_key:
        values |= {"recipient_key": "", "phone_index": None, "name_index": None}
    if str(trade.get("receiver_name") or "").startswith(_CIPHERED):
        values |= {"masked_name": _HIDDEN, "masked_phone": _HIDDEN, "phone_tail_index": None}
    if values:
        Recipient.objects.filter(pk=recipient.pk).update(**values)


def _with_oaid(order: Order, recipient: Recipient, oaid: str) -> bytes | None:
    context = recipient_context(order.store_id, order.number)
    try:
        clear = dict(unseal_json(bytes(recipient.sealed or b""), context=context))
    except SealError:
        return None
    return None if clear.get("oaid") == oaid else seal_json({**clear, "oaid": oaid}, context=context)


def _take_flag(store: Store, order: Order, flag: int, snapshot_at: datetime, at: datetime) -> None:
    """Follow the platform's flag, unless somebody here chose another since, or it has not been sent yet."""
    if order.flag == flag:
        return
    chosen = order.events.filter(kind=EventKind.FLAG_CHANGED, at__gt=snapshot_at).exclude(source=EventSource.PLATFORM)
    waiting = OutboxMessage.objects.filter(
        order=order, kind__in=(OutboxKind.FLAG, OutboxKind.MEMO), state=OutboxState.PENDING
    )
    if not chosen.exists() and not waiting.exists():
        set_flag(store=store, order_id=order.pk, flag=flag, actor=None, at=at, source=EventSource.PLATFORM)
