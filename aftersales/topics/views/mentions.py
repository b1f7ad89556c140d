"""The texts that speak of topics, each leading to what it was found in."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from aftersales.topics.filters import MentionFilter
from aftersales.topics.queries import MentionPage, mention_page
from backoffice.common.access import Right, requires
from backoffice.common.middleware import StoreRequest
from backoffice.common.web import wants_partial

INVALID = 422


@require_GET
@requires(Right.VIEW_ORDERS)
def mention_list(request: StoreRequest) -> HttpResponse:
    form = MentionFilter(request.GET, store=request.store)
    wanted, after = form.wanted, request.GET.get("after", "")
    page = mention_page(request.store, wanted, after=after) if wanted else MentionPage([], "", is_first=True)
    path, query = reverse("topics:mention-list"), form.query()
    context = {
        "active_nav": "reviews",
        "now": timezone.now(),
        "form": form,
        "page": page,
        "product": form.product,
        "clear_url": path,
        "here": f"{path}?{query}" + (f"&after={after}" if not page.is_first else ""),
        "first_url": f"{path}?{query}" if not page.is_first else "",
        "next_url": f"{path}?{query}&after={page.next_key}" if page.next_key else "",
        "may_decide": Right.REPLY_REVIEWS in request.rights,
        "may_manage": Right.MANAGE_STORE in request.rights,
    }
    name = "topics/_mention_list.html" if wants_partial(request) else "topics/mention_list.html"
    return render(request, name, context, status=200 if wanted else INVALID)
