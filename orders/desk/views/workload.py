"""The workload page: who holds what and did how much today; a manager takes claims over or gives them back."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_POST

from backoffice.common.access import Right, requires
from backoffice.common.middleware import StoreRequest
from backoffice.common.models import Job, User
from backoffice.common.toasts import notify
from backoffice.common.web import wants_partial
from orders.desk.acts import ACTS
from orders.desk.once import BatchRepeatedError, once_slot
from orders.desk.queues import OPEN_QUEUE
from orders.desk.services import DeskError, can_undo
from orders.desk.views.bulk import tell, tell_repeat
from orders.desk.workload import CAP, PersonLoad, give_back_claims, take_claims, workload

MAY_SEE = (Right.WORK_ORDERS, Right.SHIP, Right.MANAGE_STORE)
ACT_LABELS = {
    "accepted": pgettext_lazy("acts of today", "Accepted"),
    "held": pgettext_lazy("acts of today", "Held"),
    "shipped": pgettext_lazy("acts of today", "Shipped"),
    "notes": gettext_lazy("Notes handled"),
    "remarks": gettext_lazy("Remarks"),
}
_CLAIM_ACTS = {
    "take": (take_claims, gettext_lazy("Claims of %(who)s that are yours now: %(count)s.")),
    "give_back": (give_back_claims, gettext_lazy("Claims of %(who)s that anybody can take now: %(count)s.")),
}


@requires(*MAY_SEE)
def workload_page(request: StoreRequest) -> HttpResponse:
    template = "desk/_workload.html" if wants_partial(request) else "desk/workload.html"
    return render(request, template, _context(request))


def _context(request: StoreRequest) -> dict[str, Any]:
    now, is_manager = timezone.now(), Right.MANAGE_STORE in request.rights
    load = workload(request.store, now, only=None if is_manager else request.user)
    list_url = reverse("desk:order-list")
    return {
        "active_nav": "orders",
        "now": now,
        "is_manager": is_manager,
        "rows": [_row(person, request) for person in load.people],
        "total": load.total,
        "total_acts": [(key, load.total.acts[key]) for key in ACT_LABELS],
        "act_labels": ACT_LABELS.values(),
        "unclaimed": min(load.unclaimed, CAP),
        "is_capped": load.unclaimed > CAP,
        "unclaimed_earliest": load.unclaimed_earliest,
        "unclaimed_url": f"{list_url}?queue={OPEN_QUEUE}&sub=ready&claimed_by=none",
        "list_url": list_url,
    }


def _row(person: PersonLoad, request: StoreRequest) -> dict[str, Any]:
    shift = reverse("desk:shift") + f"?person={person.username}"
    queue = f"{reverse('desk:order-list')}?queue={OPEN_QUEUE}&claimed_by={person.username}"
    return {
        "person": person,
        "acts": [(key, person.acts[key]) for key in ACT_LABELS],
        "claims_url": f"{queue}&queue=pending_payment",
        "overdue_url": f"{queue}&sub=overdue",
        "shift_url": shift,
        "notes_url": f"{shift}&part=open#notes",
        "is_me": person.user_id == request.user.pk,
    }


@require_POST
@requires(Right.MANAGE_STORE)
def workload_claims(request: StoreRequest) -> HttpResponse:
    """Take a person's claims over, or give them back for anybody; all at once, with a receipt."""
    person = get_object_or_404(_people(request), pk=_number(request))
    slot = once_slot(request, store=request.store, user=request.user)
    service, done = _CLAIM_ACTS.get(request.POST.get("act", ""), (None, ""))
    if service is None:
        notify(request, _("Say whether to take the claims over or to give them back."), level="warning")
    else:
        try:
            job = service(store=request.store, person=person, actor=request.user, at=timezone.now(), slot=slot)
        except BatchRepeatedError as error:
            tell_repeat(request, ACTS["assign"], error.job)
        except DeskError as error:
            notify(request, str(error), level="warning")
        else:
            _tell(request, str(done), person, job)
    if wants_partial(request):
        return render(request, "desk/_workload.html", _context(request))
    return HttpResponseRedirect(reverse("desk:workload"))


def _tell(request: StoreRequest, text: str, person: User, job: Job) -> None:
    """Say how many claims moved, with the way to the receipt and back."""
    if job.is_active:
        tell(request, ACTS["assign"], job)
        return
    is_open = can_undo(job, actor=request.user, at=timezone.now())
    notify(
        request,
        text % {"who": person, "count": job.result["done"]},
        level="warning" if job.result["refused"] else "success",
        undo_url=reverse("desk:batch-undo", args=[job.pk]) if is_open else "",
        link_url=reverse("desk:batch-detail", args=[job.pk]),
        link_text=_("Receipt"),
    )


def _people(request: StoreRequest) -> Any:
    return User.objects.filter(memberships__store=request.store)


def _number(request: HttpRequest) -> int:
    text = request.POST.get("person", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0  # noqa: PLR2004 -- an integer key
