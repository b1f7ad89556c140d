"""A manager imports last night's files: looks first, imports, mends a row, and finds the orders in the queue."""

from decimal import Decimal

from orders.core.models import Order
from tests.intake.files import D2, SHIPPED, T3, UNPAID, line_row, order_row, save_detail, save_list

NEW = "3552600000000000{:03}"


def test_manager_imports_a_pair_of_files_and_mends_a_row(browse, manager, run_jobs, tmp_path):  # noqa: PLR0915 -- a whole job
    rows = [order_row(NEW.format(at), 买家留言="请发顺丰" if at == 2 else "") for at in range(1, 8)]
    rows += [order_row(NEW.format(8), 订单状态=UNPAID, 买家实际支付金额="0.00", 订单付款时间="")]
    rows += [order_row(NEW.format(9), 订单状态=SHIPPED), order_row(NEW.format(10), 总金额="一百", 买家应付货款="")]
    orders = save_list(tmp_path, [row | {"神秘列": "x"} for row in rows], header=[*T3, "神秘列"])
    lines = [line_row(NEW.format(1), f"{NEW.format(1)}{part}") for part in (1, 2)]
    detail = save_detail(tmp_path, lines, header=D2)
    boss = browse(manager)
    page = boss.page

    boss.open("/orders/imports/")
    page.set_input_files("input[type=file]", [orders, detail])
    assert len(boss.texts("[data-drop-list] li")) == 2
    boss.follow("[data-action=upload]")
    boss.follow(f"text={orders.name}")

    assert "GB18030" in page.inner_text("[data-preview] .facts")
    assert "神秘列" in page.inner_text("[data-preview] .facts")
    assert boss.values("[data-metric=preview-rows]", "data-value") == ["10"]
    assert boss.values("[data-metric=preview-bad]", "data-value") == ["1"]
    assert "13812345678" not in page.content()
    assert Order.objects.count() == 0

    for name in (orders.name, detail.name):
        boss.open("/orders/imports/")
        boss.follow(f"text={name}")
        boss.follow("[data-action=import]")
    assert run_jobs() == 2
    boss.open("/orders/imports/")
    boss.follow(f"text={orders.name}")

    figures = dict(
        zip(boss.values("[data-metric]", "data-metric"), boss.values("[data-metric]", "data-value"), strict=True)
    )
    assert figures == {
        "rows": "10", "created": "9", "updated": "0", "unchanged": "0", "stale": "0", "quarantined": "1",
    }  # fmt: skip
    assert boss.values("tr[data-line]", "data-line") == ["11"]

    boss.follow("[data-action=fix]")
    page.locator("form.form input[value='一百']").fill("100.00")
    boss.follow("[data-action=retry]")
    assert boss.values("tr[data-line]", "data-line") == []

    boss.open("/orders/")
    tabs = dict(zip(boss.values("[data-queue]", "data-queue"), boss.values("[data-queue]", "data-count"), strict=True))
    assert tabs == {
        "pending_payment": "1", "pending_shipment": "8", "shipped": "1", "aftersales": "0", "completed": "0",
        "closed": "0", "all": "10",
    }  # fmt: skip
    for queue, count in tabs.items():
        page.click(f"[data-queue={queue}]")
        boss.settle()
        assert (len(boss.orders()), page.get_attribute("#list", "data-total")) == (int(count), count)
    order = Order.objects.get(number=NEW.format(1))
    assert (order.line_count, order.paid) == (2, Decimal(100))
