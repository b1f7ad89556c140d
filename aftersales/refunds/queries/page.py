"""What the page of a case shows around it: plain rows, each kind of them read by one statement."""

from datetime import datetime
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from aftersales.refunds.models import Refund
from aftersales.refunds.said import said
from aftersales.refunds.statuses import (
    Act,
    CaseState,
    ComplaintKind,
    InspectionOutcome,
    MessageRole,
    ParcelDirection,
    RefundState,
)
from backoffice.common.statements import fetch
from orders.core.statuses import EventSource

_NAME = "coalesce(nullif(u.display_name, ''), u.username, '')"


class File(NamedTuple):
    """A picture; `stored` is empty when its time was over."""

    pk: int
    name: str
    stored: str


def _files(rows: Any) -> list[File]:
    return [File(*row) for row in rows or ()]


_FILES = (
    "SELECT json_agg(json_build_array(a.id, a.name, a.stored) ORDER BY f.id)"
    " FROM {0} f JOIN common_attachment a ON a.id = f.attachment_id WHERE f.{1} = {2}.id"
)


# The negotiation


class ThreadItem(NamedTuple):
    """One line of the negotiation, or one move between them."""

    at: datetime
    role: str  # of MessageRole; empty: a move of the case
    who: str
    text: str
    act: str = ""
    files: list[File] = []
    picture_urls: list[str] = []


_THREAD = f"""
(SELECT 0 AS part, m.id, m.at, m.role, m.author_name, m.act, m.text, '' AS to_status, m.code, m.data::json,
    m.picture_urls::json,
    ({_FILES.format("refunds_messagefile", "message_id", "m")})
FROM refunds_refundmessage m WHERE m.refund_id = %(case)s ORDER BY m.at DESC, m.id DESC LIMIT 500)
UNION ALL
SELECT 1, s.id, s.left_at, s.source, {_NAME}, s.act, s.status, s.to_status, '', NULL, NULL, NULL
FROM refunds_refundstep s LEFT JOIN common_user u ON u.id = s.actor_id WHERE s.refund_id = %(case)s
ORDER BY 3, 1, 2
"""  # noqa: S608 -- names of tables and columns


def thread_of(refund: Refund) -> list[ThreadItem]:
    """Return what was said last and what was done, oldest first, the buyer's wish at the head."""
    who = refund.buyer.nick if refund.buyer else ""
    wish = ThreadItem(refund.requested_at, MessageRole.BUYER, who, refund.text)
    made = [_step(*row) if part else _message(*row) for part, _pk, *row in fetch(_THREAD, {"case": refund.pk})]
    return [wish, *made]


def _message(
    at: datetime, role: str, who: str, act: str, text: str, _to: str, code: str, data: Any, urls: Any, files: Any
) -> ThreadItem:
    words = (said(code, data) if code else None) or text
    shown = [url for url in urls or () if str(url).startswith(("https://", "http://"))]
    return ThreadItem(at, role, who, words, str(Act(act).label) if act else "", _files(files), shown)


def _step(at: datetime, source: str, who: str, act: str, left: str, entered: str, *_none: Any) -> ThreadItem:
    done = str(Act(act).label) if act else _("as the platform reports")
    moved = f"{RefundState(left).label} → {RefundState(entered).label}"
    return ThreadItem(at, "", who or str(EventSource(source).label), moved, done)


# Goods that came and went


class Scan(NamedTuple):
    at: datetime
    place: str
    text: str


class CaseParcel(NamedTuple):
    """A parcel of the case, with its scans, newest first."""

    direction: str
    courier: str
    tracking_number: str
    sent_at: datetime
    signed_at: datetime | None
    quantity: int
    sku: str
    recorded_by: str
    scans: list[Scan]

    @property
    def label(self) -> str:
        return str(ParcelDirection(self.direction).label)


class Found(NamedTuple):
    """What somebody found in a parcel that came back."""

    outcome: str
    quantity: int
    at: datetime
    note: str
    sku: str
    inspected_by: str
    files: list[File]

    @property
    def label(self) -> str:
        return str(InspectionOutcome(self.outcome).label)


_PARCELS = f"""
SELECT p.direction, p.courier, p.tracking_number, p.sent_at, p.signed_at, p.quantity, coalesce(k.code, ''), {_NAME},
    (SELECT json_agg(json_build_array(e.at, e.place, coalesce(nullif(e.text, ''), e.state)))
    FROM (SELECT * FROM refunds_returnevent e WHERE e.parcel_id = p.id ORDER BY e.at DESC, e.id DESC LIMIT 300) AS e)
FROM refunds_returnparcel p LEFT JOIN fulfilment_sku k ON k.id = p.sku_id
    LEFT JOIN common_user u ON u.id = p.recorded_by_id
WHERE p.refund_id = %s ORDER BY p.sent_at, p.id
"""  # noqa: S608 -- names of tables and columns
_FOUND = f"""
SELECT i.outcome, i.quantity, i.at, i.note, coalesce(k.code, ''), {_NAME},
    ({_FILES.format("refunds_inspectionfile", "inspection_id", "i")})
FROM refunds_inspection i LEFT JOIN fulfilment_sku k ON k.id = i.sku_id
    LEFT JOIN common_user u ON u.id = i.inspected_by_id
WHERE i.refund_id = %s ORDER BY i.at, i.id
"""  # noqa: S608 -- as above


def parcels_of_case(refund: Refund) -> list[CaseParcel]:
    return [CaseParcel._make((*row[:-1], _scans(row[-1]))) for row in fetch(_PARCELS, [refund.pk])]


def _scans(rows: Any) -> list[Scan]:
    return [Scan(datetime.fromisoformat(at), place, text) for at, place, text in rows or ()]


def found_in(refund: Refund) -> list[Found]:
    """Return what was found in the parcels of a case."""
    return [Found._make((*row[:-1], _files(row[-1]))) for row in fetch(_FOUND, [refund.pk])]


# Complaints


class ShownComplaint(NamedTuple):
    pk: int
    state: str
    kind: str
    text: str

    @property
    def state_label(self) -> str:
        return str(CaseState(self.state).label)

    @property
    def kind_label(self) -> str:
        return str(ComplaintKind(self.kind).label)


_COMPLAINTS = """
SELECT id, state, kind, text FROM refunds_complaint WHERE store_id = %s AND refund_id = %s ORDER BY opened_at, id
"""


def complaints_of(refund: Refund) -> list[ShownComplaint]:
    return [ShownComplaint(*row) for row in fetch(_COMPLAINTS, [refund.store_id, refund.pk])]
