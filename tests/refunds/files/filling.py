"""A refund list with good, bad and waiting rows, for tests of all pages."""

import io
from pathlib import Path
from tempfile import TemporaryDirectory

from aftersales.refunds.files.services import create_refund_upload, import_path
from backoffice.common.models import Store, User
from tests.factories import NOON, make_order
from tests.refunds.files.sheets import R1, cells, sheet


def fill_refund_files(store: Store, staff: User) -> None:
    """Take a list in, with a row to fix and a case that waits, and upload another one."""
    make_order(store=store, number="880011")
    rows = [
        cells(R1, 订单编号="880011"),
        cells(R1, 退款编号="70002", 退款状态="?"),
        cells(R1, 退款编号="70003", 订单编号="880012"),
    ]
    content = sheet(*rows, header=R1)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "退款状态.csv"
        path.write_bytes(content)
        import_path(store=store, path=path, snapshot_at=NOON, at=NOON)
    create_refund_upload(store=store, name="退款状态.csv", stream=io.BytesIO(content), actor=staff, at=NOON)
