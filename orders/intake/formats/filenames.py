"""What the name of an export says: the platform writes the time of the snapshot into it."""

import re
from datetime import datetime

from orders.intake.formats.cells import SHANGHAI

_STAMP = re.compile(r"(?<!\d)(20\d{10})(?:\d{2})?(?!\d)")


def snapshot_from_name(name: str) -> datetime | None:
    """Return the time in `ExportOrderList201707080900.csv` (Beijing time), or None without a valid one."""
    for found in _STAMP.finditer(name.replace("\\", "/").rpartition("/")[2]):
        try:
            return datetime.strptime(found[1], "%Y%m%d%H%M").replace(tzinfo=SHANGHAI)
        except ValueError:
            continue
    return None
