from django.db.models import QuerySet

from backoffice.common.models import Store
from orders.intake.models import ImportFile
from orders.intake.queries import REVIEWS


def review_files(store: Store) -> QuerySet[ImportFile]:
    """Return the store's files of reviews with their jobs and who uploaded them."""
    return ImportFile.objects.filter(store=store, format=REVIEWS).select_related("job", "uploaded_by", "store")
