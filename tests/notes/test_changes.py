"""What a confirmed note writes to its order, and what the note itself suggests."""

from datetime import date, timedelta

import pytest

from orders.core.models import Hold, Order, OrderEvent, Wish
from orders.core.services import OrderError
from orders.notes.models import BuyerNote
from orders.notes.queries import change_label
from orders.notes.queries.words import CHANGE_LABELS
from orders.notes.services import (
    NoteChanges,
    NoteError,
    confirm_note,
    decline_note,
    record_note,
    reopen_note,
    suggested_changes,
)
from tests.factories import NOON, make_line, make_order, make_recipient, make_user
from tests.notes.helpers import make_noted_order, make_sold_order, read_notes, target

pytestmark = pytest.mark.django_db
TODAY = date(2026, 6, 1)


def open_wishes():
    rows = Wish.objects.filter(withdrawn_at__isnull=True).order_by("kind", "pk")
    return list(rows.values_list("kind", "text"))


def test_confirming_writes_each_change_and_names_them_in_the_history():
    order, person = make_noted_order("刻字"), make_user("li")
    line = order.lines.get()
    make_recipient(order=order)
    changes = NoteChanges(
        ship_day=TODAY + timedelta(days=3), slot="Saturday afternoon", packing="double box", gift_wrap="red paper",
        card="生日快乐", gift="a cup mat", courier="顺丰", invoice_title="示例科技有限公司",
        tax_number="91440300MA5EXAMPLE", engraving={line.pk: "平安喜乐"}, specs={line.pk: "颜色分类:白色;尺码:L"},
        recipient={"street": "示例街 9 号"},
    )  # fmt: skip

    confirm_note(**target(order, outcome="agreed by chat", actor=person, version=2, changes=changes))

    order.refresh_from_db()
    line.refresh_from_db()
    assert (order.appointed_date, order.appointed_slot, line.agreed_spec) == (
        TODAY + timedelta(days=3),
        "Saturday afternoon",
        "颜色分类:白色;尺码:L",
    )
    assert (order.note_state, order.hold_kinds) == ("handled", ["appointed_date"])
    assert order.recipient.changed_at == NOON
    assert open_wishes() == [
        ("courier", "顺丰"),
        ("engraving", "平安喜乐"),
        ("gift", "a cup mat"),
        ("gift_wrap", "red paper"),
        ("gift_wrap", "Card: 生日快乐"),
        ("invoice", "示例科技有限公司 91440300MA5EXAMPLE"),
        ("packing", "double box"),
    ]
    assert order.wish_kinds == ["courier", "engraving", "gift", "gift_wrap", "invoice", "packing"]
    assert {(wish.note_version, wish.agreed_by) for wish in Wish.objects.all()} == {(1, person)}
    event = OrderEvent.objects.get(kind="note_confirmed")
    assert (event.actor, event.order_version) == (person, order.version)
    assert event.after == {
        "note_state": "confirmed",
        "outcome": "agreed by chat",
        "changes": [
            "ship_day", "slot", "packing", "gift_wrap", "card", "gift", "courier", "invoice_title", "tax_number",
            "engraving", "specs", "recipient",
        ],
    }  # fmt: skip
    assert set(CHANGE_LABELS) == set(NoteChanges.__slots__)
    assert change_label("specs") == "Spec that ships instead"
    assert "示例街" not in str(list(OrderEvent.objects.values_list("before", "after")))


def test_a_refused_change_saves_nothing():
    order = make_noted_order("刻字")
    other = make_order(store=order.store).lines.get()
    changes = NoteChanges(ship_day=TODAY + timedelta(days=3), engraving={other.pk: "平安"})

    with pytest.raises(OrderError, match="has no such line"):
        confirm_note(**target(order, outcome="agreed", changes=changes))

    order.refresh_from_db()
    assert (order.appointed_date, order.hold_kinds, order.version) == (None, ["note_unhandled"], 2)
    assert (BuyerNote.objects.get().state, Wish.objects.count()) == ("unread", 0)


def test_confirming_anew_replaces_what_was_still_to_do():
    order = make_noted_order("换包装")
    confirm_note(**target(order, outcome="agreed", changes=NoteChanges(packing="box", gift="mat")))
    Wish.objects.filter(kind="gift").update(done_at=NOON)
    reopen_note(**target(order, reason="misread"))

    confirm_note(**target(order, outcome="agreed again", changes=NoteChanges(packing="two boxes")))

    assert open_wishes() == [("gift", "mat"), ("packing", "two boxes")]
    order.refresh_from_db()
    assert order.wish_kinds == ["packing"]


