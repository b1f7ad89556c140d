"""The importer: rows of order files into the tables, set by set.

A chunk of clean records is COPYed into temporary tables and merged by a fixed sequence of statements in one
transaction, so a killed import leaves whole chunks only and the same file may run again, or twice at once. What the
file does not say (a column it lacks) and what staff decided here is never touched.
"""

from orders.intake.engine.batch import Batch
from orders.intake.engine.counts import Counts
from orders.intake.engine.importer import Importer, ImportRefused, open_order_file
from orders.intake.engine.merge import merge_lines, merge_orders

__all__ = ["Batch", "Counts", "ImportRefused", "Importer", "merge_lines", "merge_orders", "open_order_file"]
