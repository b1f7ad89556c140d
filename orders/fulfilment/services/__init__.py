"""What fulfilment does to orders; import from here."""

from orders.fulfilment.services.batches import BatchAgain, BatchError, run_waybills, start_waybills
from orders.fulfilment.services.checks import tick_check
from orders.fulfilment.services.errors import CheckError, LabelError, MergeError, ShipError
from orders.fulfilment.services.merging import merge_orders, refuse_merge, withdraw_refusal
from orders.fulfilment.services.printing import PrintError, print_problem, record_print
from orders.fulfilment.services.scanning_out import ship_waybill
from orders.fulfilment.services.shipping import ship_order, ship_problem
from orders.fulfilment.services.stock import StockError, take_stock
from orders.fulfilment.services.waybill_changes import choose_courier, split_waybill, unmerge_waybill, void_waybill
from orders.fulfilment.services.waybill_numbers import assign_number
from orders.fulfilment.services.waybills import WaybillError, plan_rest, plan_waybill

__all__ = [
    "BatchAgain",
    "BatchError",
    "CheckError",
    "LabelError",
    "MergeError",
    "PrintError",
    "ShipError",
    "StockError",
    "WaybillError",
    "assign_number",
    "choose_courier",
    "merge_orders",
    "plan_rest",
    "plan_waybill",
    "print_problem",
    "record_print",
    "refuse_merge",
    "run_waybills",
    "ship_order",
    "ship_problem",
    "ship_waybill",
    "split_waybill",
    "start_waybills",
    "take_stock",
    "tick_check",
    "unmerge_waybill",
    "void_waybill",
    "withdraw_refusal",
]
