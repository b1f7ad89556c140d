"""The topics of a store: their words, tried on the newest texts before they are saved."""

from typing import Any

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from aftersales.topics.engine import Rule
from aftersales.topics.forms import TopicForm
from aftersales.topics.models import Topic
from aftersales.topics.queries import TryOut, list_topics, rule_of, topic_of, try_words
from aftersales.topics.services import TopicError, checked_words, save_topic, seed_topics
from backoffice.common.access import Right, requires
from backoffice.common.middleware import StoreRequest
from backoffice.common.models import Job
from backoffice.common.toasts import notify

INVALID, CONFLICT = 422, 409
TRY = "try"


@require_GET
@requires(Right.MANAGE_STORE)
def topic_list(request: StoreRequest) -> HttpResponse:
    jobs = Job.objects.for_store(request.store).active().filter(kind__in=("topics", "topics_reread"))
    context = {
        "active_nav": "settings",
        "now": timezone.now(),
        "topics": list_topics(request.store),
        "job": jobs.order_by("-pk").first(),
    }
    return render(request, "topics/topic_list.html", context)


@require_POST
@requires(Right.MANAGE_STORE)
def topic_seed(request: StoreRequest) -> HttpResponse:
    """Give a store that has no topics the usual ones."""
    count = seed_topics(store=request.store, at=timezone.now())
    if count:
        notify(request, ngettext("%(n)s topic was set up.", "%(n)s topics were set up.", count) % {"n": count})
    return HttpResponseRedirect(reverse("topic_settings:topic-list"))


@require_http_methods(["GET", "POST"])
@requires(Right.MANAGE_STORE)
def topic_edit(request: StoreRequest, pk: int | None = None) -> HttpResponse:
    """Make a topic or change one; `act=try` only shows what the words find."""
    topic = _topic(request, pk)
    form = TopicForm(request.POST if request.method == "POST" else None, topic=topic)
    tried, status = None, 200
    if request.method == "POST":
        answer = _answer(request, form, topic)
        if isinstance(answer, HttpResponse):
            return answer
        tried, status = answer
    context: dict[str, Any] = {"active_nav": "settings", "now": timezone.now(), "form": form, "topic": topic}
    context |= {"tried": tried, "held": try_words(request.store, rule_of(topic)) if tried and topic else None}
    return render(request, "topics/topic_edit.html", context, status=status)


def _answer(request: StoreRequest, form: TopicForm, topic: Topic | None) -> HttpResponse | tuple[TryOut | None, int]:
    """Save or try what was sent; return where to go next, or what was found and the status of the page."""
    if not form.is_valid():
        return None, INVALID
    try:
        return (_try(request, form), 200) if request.POST.get("act") == TRY else _saved(request, form, topic)
    except TopicError as error:
        form.add_error(None, str(error))
        return None, CONFLICT if error.code == "version" else INVALID


def _topic(request: StoreRequest, pk: int | None) -> Topic | None:
    try:
        return None if pk is None else topic_of(request.store, pk)
    except Topic.DoesNotExist as error:
        raise Http404 from error


def _try(request: StoreRequest, form: TopicForm) -> TryOut:
    values = form.values()
    words, not_words = checked_words(values["words"]), checked_words(values["not_words"])
    return try_words(request.store, Rule(0, tuple(words), tuple(not_words), values["is_complaint"]))


def _saved(request: StoreRequest, form: TopicForm, topic: Topic | None) -> HttpResponse:
    saved = save_topic(
        store=request.store, actor=request.user, at=timezone.now(), topic_id=topic.pk if topic else None,
        **form.values(),
    )  # fmt: skip
    notify(request, _("“%(name)s” was saved. Texts are read again where its words changed.") % {"name": saved.name})
    return HttpResponseRedirect(reverse("topic_settings:topic-list"))
