"""Whether reviews praise or blame, read by the local method."""

from django.db import connection, transaction

from aftersales.reviews.models import Review
from aftersales.reviews.statuses import Sentiment
from aftersales.topics.sentiment import sentiment_of

_AT_ONCE = 500
_WRITE = """
UPDATE reviews_review r SET sentiment = n.sentiment, sentiment_score = n.score
FROM unnest(%s::bigint[], %s::text[], %s::int[]) AS n(id, sentiment, score) WHERE r.id = n.id
"""


@transaction.atomic
def read_sentiments(*, limit: int = _AT_ONCE) -> int:
    """Read so many reviews that nobody has read yet; return how many. Two at once read different ones."""
    waiting = Review.objects.select_for_update(skip_locked=True, of=("self",)).filter(sentiment="").order_by("pk")
    reviews = list(waiting.only("text", "is_default", "follow_up")[:limit])
    read = [(review.pk, str(label), score) for review in reviews for label, score in [_sentiment(review)]]
    if read:
        with connection.cursor() as cursor:
            cursor.execute(_WRITE, [list(column) for column in zip(*read, strict=True)])
    return len(reviews)


def _sentiment(review: Review) -> tuple[str, int]:
    """Read what the buyer wrote last: a follow-up says what became of the praise. No words say nothing."""
    words = review.follow_up or ("" if review.is_default else review.text)
    if not words:
        return Sentiment.NEUTRAL, 0
    label, score = sentiment_of(words)
    return Sentiment(label), max(-100, min(100, score))
