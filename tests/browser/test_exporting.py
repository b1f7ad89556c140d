"""A manager exports what the queue shows and finds the same sums in the file; an agent may not."""

import re
from decimal import Decimal
from io import BytesIO
from pathlib import Path

from openpyxl import load_workbook

from tests.factories import make_order, make_recipient


def test_manager_exports_the_filtered_queue(browse, store, manager, run_jobs):
    for at in range(6):
        make_recipient(order=make_order(store=store, paid=Decimal("100.10") * at + 1, province="浙江"))
    make_order(store=store, paid=Decimal(5000))
    boss = browse(manager)
    page = boss.page

    boss.open("/orders/?queue=pending_shipment&province=浙江&amount_min=200")
    shown = boss.orders()
    amounts = [Decimal(text.strip("¥").replace(",", "")) for text in boss.texts("[data-row] .col-money .l1")]
    assert (len(shown), sum(amounts)) == (4, Decimal("1405.40"))
    boss.follow("[data-action=export]")
    assert page.get_attribute("main [data-total]", "data-total") == "4"
    page.select_option("[name=template]", "finance")
    boss.follow("[data-action=start-export]")
    assert boss.values("tr[data-job]", "data-state") == ["queued"]
    assert run_jobs() == 1
    page.wait_for_selector("tr[data-job][data-state=done]")
    assert "¥1,405.40" in page.inner_text("tr[data-job]")

    with page.expect_download() as waiting:
        page.click("[data-action=download]")
    assert re.fullmatch(r".+\.xlsx", waiting.value.suggested_filename)
    book = load_workbook(BytesIO(Path(waiting.value.path()).read_bytes()))
    head, *rows = [[cell.value for cell in row] for row in book.worksheets[0].iter_rows()]
    assert sorted(row[head.index("Order number")] for row in rows) == sorted(shown)
    assert sum(Decimal(str(row[head.index("Paid")])) for row in rows) == sum(amounts)


def test_agent_is_refused_the_exports(browse, store, agent):
    person = browse(agent)

    response = person.open("/orders/exports/")

    assert response.status == 403
    assert person.page.locator("a[href='/orders/exports/']").count() == 0
    person.forgive("403")
