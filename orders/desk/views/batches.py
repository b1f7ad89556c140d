"""The receipt of a batch: live progress, what became of each order, undo, retry, download."""

from collections.abc import Iterable
from urllib.parse import quote

from django.db.models import Count
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from backoffice.common.access import requires
from backoffice.common.display import TONES
from backoffice.common.middleware import StoreRequest
from backoffice.common.models import Job, JobRow
from backoffice.common.quick_html import fill, joined
from backoffice.common.sheets.columns import Column
from backoffice.common.sheets.csv_out import CsvWriter
from backoffice.common.toasts import notify
from backoffice.common.ui import Tab
from backoffice.common.web import wants_partial
from orders.desk import services
from orders.desk.acts import ACTS, BulkAct
from orders.desk.once import BatchRepeatedError, once_slot
from orders.desk.services import DeskError
from orders.desk.views.bulk import MAY_ACT, papers_url, tell, tell_repeat

SHOWN_ROWS = 500


def _batch(request: StoreRequest, pk: int) -> tuple[Job, BulkAct]:
    """Return a batch of the store whose act the person may do."""
    jobs = Job.objects.for_store(request.store).select_related("requested_by", "store")
    job = get_object_or_404(jobs, pk=pk, kind=services.KIND)
    act = ACTS.get(job.params.get("act", ""))
    if act is None or act.right not in request.rights:
        raise Http404
    return job, act


@requires(*MAY_ACT)
def batch_detail(request: StoreRequest, pk: int) -> HttpResponse:
    job, act = _batch(request, pk)
    counts = dict(job.rows.order_by().values_list("outcome").annotate(Count("pk")))
    wanted = request.GET.get("outcome", "")
    rows = job.rows.order_by("position")
    if wanted in JobRow.Outcome.values:
        rows = rows.filter(outcome=wanted)
    shown = list(rows.values_list("subject", "outcome", "reason", "data__stays")[:SHOWN_ROWS])
    done = counts.get(JobRow.Outcome.DONE, 0)
    context = {
        "job": job,
        "act": act,
        "rows": shown,
        "rows_html": _rows_html(shown),
        "shown_limit": SHOWN_ROWS,
        "active_nav": "orders",
        "outcome": wanted,
        "tabs": _outcomes(job, counts, wanted),
        "done_count": done,
        "refused_count": sum(counts.values()) - done,
        "retry_count": job.params["count"] - done,
        "left_out": sorted(job.params.get("left_out", {}).items(), key=lambda item: -item[1]),
        "undo_problem": services.undo_problem(job, actor=request.user, at=timezone.now()),
        "papers_url": papers_url(job),
        "papers_problem": job.result.get("papers_problem", ""),
    }
    return render(request, "desk/_batch.html" if wants_partial(request) else "desk/batch_detail.html", context)


_ROW = (
    '<tr data-outcome="{}"><td><a class="number" href="{}?queue=all&amp;q={}">{}</a></td>'
    '<td><span class="badge tone-{}">{}</span></td><td>{}{}</td></tr>'
)
_STAYS = "<span data-stays>{} {}</span>"


def _rows_html(rows: Iterable[tuple[str, str, str, str | None]]) -> SafeString:
    """Return the rows of the receipt: made one by one by template tags, they take longer than all the rest."""
    path, stays = reverse("desk:order-list"), _("Not undone:")
    labels = {kind.value: str(kind.label) for kind in JobRow.Outcome}
    return joined(
        _ROW,
        (
            (
                outcome, path, quote(subject), subject, TONES.get(outcome, "grey"), labels[outcome], reason,
                fill(_STAYS, stays, left) if left else "",
            )
            for subject, outcome, reason, left in rows
        ),
    )  # fmt: skip


def _outcomes(job: Job, counts: dict[str, int], wanted: str) -> list[Tab]:
    """Return the receipt's rows by outcome; no choice among one."""
    if len(counts) < 2:  # noqa: PLR2004
        return []
    url = reverse("desk:batch-detail", args=[job.pk])
    kinds = [("", _("All"), sum(counts.values()))]
    kinds += [(kind.value, str(kind.label), counts[kind]) for kind in JobRow.Outcome if kind in counts]
    return [
        Tab(
            key=key or "all",
            label=label,
            url=f"{url}?outcome={key}" if key else url,
            count=count,
            is_active=key == wanted,
        )
        for key, label, count in kinds
    ]


@requires(*MAY_ACT)
def batch_csv(request: StoreRequest, pk: int) -> HttpResponse:
    job, _act = _batch(request, pk)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="batch-{job.pk}.csv"'
    with CsvWriter(response) as writer:  # type: ignore[arg-type]
        writer.add_sheet("rows", [Column(_("Order number")), Column(_("Result")), Column(_("Reason"))])
        for row in job.rows.order_by("position").iterator():
            writer.write_row([row.subject, row.get_outcome_display(), row.reason or row.data.get("stays", "")])
    return response


@require_POST
@requires(*MAY_ACT)
def batch_undo(request: StoreRequest, pk: int) -> HttpResponse:
    job, _act = _batch(request, pk)
    try:
        result = services.undo_batch(store=request.store, job=job, actor=request.user, at=timezone.now())
    except DeskError as error:
        notify(request, str(error), level="warning")
    else:
        _tell_undone(request, job, result)
    if "HX-Request" in request.headers:
        return HttpResponse(status=204, headers={"HX-Trigger": "list-changed"})
    return HttpResponseRedirect(reverse("desk:batch-detail", args=[pk]))


def _tell_undone(request: StoreRequest, job: Job, result: services.BulkResult) -> None:
    if not result.is_queued:
        notify(request, _undone(result), level="warning" if result.refused else "success")
        return
    notify(
        request,
        _("The worker has begun to take it back."),
        level="info",
        link_url=reverse("desk:batch-detail", args=[job.pk]),
        link_text=_("See how it goes"),
    )


def _undone(result: services.BulkResult) -> str:
    count = len(result.done)
    text = ngettext("%(count)s order is as it was.", "%(count)s orders are as they were.", count) % {"count": count}
    reasons = list(dict.fromkeys(result.refused.values()))
    return f"{text} {' '.join(reasons[:3])}" if reasons else text


@require_POST
@requires(*MAY_ACT)
def batch_retry(request: StoreRequest, pk: int) -> HttpResponse:
    job, act = _batch(request, pk)
    slot = once_slot(request, store=request.store, user=request.user)
    try:
        again = services.retry_batch(store=request.store, job=job, actor=request.user, at=timezone.now(), slot=slot)
    except BatchRepeatedError as error:
        tell_repeat(request, act, error.job)
        return HttpResponseRedirect(reverse("desk:batch-detail", args=[error.job.pk]))
    except DeskError as error:
        notify(request, str(error), level="warning")
        return HttpResponseRedirect(reverse("desk:batch-detail", args=[pk]))
    tell(request, act, again)
    return HttpResponseRedirect(reverse("desk:batch-detail", args=[again.pk]))
