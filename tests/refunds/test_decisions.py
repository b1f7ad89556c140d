from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from aftersales.refunds import services
from aftersales.refunds.models import Refund, RefundMessage, RefundPolicy, ReturnAddress
from aftersales.refunds.services import CaseConflict, RefundError
from aftersales.refunds.services.money import grant
from aftersales.refunds.statuses import PLATFORM_DECIDES, Intervention
from backoffice.common.access import Role
from backoffice.common.models import Alert
from orders.core.models import OrderEvent
from orders.core.services import OrderError
from orders.core.statuses import OrderStatus
from tests.factories import NOON, make_order, make_store, make_user
from tests.refunds.cases import make_case, make_picture, record_of, step, target

pytestmark = pytest.mark.django_db
WORDS = "已穿过，不影响二次销售才能退。"


def refuse(refund, **values):
    defaults = {"reason": "worn", "text": WORDS, "proof": make_picture(refund.store)}
    return services.refuse_case(**target(refund, **(defaults | values)))


def make_dear_case(**values):
    """Make a case of ¥600, above the limit of ¥500 that a second person must agree to."""
    order = make_order(status=OrderStatus.SHIPPED, paid=Decimal(1000))
    return make_case(order=order, amount=Decimal(600), **values)


def make_address(store, **values):
    defaults = {"name": "Warehouse", "shown": "李* 138****5678 浙江 杭州", "sealed": b"x", "updated_at": NOON}
    return ReturnAddress.objects.create(store=store, **(defaults | values))


def test_agreeing_gives_what_was_asked_for_and_tells_the_order():
    refund, agent = make_case(), make_user("li")

    refund = services.agree_case(**target(refund, actor=agent, text="已同意，请留意到账。"))

    refund.refresh_from_db()
    assert (refund.status, refund.refunded, refund.answered_at) == ("succeeded", Decimal(60), NOON)
    order = refund.order
    order.refresh_from_db()
    assert (order.refunded, order.refund_status, order.has_open_refund) == (Decimal(60), "succeeded", False)
    message = RefundMessage.objects.get()
    assert (message.role, message.act, message.text, message.author) == ("shop", "agree", "已同意，请留意到账。", agent)


def test_a_part_is_agreed_to_and_the_rest_stays_free():
    refund = make_case(amount=Decimal(100))

    services.agree_case(**target(refund, amount=Decimal("30.50")))

    refund.refresh_from_db()
    assert (refund.amount, refund.refunded) == (Decimal(100), Decimal("30.50"))
    assert services.refundable_of(Refund.objects.get().order) == Decimal("69.50")


@pytest.mark.parametrize("amount", ["0", "-1", "60.01", "NaN", "1.005"])
def test_an_amount_that_was_not_asked_for_is_refused(amount):
    refund = make_case()
    before = record_of(refund)

    with pytest.raises(RefundError, match=r"asks for 60\.00: give back that or less") as refusal:
        services.agree_case(**target(refund, amount=Decimal(amount)))

    assert (refusal.value.code, record_of(refund)) == ("field", before)


def test_kinds_without_money_take_no_amount():
    with pytest.raises(RefundError, match="“Repair” ends without money"):
        services.agree_case(**target(make_case(kind="repair"), amount=Decimal(5)))


def test_a_part_agreed_for_a_return_is_given_when_the_goods_are_received():
    refund = make_case(kind="return_refund")
    default = make_address(refund.store, is_default=True)

    services.agree_case(**target(refund, amount=Decimal(50), freight_payer="buyer"))
    step(**target(refund, act="send_back"))
    with transaction.atomic():
        grant(services.lock_case(store=refund.store, refund_id=refund.pk), "receive", amount=None, actor=None, at=NOON)

    refund.refresh_from_db()
    assert (refund.status, refund.refunded, refund.return_address, refund.freight_payer) == (
        "succeeded", Decimal(50), default, "buyer",
    )  # fmt: skip


