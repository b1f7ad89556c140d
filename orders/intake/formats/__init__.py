"""Order files of the seller centre as clean records: pure functions, no database.

`recognise` a header, give the match to its parser, and `parse` row by row.
"""

from orders.core.divisions import PROVINCES, province_name
from orders.intake.formats.addresses import Address, split_address
from orders.intake.formats.cells import Cell, is_blank
from orders.intake.formats.details import DetailParser, line_identity, specification, synthetic_oid
from orders.intake.formats.errors import RowError
from orders.intake.formats.filenames import snapshot_from_name
from orders.intake.formats.headers import ORDER_DETAIL, ORDER_LIST, FormatMatch, recognise
from orders.intake.formats.orders import OrderListParser
from orders.intake.formats.records import ABSENT, Absent, LineRecord, OrderRecord
from orders.intake.formats.statuses import derive_status, refund_status_of, status_of

__all__ = [
    "ABSENT",
    "ORDER_DETAIL",
    "ORDER_LIST",
    "PROVINCES",
    "Absent",
    "Address",
    "Cell",
    "DetailParser",
    "FormatMatch",
    "LineRecord",
    "OrderListParser",
    "OrderRecord",
    "RowError",
    "derive_status",
    "is_blank",
    "line_identity",
    "province_name",
    "recognise",
    "refund_status_of",
    "snapshot_from_name",
    "specification",
    "split_address",
    "status_of",
    "synthetic_oid",
]
