"""Exports of what staff agreed with the buyer: another spec, another recipient, another day."""

from datetime import date

import pytest

from orders.core.models import OrderLine
from orders.core.services import agree_spec, change_recipient
from orders.core.statuses import ShipByRule, WishKind
from orders.desk.exports.templates import save_template
from tests.desk.test_exports import column, csv_rows, export, sheets
from tests.factories import NOON, make_order, make_recipient


def test_line_names_what_was_agreed_else_what_was_ordered(store, agent):
    order = make_order(store=store, lines=2)
    OrderLine.objects.filter(order=order).update(spec="黑色 L", sku_code="D1-L")
    first = order.lines.order_by("position").first()
    agree_spec(
        store=store, order_id=order.pk, line_id=first.pk, spec="黑色 M", sku_code="D1-M", actor=agent, at=NOON
    )  # fmt: skip

    _written, content = export(store, template="picking", file_format="csv")

    rows = csv_rows(content)
    assert column(rows, "Spec") == ["黑色 M", "黑色 L"]
    assert column(rows, "Merchant code") == ["D1-M", "D1-L"]


def test_agreed_spec_without_a_code_keeps_the_ordered_code(store, agent):
    order = make_order(store=store)
    OrderLine.objects.update(spec="黑色 L", sku_code="D1-L")
    agree_spec(store=store, order_id=order.pk, line_id=order.lines.get().pk, spec="黑色 M", actor=agent, at=NOON)

    _written, content = export(store, template="picking", file_format="csv")

    rows = csv_rows(content)
    assert (column(rows, "Spec"), column(rows, "Merchant code")) == (["黑色 M"], ["D1-L"])


def test_products_of_an_order_name_what_was_agreed(store, agent):
    order = make_order(store=store, lines=2)
    OrderLine.objects.update(spec="黑色 L")
    agree_spec(
        store=store, order_id=order.pk, line_id=order.lines.order_by("position").last().pk, spec="红色 L", actor=agent,
        at=NOON,
    )  # fmt: skip
    save_template(store=store, actor=agent, at=NOON, name="short", grain="order", columns=["number", "products"])

    _written, content = export(store, template="short", file_format="csv")

    assert column(csv_rows(content), "Products") == ["真丝连衣裙 黑色 L ×1, 真丝连衣裙 红色 L ×1"]


@pytest.mark.parametrize("file_format", ["csv", "xlsx"])
def test_clear_text_goes_to_whom_the_order_goes(store, agent, file_format):
    order = make_order(store=store)
    make_recipient(order=order)
    fields = {
        "name": "李四", "mobile": "13999990000", "street": "解放路 9 号", "province": "浙江", "city": "杭州市",
        "district": "西湖区",
    }  # fmt: skip
    change_recipient(store=store, order_id=order.pk, fields=fields, actor=agent, at=NOON)
    make_recipient(order=make_order(store=store))

    written, content = export(store, file_format=file_format, is_clear=True, reason="packing", watermark="a")

    rows = csv_rows(content) if file_format == "csv" else sheets(content)["Lines"]
    assert written.unreadable == 0
    assert sorted(column(rows, "Recipient")) == ["张三", "李四"]
    assert sorted(column(rows, "Phone")) == ["13812341234", "13999990000"]
    assert sorted(column(rows, "Street")) == ["科技园路 1 号", "解放路 9 号"]
    assert "浙江 杭州市 西湖区 解放路 9 号" in column(rows, "Changed address")
    assert column(rows, "Province") == ["广东", "广东"]


def test_masked_file_shows_nothing_of_the_new_recipient(store, agent):
    order = make_order(store=store)
    make_recipient(order=order)
    change_recipient(
        store=store, order_id=order.pk, fields={"name": "李四", "mobile": "13999990000"}, actor=agent, at=NOON
    )

    _written, content = export(store, file_format="csv")

    assert column(csv_rows(content), "Recipient") == ["李*"]
    assert "13999990000" not in content.decode()


def test_file_says_why_and_for_when_an_order_ships(store, agent):
    make_order(
        store=store, ship_by_rule=ShipByRule.APPOINTED, appointed_date=date(2026, 6, 6), appointed_slot="下午",
        wish_kinds=[WishKind.GIFT_WRAP, WishKind.INVOICE], claimed_by=agent, claim_expires_at=NOON,
    )  # fmt: skip
    make_order(store=store, ship_by_rule="", paid_at=None)

    _written, content = export(store, file_format="csv", query="sort=placed_at")

    rows = csv_rows(content)
    assert column(rows, "Why this ship-by time") == ["Date the buyer appointed", ""]
    assert column(rows, "Appointed date") == ["2026-06-06", ""]
    assert column(rows, "Time of day") == ["下午", ""]
    assert column(rows, "Open wishes") == ["Gift wrap, Invoice", ""]
    assert column(rows, "Claimed by") == ["agent", ""]
