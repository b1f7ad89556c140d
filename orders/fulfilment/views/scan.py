"""The scan station: one input for whoever has a scanner in one hand and a parcel in the other."""

from datetime import datetime
from typing import Any

from django.core import signing
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_http_methods

from backoffice.common.access import Right, requires
from backoffice.common.masking import mask_text
from backoffice.common.middleware import StoreRequest
from backoffice.common.web import wants_partial
from orders.fulfilment.couriers import courier_name
from orders.fulfilment.queries.desk import count_shipped_by
from orders.fulfilment.station import Answer, Scan, load_target, scan
from orders.fulfilment.station.parcels import keys_of

_KEPT = 10  # scans shown, kept in the session
_LOG = "scans"
_SALT = "scan-form"
_LONGEST_LOG = 60
_PAIR_LIMIT = 200  # lines of a parcel whose pieces are counted


@require_http_methods(["GET", "POST"])
@requires(Right.SHIP)
def scan_station(request: StoreRequest) -> HttpResponse:
    """Show the station; a POST is one scan, whose answer is the station as it is then."""
    answer = _scan(request) if request.method == "POST" else None
    context = _context(request, answer)
    template = "fulfilment/_station.html" if wants_partial(request) else "fulfilment/scan.html"
    return render(request, template, context)


def _scan(request: StoreRequest) -> Answer:
    text = request.POST.get("text", "")
    given = Scan(
        store=request.store,
        actor=request.user,
        at=timezone.now(),
        text=text,
        target=load_target(request.store, request.POST.get("target", "")),
        pending=request.POST.get("pending", "")[:80],
        counted=_counted(request.POST.get("counted", "")),
        issued_at=_issued_at(request.POST.get("issued", "")),
    )
    answer = scan(given)
    _remember(request, text, answer, given.at)
    return answer


def _counted(text: str) -> dict[int, int]:
    """Return the pieces by line of a form's field, such as 12:2,13:1; what is not of that form counts nothing."""
    counted = {}
    for pair in text[:4000].split(",")[:_PAIR_LIMIT]:
        line, _colon, count = pair.partition(":")
        if line.isascii() and line.isdigit() and count.isascii() and count.isdigit() and len(count) <= 4:  # noqa: PLR2004
            counted[int(line[:18])] = int(count)
    return counted


def _issued_at(text: str) -> datetime | None:
    """Return when the form was made, as its token says; None: it has none, or one that is not ours."""
    try:
        return parse_datetime(signing.loads(text[:200], salt=_SALT))
    except (signing.BadSignature, ValueError, TypeError):
        return None


def _remember(request: StoreRequest, text: str, answer: Answer, at: datetime) -> None:
    if not text.strip():
        return
    row = {
        "text": mask_text(text.strip()[:_LONGEST_LOG]),
        "tone": answer.tone,
        "title": mask_text(answer.title),
        "parcel": answer.parcel,
        "at": at.isoformat(),
    }
    request.session[_LOG] = [row, *request.session.get(_LOG, [])][:_KEPT]


def _context(request: StoreRequest, answer: Answer | None) -> dict[str, Any]:
    now = timezone.now()
    target = answer.target if answer else None
    couriers = enumerate(answer.couriers if answer else [], start=1)
    log = [{**row, "at": parse_datetime(row["at"])} for row in request.session.get(_LOG, [])]
    return {
        "answer": answer,
        "target": target,
        "pieces": target.pieces(answer.counted) if target and answer else [],
        "checks": keys_of(target.checks).items() if target else [],
        "couriers": [(number, courier_name(code)) for number, code in couriers],
        "counted": ",".join(f"{line}:{n}" for line, n in answer.counted.items()) if answer else "",
        "issued": signing.dumps(now.isoformat(), salt=_SALT),
        "log": log,
        "shipped_count": count_shipped_by(request.store, request.user, now),
        "active_nav": "shipping",
    }
