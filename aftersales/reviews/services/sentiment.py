"""Whether reviews praise or blame, read by the local method."""

from django.db import transaction

from aftersales.reviews.models import Review
from aftersales.reviews.statuses import Sentiment
from aftersales.topics.sentiment import sentiment_of

_AT_ONCE = 500


@transaction.atomic
def read_sentiments(*, limit: int = _AT_ONCE) -> int:
    """Read so many reviews that nobody has read yet; return how many. Two at once read different ones."""
    waiting = Review.objects.select_for_update(skip_locked=True, of=("self",)).filter(sentiment="").order_by("pk")
    reviews = list(waiting.only("text", "is_default", "follow_up")[:limit])
    for review in reviews:
        review.sentiment, review.sentiment_score = _sentiment(review)
    Review.objects.bulk_update(reviews, ["sentiment", "sentiment_score"])
    return len(reviews)


def _sentiment(review: Review) -> tuple[str, int]:
    """Read what the buyer wrote last: a follow-up says what became of the praise. No words say nothing."""
    words = review.follow_up or ("" if review.is_default else review.text)
    if not words:
        return Sentiment.NEUTRAL, 0
    label, score = sentiment_of(words)
    return Sentiment(label), max(-100, min(100, score))