def test_a_return_goes_to_an_address_of_the_store_that_is_in_use():
    refund = make_case(kind="return_refund")
    chosen = make_address(refund.store)
    foreign = make_address(make_store())
    old = make_address(refund.store, name="Old", is_active=False)

    for address in (foreign, old):
        with pytest.raises(RefundError, match="no such return address"):
            services.agree_case(**target(refund, return_address_id=address.pk))
    refund = services.agree_case(**target(refund, return_address_id=chosen.pk))

    assert refund.return_address == chosen


def test_above_the_limit_a_second_person_agrees():
    refund, li = make_dear_case(), make_user("li")
    wang = make_user("wang", store=refund.store, roles=(Role.FINANCE,))

    waiting = services.agree_case(**target(refund, actor=li, text="好的"))
    told, role = Alert.objects.get(), RefundMessage.objects.get().role
    with pytest.raises(RefundError, match="li proposed this refund: a second person must approve it") as refusal:
        services.approve_case(**target(refund, actor=li))
    with pytest.raises(RefundError, match="a second person must approve"):
        services.approve_case(**target(refund, actor=None))
    with pytest.raises(RefundError, match=r"li proposed 600\.00 .* already"):
        services.agree_case(**target(refund, actor=wang))
    before = (waiting.status, waiting.proposed, waiting.proposed_by, waiting.order.refunded)
    refund = services.approve_case(**target(refund, actor=wang))

    assert before == ("requested", Decimal(600), li, 0)
    assert (told.kind, told.right, told.subjects) == ("approval", "approve_refunds", [refund.order.number])
    assert refusal.value.code == "hold"
    refund.refresh_from_db()
    assert (refund.status, refund.refunded, refund.proposed, refund.approved_by) == ("succeeded", 600, None, wang)
    # the buyer is not promised what nobody has approved
    assert (role, RefundMessage.objects.get().role) == ("system", "shop")
    assert list(OrderEvent.objects.filter(kind__startswith="case_").values_list("kind", "actor")) == [
        ("case_opened", None), ("case_changed", li.pk), ("case_moved", wang.pk),
    ]  # fmt: skip


def test_the_limit_is_the_shops_own_and_the_amount_itself_is_not_above_it():
    refund = make_case()
    RefundPolicy.objects.create(store=refund.store, approval_above=Decimal(59))

    proposed = services.agree_case(**target(refund, actor=make_user())).proposed
    services.decline_approval(**target(refund, actor=make_user(), reason="too much"))
    refund = services.agree_case(**target(refund, actor=make_user(), amount=Decimal(59)))

    assert (proposed, refund.status, refund.refunded) == (60, "succeeded", 59)


def test_what_was_proposed_may_be_declined_and_proposed_anew():
    refund, li, wang = make_dear_case(), make_user("li"), make_user("wang")
    services.agree_case(**target(refund, actor=li))

    refund = services.decline_approval(**target(refund, actor=wang, reason="half is enough"))
    with pytest.raises(RefundError, match="does not wait for a second person"):
        services.decline_approval(**target(refund, actor=wang, reason="half is enough"))
    with pytest.raises(RefundError, match="does not wait for a second person"):
        services.approve_case(**target(refund, actor=wang))
    refund = services.agree_case(**target(refund, actor=li, amount=Decimal(300)))

    assert (refund.status, refund.refunded) == ("succeeded", Decimal(300))
    event = OrderEvent.objects.filter(kind="case_changed").order_by("-pk").first()
    assert (event.before, event.after["reason"]) == ({"proposed": "600.00"}, "half is enough")


def test_nobody_proposes_for_nobody():
    with pytest.raises(RefundError, match="a second person must agree") as refusal:
        services.agree_case(**target(make_dear_case()))

    assert refusal.value.code == "hold"


def test_a_return_that_was_approved_needs_no_third_person_when_received():
    refund, li, wang = make_dear_case(kind="return_refund"), make_user("li"), make_user("wang")

    services.agree_case(**target(refund, actor=li))
    agreed = services.approve_case(**target(refund, actor=wang))
    state = (agreed.status, agreed.approved_by)
    step(**target(refund, act="send_back"))
    with transaction.atomic():
        case = services.lock_case(store=refund.store, refund_id=refund.pk)
        is_done = grant(case, "receive", amount=None, actor=li, at=NOON)

    assert (state, is_done) == (("awaiting_return", wang), True)
    refund.refresh_from_db()
    assert (refund.status, refund.refunded) == ("succeeded", Decimal(600))


