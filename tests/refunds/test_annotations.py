from datetime import timedelta

import pytest

from aftersales.refunds.models import Refund
from aftersales.refunds.services import RefundError, assign_case, note_case, set_freight_payer, take_next_cases
from backoffice.common.access import Role
from orders.core.models import OrderEvent
from orders.core.services import OrderError
from orders.core.statuses import OrderStatus
from tests.factories import NOON, make_order, make_store, make_user
from tests.refunds.cases import make_case, target

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def changes():
    return list(OrderEvent.objects.filter(kind="case_changed").order_by("pk").values_list("before", "after"))


def test_a_case_is_given_to_a_member_and_back():
    refund = make_case()
    li = make_user("li", store=refund.store, roles=(Role.AGENT,))

    for owner in (li, li, None):
        refund = assign_case(**target(refund, owner=owner))

    refund.refresh_from_db()
    assert (refund.owner, refund.version) == (None, 3)
    named = {"refund": refund.number}
    assert changes() == [
        ({"owner": ""}, named | {"version": 2, "owner": "li"}),
        ({"owner": "li"}, named | {"version": 3, "owner": ""}),
    ]


def test_the_warehouse_may_have_a_case_and_who_has_no_part_in_them_may_not():
    refund = make_case()
    packer = make_user(store=refund.store, roles=(Role.WAREHOUSE,))
    ops, stranger = make_user(store=refund.store, roles=(Role.OPS,)), make_user(store=make_store())

    assert assign_case(**target(refund, owner=packer)).owner == packer
    for person in (ops, stranger):
        with pytest.raises(RefundError, match="does not handle after-sales in") as refusal:
            assign_case(**target(refund, owner=person))
        assert refusal.value.code == "field"


def test_the_most_urgent_free_cases_of_the_shop_are_taken():
    store = make_store()
    li = make_user("li", store=store, roles=(Role.AGENT,))

    def case(**values):
        return make_case(order=make_order(store=store, status=OrderStatus.SHIPPED), **values)

    later, first = case(deadline=NOON + 5 * HOUR), case(deadline=NOON + HOUR)
    never = case(deadline=None)
    case(deadline=NOON, owner=li)
    case(deadline=NOON, kind="return_refund", status="awaiting_return")
    case(deadline=None, status="closed")
    make_case(deadline=NOON)  # another store's

    taken = take_next_cases(store=store, actor=li, at=NOON, count=2)
    rest = take_next_cases(store=store, actor=li, at=NOON)

    assert (taken, rest) == ([first, later], [never])
    assert Refund.objects.filter(owner=li).count() == 4
    assert len(changes()) == 3


def test_who_has_no_part_in_cases_takes_none():
    store = make_store()

    with pytest.raises(RefundError, match="does not handle after-sales"):
        take_next_cases(store=store, actor=make_user(store=store, roles=(Role.OPS,)), at=NOON)


def test_a_remark_and_the_payer_of_the_freight_are_written_once():
    refund = make_case()

    for _ in range(2):
        note_case(**target(refund, remark=" 13812345678 回电 "))
        set_freight_payer(**target(refund, freight_payer="shop"))

    refund.refresh_from_db()
    assert (refund.remark, refund.freight_payer, refund.version) == ("138****5678 回电", "shop", 3)
    assert [set(after) - {"refund", "version"} for _before, after in changes()] == [{"remark"}, {"freight_payer"}]


def test_too_long_a_remark_and_a_strange_payer_are_refused():
    refund = make_case()

    with pytest.raises(RefundError, match="up to 300 characters"):
        note_case(**target(refund, remark="x" * 301))
    with pytest.raises(RefundError, match="“bank” cannot pay the freight"):
        set_freight_payer(**target(refund, freight_payer="bank"))

    assert changes() == []


def test_a_remark_with_a_bank_card_number_is_refused():
    refund = make_case()

    with pytest.raises(OrderError, match="looks like a bank card number") as refusal:
        note_case(**target(refund, remark="退到卡 4111 1111 1111 1111"))

    refund.refresh_from_db()
    assert (refusal.value.code, refund.remark, refund.version) == ("field", "", 1)
