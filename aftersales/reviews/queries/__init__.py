from aftersales.reviews.queries.conditions import Wanted
from aftersales.reviews.queries.finding import Found, find_reviews
from aftersales.reviews.queries.inbox import (
    PAGE_SIZE,
    ReviewCursorError,
    ReviewPage,
    Row,
    count_reviews,
    review_ids,
    review_page,
)
from aftersales.reviews.queries.reviews import (
    contacts_of,
    others_of_buyer,
    response_times,
    review_of,
    reviews_of_order,
)
from aftersales.reviews.queries.shop import is_good, is_low, list_templates, reply_until, settings_of
from aftersales.reviews.queries.tabs import COUNT_CAP, TABS, count_tabs, nav_counts

__all__ = [
    "COUNT_CAP",
    "PAGE_SIZE",
    "TABS",
    "Found",
    "ReviewCursorError",
    "ReviewPage",
    "Row",
    "Wanted",
    "contacts_of",
    "count_reviews",
    "count_tabs",
    "find_reviews",
    "is_good",
    "is_low",
    "list_templates",
    "nav_counts",
    "others_of_buyer",
    "reply_until",
    "response_times",
    "review_ids",
    "review_of",
    "review_page",
    "reviews_of_order",
    "settings_of",
]
