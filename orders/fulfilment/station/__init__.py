"""The scan station: what a scan means, what is shown of a parcel, and what the scan did."""

from orders.fulfilment.station.answers import Answer, Scan
from orders.fulfilment.station.parcels import Target, load_target
from orders.fulfilment.station.scans import scan

__all__ = ["Answer", "Scan", "Target", "load_target", "scan"]
