"""What people do about what buyers speak of: confirm, reject, write down an action, draft an answer."""

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from aftersales.topics.forms import ActionForm
from aftersales.topics.models import ProductAction, Topic, TopicMention
from aftersales.topics.services import TopicError, add_action, decide_mention, draft_answer, withdraw_action
from aftersales.topics.statuses import Verdict
from backoffice.common.access import Right, requires
from backoffice.common.middleware import StoreRequest
from backoffice.common.toasts import notify
from backoffice.common.web import safe_next
from orders.core.models import ProductTitle

_DIGITS = 18
_WORDS = {"confirmed": Verdict.CONFIRMED, "rejected": Verdict.REJECTED, "undecided": Verdict.BY_RULE}


def _back(request: StoreRequest) -> HttpResponse:
    return HttpResponseRedirect(safe_next(request, reverse("topics:mention-list")))


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= _DIGITS):
        raise Http404
    return int(text)


@require_POST
@requires(Right.REPLY_REVIEWS)
def decide(request: StoreRequest) -> HttpResponse:
    """Confirm or reject the mention that `confirmed`, `rejected` or `undecided` names."""
    word = next((word for word in _WORDS if word in request.POST), None)
    if word is None:
        raise Http404
    try:
        decide_mention(
            store=request.store, mention_id=_number(request.POST[word]), verdict=_WORDS[word], actor=request.user,
            at=timezone.now(),
        )  # fmt: skip
    except TopicMention.DoesNotExist as error:
        raise Http404 from error
    return _back(request)


@require_POST
@requires(Right.REPLY_REVIEWS)
def action_add(request: StoreRequest) -> HttpResponse:
    """Write down what was done about a product."""
    form = ActionForm(request.POST)
    if not form.is_valid():
        notify(request, _("Say on which day what was done; nothing was written down."), level="warning")
        return _back(request)
    data = form.cleaned_data
    try:
        add_action(
            store=request.store, title_id=data["title"], text=data["text"], day=data["day"], topic_id=data["topic"],
            actor=request.user, at=timezone.now(),
        )  # fmt: skip
    except ProductTitle.DoesNotExist as error:
        raise Http404 from error
    except TopicError as error:
        notify(request, str(error), level="warning")
    return _back(request)


@require_POST
@requires(Right.REPLY_REVIEWS)
def action_withdraw(request: StoreRequest, pk: int) -> HttpResponse:
    try:
        withdraw_action(store=request.store, action_id=pk, at=timezone.now())
    except ProductAction.DoesNotExist as error:
        raise Http404 from error
    notify(request, _("It was taken off the list."))
    return _back(request)


@require_POST
@requires(Right.WORK_ORDERS)
def draft(request: StoreRequest) -> HttpResponse:
    """Draft an answer for the product's page from a topic, and open it to be written on."""
    topic, title = (_number(request.POST.get(name, "")) for name in ("topic", "title"))
    try:
        entry = draft_answer(store=request.store, topic_id=topic, title_id=title, actor=request.user, at=timezone.now())
    except (Topic.DoesNotExist, ProductTitle.DoesNotExist) as error:
        raise Http404 from error
    return HttpResponseRedirect(reverse("notes:faq-edit", args=[entry.pk]))