def test_a_refusal_takes_the_approval_back():
    refund, li, wang = make_dear_case(kind="return_refund"), make_user("li"), make_user("wang")
    services.agree_case(**target(refund, actor=li))
    services.approve_case(**target(refund, actor=wang))
    step(**target(refund, act="send_back"))

    refuse(refund, actor=li)
    refund = services.agree_case(**target(refund, actor=li))

    assert (refund.status, refund.proposed, refund.approved_by) == ("refused", Decimal(600), None)


def test_a_case_that_moves_waits_for_nobody():
    refund, li = make_dear_case(), make_user("li")
    services.agree_case(**target(refund, actor=li))

    refund = services.withdraw_case(**target(refund, reason="the buyer keeps it"))

    assert (refund.status, refund.proposed, refund.proposed_by) == ("closed", None, None)


def test_the_database_itself_wants_two_people():
    refund, li = make_dear_case(), make_user("li")
    services.agree_case(**target(refund, actor=li))

    with pytest.raises(IntegrityError, match="refund_approved_by_another"), transaction.atomic():
        Refund.objects.filter(pk=refund.pk).update(approved_by=li)


def test_a_refusal_says_why_and_shows_its_proof():
    refund, li = make_case(), make_user("li")
    proof = make_picture(refund.store)

    refund = refuse(refund, actor=li, proof=proof)

    refund.refresh_from_db()
    assert (refund.status, refund.answered_at, refund.order.has_open_refund) == ("refused", NOON, True)
    message = RefundMessage.objects.get()
    assert (message.role, message.act, message.text, message.files.get().attachment) == ("shop", "refuse", WORDS, proof)
    assert OrderEvent.objects.get(kind="case_moved").after["reason"] == "worn"


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"text": "x"}, "Explain the refusal to the buyer in 2 to 200 characters"),
        ({"text": " x "}, "Explain the refusal"),
        ({"text": "x" * 201}, "Explain the refusal"),
        ({"reason": ""}, "Give a reason"),
        ({"proof": None}, "needs a picture as proof"),
        ({"text": "加微信 abc 详谈"}, "微信"),
        ({"text": "打 13812345678"}, "phone number"),
    ],
)
def test_a_refusal_that_lacks_something_is_none(values, sentence):
    refund = make_case()
    before = record_of(refund)

    with pytest.raises(OrderError, match=sentence) as refusal:
        refuse(refund, **values)

    assert (refusal.value.code, record_of(refund)) == ("field", before)


def test_two_and_two_hundred_characters_are_enough():
    assert refuse(make_case(), text="不行").status == "refused"
    assert refuse(make_case(), text="不" * 200).status == "refused"


@pytest.mark.parametrize("values", [{"kind": "voice", "name": "a.mp3"}, {"store": "other"}])
def test_a_proof_is_a_picture_of_the_store(values):
    refund = make_case()
    store = make_store() if "store" in values else refund.store
    proof = make_picture(store, **{name: value for name, value in values.items() if name != "store"})

    with pytest.raises(RefundError, match="is not a picture of this shop"):
        refuse(refund, proof=proof)


def test_a_case_that_cannot_be_refused_can_be_agreed_to():
    refund = make_case(cannot_refuse=True)

    with pytest.raises(RefundError, match=r"does not let case .* be refused") as refusal:
        refuse(refund)

    assert refusal.value.code == "hold"
    assert services.agree_case(**target(refund)).status == "succeeded"


def test_the_platforms_own_page_takes_every_answer_of_some_cases():
    refund = make_case(is_web_only=True)

    for decide in (refuse, lambda case: services.agree_case(**target(case))):
        with pytest.raises(RefundError, match="on its own page only") as refusal:
            decide(refund)
        assert refusal.value.code == "hold"

    assert services.withdraw_case(**target(refund, reason="settled there")).status == "closed"


