from django.utils.translation import gettext as _

from aftersales.reviews.models import Review
from orders.core.services import OrderError


class ReviewError(OrderError):
    """An act on a review that is refused."""


class ReviewConflict(ReviewError):
    """Somebody else changed the review since the form was made."""

    def __init__(self, review: Review) -> None:
        super().__init__(_("Somebody changed this review while you were working on it. Nothing was saved."), "version")
        self.review = review
