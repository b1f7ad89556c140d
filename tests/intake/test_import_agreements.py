"""What staff agreed with the buyer stands, whatever the next file says."""

from decimal import Decimal

import pytest
from django.db import transaction

from backoffice.common.sealing import seal_json
from orders.core import queries
from orders.core.models import Hold, Order, OrderEvent, Recipient, Wish
from orders.core.recipients import recipient_context
from orders.core.services import (
    agree_spec,
    agree_wish,
    bump,
    change_recipient,
    lock_order,
    restore_recipient,
    reveal_recipient,
)
from tests.factories import NOON
from tests.intake.files import SHIPPED, T3, line_row, order_row, save_detail, save_list
from tests.intake.importing import LATER, contents, run
from tests.parallel import in_parallel

pytestmark = pytest.mark.django_db
OTHER = "other:b2xkLWtleS1vZi10aGlydHktdHdvLWJ5dGVzLTEyMzQ="
CHANGE = {"name": "李四", "mobile": "13912345678"}
MOVE = {"province": "浙江", "city": "杭州市", "district": "西湖区", "street": "文三路 8 号"}


def bring_in(tmp_path, **values):
    return run(save_list(tmp_path, [order_row("1001", **values)]))


def bring_in_later(tmp_path, *, header=T3, **values):
    return run(save_list(tmp_path, [order_row("1001", 总金额="120.00", **values)], name=LATER, header=header))


def target(**values):
    order = Order.objects.get()
    return {"store": order.store, "order_id": order.pk, "at": NOON, **values}


def revealed(person):
    return reveal_recipient(**target(actor=person, reason="check"))


def test_a_changed_recipient_stands_and_the_platforms_moves_on_behind_it(store, agent, tmp_path):
    bring_in(tmp_path)
    change_recipient(**target(actor=agent, fields=CHANGE))
    key = Recipient.objects.get().recipient_key

    bring_in_later(tmp_path, 收货人姓名="王五", 联系手机="'13711112222")

    recipient = Recipient.objects.get()
    fields = revealed(agent)
    assert (recipient.masked_name, recipient.masked_phone, recipient.recipient_key) == ("李*", "139****5678", key)
    assert (fields["name"], fields["mobile"]) == ("李四", "13912345678")
    assert (fields["platform_name"], fields["platform_mobile"]) == ("王五", "13711112222")
    assert queries.recipients_named(store, "李四").exists()
    assert not queries.recipients_named(store, "王五").exists()
    assert Order.objects.get().total == Decimal("120.00")


def test_what_staff_did_not_change_follows_the_platform(store, agent, tmp_path):
    bring_in(tmp_path)
    change_recipient(**target(actor=agent, fields={"street": "文三路 8 号"}))

    bring_in_later(tmp_path, 联系手机="'13711112222")

    fields = revealed(agent)
    assert (fields["mobile"], fields["street"]) == ("13711112222", "文三路 8 号")
    assert Recipient.objects.get().masked_phone == "137****2222"


def test_a_changed_place_stands_while_the_orders_own_follows_the_platform(store, agent, tmp_path):
    bring_in(tmp_path)
    change_recipient(**target(actor=agent, fields=MOVE))
    key = Recipient.objects.get().recipient_key

    bring_in_later(tmp_path, 收货地址="北京市 北京市 朝阳区 建国路9号(100000)")

    assert Order.objects.get().province == "北京"
    fields = revealed(agent)
    assert fields["modified_address"] == "浙江 杭州市 西湖区 文三路 8 号"
    assert (fields["platform_street"], fields["platform_place"]) == ("建国路9号", "北京 北京市 朝阳区")
    assert Recipient.objects.get().recipient_key == key


