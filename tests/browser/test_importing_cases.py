"""A manager imports the platform's refund list: looks first, imports, mends a row, and finds the cases in the queue."""

from aftersales.refunds.models import Refund
from tests.factories import make_order
from tests.refunds.files.sheets import cells, sheet


def test_manager_imports_a_refund_list_and_mends_a_row(browse, manager, run_jobs, tmp_path):
    store = manager.memberships.get().store
    for place in range(1, 6):
        make_order(store=store, number=f"355260000000000{place}")
    rows = [cells(退款编号=f"7000{place}", 订单编号=f"355260000000000{place}") for place in range(1, 6)]
    rows += [cells(退款编号="70007", 订单编号="3552600000000009"), cells(退款编号="70008", 退款状态="外星状态")]
    rows += [cells(退款编号="70009", 订单编号="3552600000000002", 买家退款金额="900.00", 宝贝标题="别的")]
    path = tmp_path / "ExportRefundList202606011130.csv"
    path.write_bytes(sheet(*rows))
    boss = browse(manager)
    page = boss.page

    boss.open("/aftersales/refunds/import/")
    page.set_input_files("input[type=file]", path)
    boss.follow("[data-action=upload]")
    assert "13777778888" not in page.content()
    assert Refund.objects.count() == 0

    boss.follow("[data-action=start]")
    assert run_jobs() == 1
    boss.open(page.url)
    figures = dict(
        zip(boss.values("[data-metric]", "data-metric"), boss.values("[data-metric]", "data-value"), strict=True)
    )
    assert figures == {
        "rows": "8", "created": "6", "updated": "0", "unchanged": "0", "stale": "0", "quarantined": "2", "waiting": "1",
    }  # fmt: skip
    assert boss.values("tr[data-line]", "data-line") == ["9", "8"]

    boss.follow("tr[data-line='8'] [data-action=fix]")
    page.locator("form.form input[value='外星状态']").fill("退款成功")
    page.locator("form.form input[value='=\"A1\"']").fill("3552600000000003")
    page.locator("form.form input[value='60.00']").fill("10.00")
    boss.follow("[data-action=retry]")
    assert boss.values("tr[data-line]", "data-line") == ["9"]
    boss.open("/aftersales/refunds/import/")
    assert boss.values("[data-waiting]", "data-waiting") == ["70007"]
