"""The desks of after-sales and reviews: each list with its tabs and filters, and a page far down it."""

from datetime import timedelta

from django.db.models import Count, Q
from django.utils import timezone

from aftersales.refunds.models import Refund
from aftersales.refunds.queries import TABS as CASE_TABS
from aftersales.refunds.queries import Look, case_page
from aftersales.refunds.queries.returns import TABS as RETURN_TABS
from aftersales.refunds.statuses import ReasonKind, RefundKind, RefundState
from aftersales.refunds.views.case_parts import PARTS as CASE_PARTS
from aftersales.reviews.models import Review
from aftersales.reviews.queries import TABS as REVIEW_TABS
from aftersales.reviews.queries import review_page
from aftersales.topics.models import Topic, TopicMention
from backoffice.common.clock import business_day
from backoffice.common.models import Store, User
from bench.fulfilment_addresses import Desk, deep_of, far_of, url_of

QUEUE, REVIEWS, RETURNS = "/aftersales/refunds/", "/aftersales/reviews/", "/aftersales/returns/"
COMPLAINTS, VIOLATIONS = "/aftersales/complaints/", "/aftersales/violations/"
MENTIONS, PRODUCTS = "/aftersales/topics/", "/analytics/products/"
Queries = dict[str, dict[str, object]]


def aftersales_desks(store: Store, user: User) -> list[Desk]:
    return [_cases(store, user), _reviews(store), _returns(), _mentions(store)]


def _cases(store: Store, user: User) -> Desk:
    cases = Refund.objects.for_store(store)
    finished = cases.filter(status=RefundState.SUCCEEDED)
    look = Look(store, user, timezone.now(), 12)
    after = case_page(look, tab="succeeded", size=far_of(finished.count())).next
    ways = {tab: url_of(QUEUE, queue=tab) for tab in CASE_TABS}
    some = cases.filter(buyer__isnull=False, title__isnull=False).select_related("buyer", "title", "order").latest("pk")
    month = business_day(timezone.now()) - timedelta(days=60)
    narrowed: Queries = {
        "product": {"product": (some.title or "")and str(some.title)[:3]}, "one product": {"title": some.title_id},
        "merchant code": {"sku": some.sku_code}, "no such product": {"product": "没有这样的"},
        "buyer": {"buyer": some.buyer}, "part of buyers": {"buyer": str(some.buyer)[:2]},
        "recipient": {"recipient": some.order.number}, "owner": {"owner": user.username}, "rare amount":
        {"amount_min": 900}, "no such amount": {"amount_min": 999_999}, "amount": {"amount_min": 50, "amount_max": 90},
        "days long ago": {"requested_from": month - timedelta(days=2), "requested_to": month},
        "3 days": {"requested_from": business_day(timezone.now()) - timedelta(days=3)},
        "many": {"kind": "refund_only", "reason_kind": "size", "amount_min": 20, "requested_from": month},
    }  # fmt: skip
    narrowed |= {f"kind {kind}": {"kind": kind} for kind in RefundKind.values}
    narrowed |= {f"reason {kind}": {"reason_kind": kind} for kind in ReasonKind.values}
    ways |= {
        f"{tab}, {name}": url_of(QUEUE, queue=tab, **query)
        for tab in ("open", "requested", "succeeded", "all") for name, query in narrowed.items()
    }  # fmt: skip
    return Desk("cases", QUEUE, ways, **deep_of(QUEUE, after, queue="succeeded"))


def _reviews(store: Store) -> Desk:
    count = Review.objects.for_store(store).count()
    after = review_page(store, tab="all", where=Q(), size=far_of(count)).next
    today = business_day(timezone.now())
    narrowed: Queries = {
        "word of many": {"q": "质量"}, "rare words": {"q": "掉色"}, "no such words": {"q": "没有这样的"},
        "one character": {"q": "好"}, "product": {"product": "连衣裙"}, "product and words":
        {"product": "连衣裙", "q": "色差"}, "no such product": {"product": "没有这样的"},
        "3 days": {"reviewed_from": today - timedelta(days=3)},
        "days long ago": {"reviewed_from": today - timedelta(days=92), "reviewed_to": today - timedelta(days=90)},
        "poor, long ago": {"result": "bad", "reviewed_to": today - timedelta(days=200)},
        "many": {"result": "bad", "stars": 1, "sentiment": "negative", "product": "连衣裙"},
    }  # fmt: skip
    narrowed |= {f"result {result}": {"result": result} for result in ("good", "neutral", "bad")}
    narrowed |= {f"{stars} stars": {"stars": stars} for stars in range(1, 6)}
    narrowed |= {f"tone {tone}": {"sentiment": tone} for tone in ("positive", "neutral", "negative")}
    topics = Topic.objects.for_store(store).active().order_by("position", "pk")
    narrowed |= {f"topic {code}": {"topic": code} for code in topics.values_list("code", flat=True)}
    ways = {tab: url_of(REVIEWS, tab=tab) for tab in REVIEW_TABS}
    ways |= {
        f"{tab}, {name}": url_of(REVIEWS, tab=tab, **query) for tab in REVIEW_TABS for name, query in narrowed.items()
    }
    return Desk("reviews", REVIEWS, ways, **deep_of(REVIEWS, after, tab="all"))


