"""What a shop holds to in reviews."""

from datetime import datetime, timedelta

from aftersales.reviews.models import ReplyTemplate, Review, ReviewSettings
from aftersales.reviews.statuses import ReviewResult
from backoffice.common.models import Store
from backoffice.common.statements import Prepared

GOOD_STARS = 4  # so many or more are praise
MOST_TEMPLATES = 200

_STORE = -1  # the sample whose place a store takes
_SETTINGS = Prepared(lambda: ReviewSettings.objects.filter(store=_STORE), _STORE)
_TEMPLATES = Prepared(
    lambda: ReplyTemplate.objects.filter(store=_STORE).order_by("-use_count", "title", "pk")[:MOST_TEMPLATES], _STORE
)


def settings_of(store: Store) -> ReviewSettings:
    """Return the store's settings; the defaults, unsaved, where nobody has chosen."""
    found = _SETTINGS.fetch(store.pk)
    settings = found[0] if found else ReviewSettings()
    settings.store = store
    return settings


def is_low(review: Review, settings: ReviewSettings) -> bool:
    """Tell whether a review asks for a follow-up: so few stars, or a bad result."""
    few = review.stars is not None and review.stars <= settings.low_stars
    return few or review.result == ReviewResult.BAD


def is_good(review: Review) -> bool:
    """Tell whether a review may be thanked for: good, and not of few stars."""
    if review.stars is not None and review.stars < GOOD_STARS:
        return False
    return review.result == ReviewResult.GOOD or (not review.result and review.stars is not None)


def reply_until(review: Review, settings: ReviewSettings) -> datetime:
    """Return when the platform's time for a reply ends."""
    return review.reviewed_at + timedelta(days=settings.reply_days)


def list_templates(store: Store, *, result: str = "") -> list[ReplyTemplate]:
    """Return the store's ready replies, those for such reviews first, then the most used."""
    return sorted(_TEMPLATES.fetch(store.pk), key=lambda template: not (template.fits(result) if result else True))
