"""The texts that speak of topics, each leading to what it was found in."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from aftersales.topics.filters import MentionFilter
from aftersales.topics.queries import MentionPage, mention_page
from aftersales.topics.views.rows import mention_rows
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
    may_decide = Right.REPLY_REVIEWS in request.rights
    context = {
        "active_nav": "reviews",
        "now": timezone.now(),
        "form": form,
        "page": page,
        "rows": mention_rows(page.mentions, may_decide=may_decide),
        "product": _product(form, page),
        "clear_url": path,
        "here": f"{path}?{query}" + (f"&after={after}" if not page.is_first else ""),
        "first_url": f"{path}?{query}" if not page.is_first else "",
        "next_url": f"{path}?{query}&after={page.next_key}" if page.next_key else "",
        "may_manage": Right.MANAGE_STORE in request.rights,
    }
    name = "topics/_mention_list.html" if wants_partial(request) else "topics/mention_list.html"
    return render(request, name, context, status=200 if wanted else INVALID)


def _product(form: MentionFilter, page: MentionPage) -> str:
    """Return the product that the list is narrowed to; its rows know what it is called."""
    if not (form.is_valid() and form.cleaned_data["title"]):
        return ""
    return str((page.mentions[0].row.title_text if page.mentions else form.product) or "")