def _returns() -> Desk:
    return Desk("returns", RETURNS, {tab: url_of(RETURNS, tab=tab) for tab in RETURN_TABS})


def _mentions(store: Store) -> Desk:
    said = TopicMention.objects.filter(store=store).order_by("-day", "-pk")
    place = said[far_of(said.count()) - 1 :].first()
    ways = {f"topic {one.code}": url_of(MENTIONS, topic=one.code) for one in Topic.objects.for_store(store)}
    ways |= {f"in {source}": url_of(MENTIONS, source=source) for source in ("note", "refund", "review")}
    ways |= {f"{verdict}": url_of(MENTIONS, verdict=verdict) for verdict in ("confirmed", "rejected", "by_rule")}
    ways |= {"negative": url_of(MENTIONS, negative="on")}
    if place is None:
        return Desk("mentions", MENTIONS, ways)
    ways |= {"a product": url_of(MENTIONS, title=place.title_id or 0)}
    return Desk("mentions", MENTIONS, ways, **deep_of(MENTIONS, f"{place.day.isoformat()}.{place.pk}"))


def aftersales_pages(store: Store) -> dict[str, tuple[str, float]]:
    """Return the other pages of after-sales by name, each with its goal over `hello_auth`."""
    pages: dict[str, tuple[str, float]] = {
        "complaints": (COMPLAINTS, 5), "settled complaints": (f"{COMPLAINTS}?tab=settled", 5),
        "violations": (VIOLATIONS, 5), "home panel of cases": (f"{QUEUE}home/", 5),
        "home panel of reviews": (f"{REVIEWS}home/", 5), "times of cases": ("/analytics/refunds/", 5),
        "hours of steps": ("/analytics/refunds/steps/", 5), "hours of people": ("/analytics/refunds/people/", 5),
        "products asked back": ("/analytics/refunds/products/", 5),
        "topics of all products": ("/analytics/topics/", 5), "products by what is said of them": (PRODUCTS, 5),
        "settings of topics": ("/settings/topics/", 5), "ready replies": ("/settings/replies/", 5),
    }  # fmt: skip
    return pages | {name: (path, 6) for name, path in _things(store).items()}


def _things(store: Store) -> dict[str, str]:
    """Return the page of one thing of each kind: the case with most said, a poor review, the product most spoken of."""
    found: dict[str, str] = {}
    cases = Refund.objects.for_store(store)
    if case := cases.filter(status=RefundState.AWAITING_RECEIPT).order_by("deadline", "pk").first():
        path = f"{QUEUE}{case.number}/"
        found |= {"a case": path, "pane of a case": f"{path}?pane=1", "a parcel to look at": f"{RETURNS}{case.number}/"}
        found |= {f"{part} of a case": f"{path}part/{part}/" for part in CASE_PARTS}
        found |= {f"dialog of a case: {act}": f"{path}{act}/" for act in ("receive", "say", "assign", "freight")}
    if case := cases.filter(status=RefundState.SUCCEEDED, line__isnull=False).latest("requested_at"):
        found |= {"a case that is over": f"{QUEUE}{case.number}/"}
        found |= {"cases of an order": f"{QUEUE}order/{case.order.number}/"}
    review = Review.objects.for_store(store).filter(task__isnull=False, order__isnull=False).latest("pk")
    found["a review"], found["pane of a review"] = f"{REVIEWS}{review.pk}/", f"{REVIEWS}{review.pk}/?pane=1"
    if review.order:
        found["reviews of an order"] = f"{REVIEWS}order/{review.order.number}/"
    spoken = TopicMention.objects.filter(store=store, title__isnull=False).values("title_id").annotate(n=Count("pk"))
    if title := spoken.order_by("-n").first():
        path = f"{PRODUCTS}{title['title_id']}/"
        found |= {"topics of a product": path, "quotes about a product": f"{path}quotes/"}
    return found
