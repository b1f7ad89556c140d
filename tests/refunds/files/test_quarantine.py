"""Two people at the same row of a refund list that waits."""

import pytest

from aftersales.refunds.files import quarantine
from aftersales.refunds.models import Refund
from orders.intake.models import ImportFile, QuarantinedRow
from tests.factories import NOON, make_order, make_user
from tests.parallel import in_parallel
from tests.refunds.files.filling import fill_refund_files
from tests.refunds.files.sheets import R1

pytestmark = pytest.mark.django_db(transaction=True)


def test_row_that_two_people_try_again_is_counted_once(store):
    fill_refund_files(store, make_user(store=store))
    row = QuarantinedRow.objects.get()
    make_order(store=store, number="880019")
    values = {R1.index("订单编号"): "880019", R1.index("退款状态"): "退款成功"}
    opened = quarantine._put(store, row.pk, values)

    def retry():
        return quarantine._retried(store, opened, None, NOON)

    done = in_parallel(retry, retry)

    file = ImportFile.objects.get(pk=row.file_id)
    sums = {name: file.counts[name] for name in ("rows", "created", "updated", "unchanged", "stale", "quarantined")}
    assert done == [True, True]
    assert sums == {"rows": 3, "created": 3, "updated": 0, "unchanged": 0, "stale": 0, "quarantined": 0}
    assert Refund.objects.filter(number="70002").count() == 1