def test_declining_takes_back_what_an_earlier_text_was_promised():
    order = make_noted_order("换包装")
    confirm_note(**target(order, outcome="agreed", changes=NoteChanges(packing="box")))
    record_note(order=order, text="换成金盒", at=NOON)

    decline_note(**target(order, outcome="no golden boxes"))

    order.refresh_from_db()
    assert (open_wishes(), order.wish_kinds) == ([], [])


def test_confirming_twice_is_refused():
    order = make_noted_order("换包装")
    confirm_note(**target(order, outcome="agreed", changes=NoteChanges(packing="box")))

    with pytest.raises(NoteError, match="is “Confirmed” and cannot become “Confirmed”"):
        confirm_note(**target(order, outcome="agreed", changes=NoteChanges(packing="box")))

    assert Wish.objects.count() == 1


def test_phone_numbers_in_wishes_are_masked():
    order = make_noted_order("换包装")

    confirm_note(**target(order, outcome="agreed", changes=NoteChanges(packing="call 13812341234 first")))

    assert open_wishes() == [("packing", "call 138****1234 first")]


def test_a_time_of_delivery_without_a_day_is_a_wish():
    order = make_noted_order("周末送")
    changes = NoteChanges(slot="at the weekend")

    confirm_note(**target(order, outcome="agreed", changes=changes))

    assert (open_wishes(), Hold.objects.filter(released_at__isnull=True).count()) == (
        [("delivery_time", "at the weekend")],
        0,
    )


def test_a_last_day_is_a_wish_and_holds_nothing():
    order = make_noted_order("6月5号前到")

    confirm_note(**target(order, outcome="agreed", changes=NoteChanges(deliver_before=date(2026, 6, 5))))

    assert open_wishes() == [("delivery_time", "Deliver before 06-05")]
    assert Order.objects.get(pk=order.pk).hold_kinds == []


def suggest(order):
    note = read_notes(order)
    return suggested_changes(note, order, list(order.lines.select_related("title").order_by("position")), NOON)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("6月8号送到", NoteChanges(ship_day=date(2026, 6, 6))),
        ("明天送货上门", NoteChanges(ship_day=TODAY)),
        ("发顺丰", NoteChanges(courier="顺丰")),
        ("不要发圆通", NoteChanges(courier="not 圆通")),
        ("谢谢老板", NoteChanges()),
        ("阿巴阿巴", NoteChanges()),
        ("写张贺卡", NoteChanges()),
        ("写张贺卡:生日快乐", NoteChanges(card="生日快乐")),
        ("要礼盒,写张贺卡:生日快乐", NoteChanges(gift_wrap="Gift wrap", card="生日快乐")),
        ("要礼盒", NoteChanges(gift_wrap="Gift wrap")),
    ],
)
def test_a_note_suggests_its_changes(text, expected):
    order = make_noted_order(text)

    assert suggest(order) == expected


def test_what_is_to_be_engraved_is_suggested_for_the_one_line_that_takes_it():
    order = make_noted_order("刻字:平安喜乐")
    bag = make_line(order=order, position=2, title="双肩包 可刻字")

    assert suggest(order).engraving == {bag.pk: "平安喜乐"}


def test_what_is_to_be_engraved_is_left_to_a_person_when_two_lines_may_take_it():
    order = make_noted_order("刻字:平安喜乐", lines=2)

    assert suggest(order).engraving == {}


def test_another_colour_is_suggested_as_a_spec_of_the_product():
    sold = ["颜色分类:白色;尺码:M", "颜色分类:白色;尺码:L", "颜色分类:红色;尺码:L"]
    order = make_sold_order("换成白色", sold=sold)

    assert suggest(order).specs == {order.lines.get().pk: "颜色分类:白色;尺码:L"}


def test_a_colour_that_there_is_not_is_not_suggested():
    order = make_sold_order("换成紫色", sold=["颜色分类:白色;尺码:L"])

    assert suggest(order).specs == {}


def test_a_note_that_waits_to_be_read_suggests_as_well():
    order = make_noted_order("发顺丰")
    note = BuyerNote.objects.get()

    found = suggested_changes(note, order, list(order.lines.select_related("title")), NOON)

    assert found == NoteChanges(courier="顺丰")
    assert BuyerNote.objects.get().recognised_at is None