@pytest.mark.parametrize("state", Intervention)
def test_while_the_platform_decides_the_shop_does_not(state):
    refund = make_case(intervention=state)
    before = record_of(refund)

    if state not in PLATFORM_DECIDES:
        assert refuse(refund).status == "refused"
        return
    for decide in (refuse, lambda case: services.agree_case(**target(case))):
        with pytest.raises(RefundError, match="The platform decides case") as refusal:
            decide(refund)
        assert refusal.value.code == "hold"
    assert record_of(refund) == before


def test_a_refund_of_the_platform_before_shipping_cannot_be_refused_and_a_return_can():
    unshipped = make_case(order=make_order(), source="platform")
    partly = make_order(status=OrderStatus.PARTIALLY_SHIPPED, lines=2)
    kept, left = partly.lines.order_by("position")
    left.shipped_quantity = 1
    left.save()

    for case in (unshipped, make_case(order=partly, line=kept, amount=Decimal(10), source="platform")):
        with pytest.raises(RefundError, match=r"cannot be refused\. Agree") as refusal:
            refuse(case)
        assert refusal.value.code == "hold"

    assert refuse(make_case(order=partly, line=left, amount=Decimal(10), source="platform")).status == "refused"
    assert refuse(make_case(order=make_order(), kind="return_refund", source="platform")).status == "refused"
    assert refuse(make_case(order=make_order())).status == "refused"


def test_an_exchange_turns_into_a_refund_of_what_is_left():
    order = make_order(status=OrderStatus.SHIPPED)
    make_case(order=order, status="succeeded", amount=Decimal(30))
    refund = make_case(order=order, kind="exchange", status="awaiting_outbound")

    with pytest.raises(RefundError, match=r"at most 70\.00"):
        services.turn_to_refund(**target(refund, amount=Decimal("70.01")))
    refund = services.turn_to_refund(**target(refund))

    assert (refund.kind, refund.status, refund.amount) == ("return_refund", "awaiting_receipt", Decimal(70))


def test_a_case_that_turns_in_its_state_keeps_its_clock_and_gets_the_time_of_its_kind():
    refund = make_case(kind="exchange", status="awaiting_return", deadline=NOON)

    refund = services.turn_to_refund(**target(refund, amount=Decimal(5)))

    assert (refund.status_since, (refund.deadline - NOON).days, refund.steps.count()) == (NOON, 7, 0)


ACTS = {
    services.agree_case: {},
    services.approve_case: {},
    services.decline_approval: {"reason": "too much"},
    services.refuse_case: {"reason": "worn", "text": WORDS, "proof": "picture"},
    services.apply_again: {},
    services.withdraw_case: {"reason": "keeps it"},
    services.confirm_case: {},
    services.turn_to_refund: {},
    services.say: {"text": "您好"},
    services.assign_case: {"owner": None},
    services.note_case: {"remark": "call first"},
    services.set_freight_payer: {"freight_payer": "shop"},
}


@pytest.mark.parametrize("act", ACTS)
def test_no_act_reaches_another_store_or_passes_a_stale_version(act):
    refund = make_case()
    values = {name: make_picture(refund.store) if value == "picture" else value for name, value in ACTS[act].items()}
    before = record_of(refund)
    other = make_store()

    with pytest.raises((Refund.DoesNotExist, RefundError), match=r"does not exist|picture"):
        act(**target(refund, store=other, **values))
    with pytest.raises(CaseConflict, match="changed at") as conflict:
        act(**target(refund, version=99, **values))

    assert (conflict.value.code, conflict.value.expected, conflict.value.refund) == ("version", 99, refund)
    assert record_of(refund) == before


def test_two_people_with_one_version_and_the_second_is_told_who():
    refund, li = make_case(), make_user("li")
    services.note_case(**target(refund, remark="call first", actor=li, version=1))

    with pytest.raises(CaseConflict, match=r"li changed case .* at 06-01 12:00") as conflict:
        services.agree_case(**target(refund, version=1))

    assert [event.after["remark"] for event in conflict.value.changes] == ["call first"]
    assert conflict.value.refund.remark == "call first"
    assert services.agree_case(**target(refund, version=2)).version == 3
