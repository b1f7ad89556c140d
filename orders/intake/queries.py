from django.db.models import Count, Q, QuerySet

from backoffice.common.models import Store
from orders.intake.models import ImportFile, QuarantinedRow

TRACES = "traces"  # the format of files that hold traces of parcels, which have pages of their own
PRODUCTS = "products"  # the format of sheets of products
REVIEWS = "reviews"  # the format of files of reviews
REFUNDS = "refunds"  # the format of refund lists
_OTHERS = (TRACES, PRODUCTS, REVIEWS, REFUNDS)


def import_files(store: Store) -> QuerySet[ImportFile]:
    """Return the store's order files with their jobs, who uploaded them, and how many rows wait to be fixed."""
    waiting = Count("quarantine", filter=Q(quarantine__resolved_at__isnull=True))
    files = ImportFile.objects.filter(store=store).exclude(format__in=_OTHERS).select_related("job", "uploaded_by")
    return files.defer("preview").annotate(waiting=waiting)


def import_file(store: Store, pk: int) -> QuerySet[ImportFile]:
    files = ImportFile.objects.filter(store=store, pk=pk).exclude(format__in=_OTHERS)
    return files.select_related("job", "uploaded_by", "store")


def trace_files(store: Store) -> QuerySet[ImportFile]:
    """Return the store's files of traces with their jobs and who uploaded them."""
    return ImportFile.objects.filter(store=store, format=TRACES).select_related("job", "uploaded_by", "store")


def product_files(store: Store) -> QuerySet[ImportFile]:
    """Return the store's sheets of products with their jobs and who uploaded them."""
    return ImportFile.objects.filter(store=store, format=PRODUCTS).select_related("job", "uploaded_by", "store")


def open_rows(store: Store, *, file_id: int | None = None) -> QuerySet[QuarantinedRow]:
    rows = QuarantinedRow.objects.for_store(store).open().exclude(file__format=REFUNDS)
    rows = rows.select_related("file").defer("file__preview")
    return rows if file_id is None else rows.filter(file_id=file_id)
