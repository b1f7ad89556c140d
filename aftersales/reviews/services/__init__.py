"""Acts on reviews. Each locks the order first, then the review, and is one transaction."""

from aftersales.reviews.services.adopting import adopt_reviews
from aftersales.reviews.services.errors import ReviewConflict, ReviewError
from aftersales.reviews.services.followups import close_task, open_task, own_task, people_of
from aftersales.reviews.services.recording import (
    CREATED,
    STALE,
    UNCHANGED,
    UPDATED,
    Recorded,
    record_review,
    record_reviews,
)
from aftersales.reviews.services.records import ReviewRecord
from aftersales.reviews.services.replying import mark_read, reply_problem, reply_review
from aftersales.reviews.services.shop import save_settings
from aftersales.reviews.services.texts import (
    VARIABLES,
    clean_reply,
    delete_template,
    fill_reply,
    save_template,
)
from aftersales.reviews.services.thanking import (
    THANKED_AT_MOST,
    ThanksPreview,
    preview_thanks,
    run_thanks,
    thank_reviews,
)

__all__ = [
    "CREATED",
    "STALE",
    "THANKED_AT_MOST",
    "UNCHANGED",
    "UPDATED",
    "VARIABLES",
    "Recorded",
    "ReviewConflict",
    "ReviewError",
    "ReviewRecord",
    "ThanksPreview",
    "adopt_reviews",
    "clean_reply",
    "close_task",
    "delete_template",
    "fill_reply",
    "mark_read",
    "open_task",
    "own_task",
    "people_of",
    "preview_thanks",
    "record_review",
    "record_reviews",
    "reply_problem",
    "reply_review",
    "run_thanks",
    "save_settings",
    "save_template",
    "thank_reviews",
]