def test_a_file_that_names_nobody_leaves_the_change(store, agent, tmp_path):
    bring_in(tmp_path)
    change_recipient(**target(actor=agent, fields=CHANGE))
    narrow = [name for name in T3 if name not in {"收货人姓名", "收货地址 ", "联系手机", "联系电话 "}]

    bring_in_later(tmp_path, header=narrow)
    empty = {"收货人姓名": "", "收货地址": "", "联系手机": "", "总金额": "130.00"}
    run(save_list(tmp_path, [order_row("1001", **empty)], name="ExportOrderList202606030900.csv"))

    assert Order.objects.get().total == Decimal("130.00")
    assert (Recipient.objects.get().masked_name, revealed(agent)["mobile"]) == ("李*", "13912345678")


def test_the_same_file_again_changes_nothing(store, agent, tmp_path):
    bring_in(tmp_path)
    change_recipient(**target(actor=agent, fields=CHANGE))
    before = contents()

    bring_in(tmp_path)

    assert contents() == before


def test_taking_the_change_back_shows_what_the_platform_says_by_then(store, agent, tmp_path):
    bring_in(tmp_path)
    change_recipient(**target(actor=agent, fields=CHANGE))
    bring_in_later(tmp_path, 收货人姓名="王五")

    restore_recipient(**target(actor=agent))
    bring_in(tmp_path)

    assert Recipient.objects.get().masked_name == "王*"
    assert revealed(agent)["name"] == "王五"


def test_a_problem_with_the_address_stays_settled(store, agent, tmp_path):
    bring_in(tmp_path, 收货地址="不知道哪里")
    assert Order.objects.get().hold_kinds == ["address_problem"]
    change_recipient(**target(actor=agent, fields=MOVE))

    bring_in_later(tmp_path, 收货地址="不知道哪里")

    assert Order.objects.get().hold_kinds == []
    assert Hold.objects.get().released_by == agent


@pytest.mark.django_db(transaction=True)
def test_an_import_and_a_change_at_once_keep_both(store, agent, tmp_path):
    bring_in(tmp_path)
    values = target(actor=agent)

    in_parallel(
        lambda: bring_in_later(tmp_path, 收货人姓名="王五"), lambda: change_recipient(**values, fields={"name": "李四"})
    )

    fields = revealed(agent)
    assert (fields["name"], fields["platform_name"]) == ("李四", "王五")
    assert Recipient.objects.get().masked_name == "李*"
    assert Order.objects.get().total == Decimal("120.00")
    assert OrderEvent.objects.filter(kind="recipient_changed").count() == 1


def test_a_list_that_comes_after_staff_named_somebody_is_the_platforms_part(store, agent, tmp_path):
    run(save_detail(tmp_path, [line_row("1001", "5001")]))
    change_recipient(**target(actor=agent, fields=CHANGE))

    bring_in(tmp_path)

    fields = revealed(agent)
    assert (fields["name"], fields["platform_name"], fields["street"]) == ("李四", "张三", "科技园路1号")
    assert Recipient.objects.get().masked_name == "李*"


def test_a_change_whose_key_is_gone_is_kept_for_the_day_it_comes_back(store, agent, settings, tmp_path):
    bring_in(tmp_path)
    keys, settings.PII_KEYS = settings.PII_KEYS, f"{OTHER},{settings.PII_KEYS}"
    change_recipient(**target(actor=agent, fields=CHANGE))
    Recipient.objects.update(sealed=_sealed_under(settings, keys))
    settings.PII_KEYS = keys

    bring_in_later(tmp_path, 收货人姓名="王五")

    assert Recipient.objects.get().masked_name == "王*"
    settings.PII_KEYS = f"{keys},{OTHER}"
    assert revealed(agent)["name"] == "李四"


def _sealed_under(settings, keys):
    settings.PII_KEYS = keys
    order = Order.objects.get()
    return seal_json({"name": "张三"}, context=recipient_context(order.store_id, order.number))


def agree_on_provisional(agent):
    line = Order.objects.get().lines.get()
    agree_spec(**target(actor=agent, line_id=line.pk, spec="颜色:白", sku_code="K-2"))
    with transaction.atomic():
        order = lock_order(store=line.store, order_id=line.order_id)
        agree_wish(order, kind="engraving", text="平安", line_id=line.pk, actor=agent, at=NOON)
        bump(order, NOON, "wish_kinds")


def test_the_one_real_line_takes_over_what_was_agreed(store, agent, tmp_path):
    bring_in(tmp_path)
    agree_on_provisional(agent)

    run(save_detail(tmp_path, [line_row("1001", "5001")]))

    line = Order.objects.get().lines.get()
    assert (line.key, line.agreed_spec, line.agreed_sku_code) == ("5001", "颜色:白", "K-2")
    assert Wish.objects.get().line == line
    assert Order.objects.get().wish_kinds == ["engraving"]


def test_wishes_end_when_the_platform_ships_their_order(store, agent, tmp_path):
    run(save_list(tmp_path, [order_row("1001"), order_row("1002")]))
    for number, kind in (("1001", "packing"), ("1001", "gift"), ("1001", "invoice"), ("1002", "packing")):
        agree_on(store, number, kind)
    Wish.objects.filter(kind="gift").update(withdrawn_at=NOON)

    for name in (LATER, "ExportOrderList202606030900.csv"):
        run(save_list(tmp_path, [order_row("1001", 订单状态=SHIPPED), order_row("1002", 总金额="120.00")], name=name))

    order, waiting = Order.objects.order_by("number")
    assert (order.wish_kinds, waiting.wish_kinds) == (["invoice"], ["packing"])
    assert Wish.objects.get(done_at__isnull=False).order == order
    event = OrderEvent.objects.get(kind="wish_done")
    assert (event.source, event.after) == ("platform", {"wish": "packing", "text": "as agreed", "line": None})
    assert event.order_version == OrderEvent.objects.filter(kind="platform_changed", order=order).get().order_version


def agree_on(store, number, kind):
    with transaction.atomic():
        order = lock_order(store=store, order_id=Order.objects.get(number=number).pk)
        agree_wish(order, kind=kind, text="as agreed", actor=None, at=NOON)
        bump(order, NOON, "wish_kinds")


def test_a_wish_for_a_line_that_the_platform_closed_is_not_done(store, agent, tmp_path):
    run(save_detail(tmp_path, [line_row("1001", "5001"), line_row("1001", "5002")]))
    agree_on(store, "1001", "engraving")
    lines = Order.objects.get().lines.order_by("position")
    lines.filter(position=2).update(is_closed=True)
    Wish.objects.update(line=lines[1])

    run(save_list(tmp_path, [order_row("1001", 订单状态=SHIPPED)], name=LATER))

    assert Order.objects.get().wish_kinds == ["engraving"]
    assert Wish.objects.get().done_at is None


def test_among_several_real_lines_what_was_agreed_is_a_wish_of_the_order(store, agent, tmp_path):
    bring_in(tmp_path)
    agree_on_provisional(agent)

    run(save_detail(tmp_path, [line_row("1001", "5001"), line_row("1001", "5002", 标题="围巾")]))

    order = Order.objects.get()
    assert set(order.lines.values_list("agreed_spec", flat=True)) == {""}
    assert set(Wish.objects.values_list("kind", "text", "line")) == {
        ("engraving", "平安", None),
        ("colour_size", "颜色:白", None),
    }
    assert order.wish_kinds == ["colour_size", "engraving"]


def test_an_agreed_spec_stands_when_the_detail_comes_again(store, agent, tmp_path):
    run(save_list(tmp_path, [order_row("1001")]), save_detail(tmp_path, [line_row("1001", "5001")]))
    line = Order.objects.get().lines.get()
    agree_spec(**target(actor=agent, line_id=line.pk, spec="颜色:白"))

    run(
        save_detail(
            tmp_path, [line_row("1001", "5001", 商品属性="颜色分类:蓝")], name="ExportOrderDetailList202606030900.csv"
        )
    )

    line.refresh_from_db()
    assert (line.spec, line.agreed_spec, line.shown_spec) == ("颜色分类:蓝", "颜色:白", "颜色:白")
