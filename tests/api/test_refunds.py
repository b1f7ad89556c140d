"""After-sales cases over the API: opened, decided, sent back, inspected; who may, and what is refused."""

import base64
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import Sum

from aftersales.refunds.models import Refund
from backoffice.common.access import Role
from backoffice.common.models import Attachment
from backoffice.common.models.tokens import Scope
from orders.core.models import OrderEvent
from orders.core.statuses import OrderStatus
from tests.api.client import error, make_api
from tests.factories import make_order, make_user
from tests.parallel import in_parallel
from tests.refunds.cases import make_case

PNG = b"\x89PNG\r\n\x1a\n" + b"pixels" * 20
PROOF = base64.b64encode(PNG).decode()


@pytest.fixture
def api(store):
    return make_api(store, Role.AGENT)


@pytest.fixture
def order(store):
    return make_order(store=store, number="1001", status=OrderStatus.SHIPPED, lines=2)


def ask(api, key=None, **values):
    wish = {"order": "1001", "kind": "refund_only", "amount": "60.00", "reason": "质量问题"}
    return api.post("refunds/", wish | values, **({"Idempotency_Key": key} if key else {}))


def refusal(**values):
    return {"reason": "used", "text": "商品已使用，不支持退款", "proof": PROOF} | values


# The contract


def test_refund_is_opened_and_agreed_to(api, order):
    line = api.get("orders/1001/").json()["lines"][0]

    opened = ask(api, line=line["id"], refund_no="98765")
    agreed = api.post("refunds/98765/agree/", {"amount": "45.50", "version": opened.json()["version"]})

    assert opened.status_code == 201
    case = opened.json()
    assert (case["number"], case["order"], case["line"], case["line_key"]) == ("98765", "1001", line["id"], line["key"])
    assert (case["kind"], case["status"], case["amount"], case["reason_kind"]) == (
        "refund_only", "requested", "60.00", "quality",
    )  # fmt: skip
    assert (agreed.status_code, agreed.json()["status"], agreed.json()["refunded"]) == (200, "succeeded", "45.50")
    (told,) = api.get("orders/1001/").json()["refunds"]
    assert {name: told[name] for name in ("number", "kind", "status", "amount", "refunded")} == {
        "number": "98765", "kind": "refund_only", "status": "succeeded", "amount": "60.00", "refunded": "45.50",
    }  # fmt: skip
    assert set(OrderEvent.objects.filter(kind__startswith="case_").values_list("source", flat=True)) == {"api"}


def test_agreeing_without_an_amount_gives_what_was_asked_for(api, order):
    number = ask(api).json()["number"]

    assert api.post(f"refunds/{number}/agree/").json()["refunded"] == "60.00"


def test_line_is_named_by_its_key_as_well(api, order):
    line = order.lines.get(position=2)

    assert ask(api, line=line.key).json()["line"] == line.pk
    assert error(ask(api, line="no-such-line")) == (422, "field")


def test_case_without_a_line_is_about_the_whole_order(api, order):
    assert ask(api, amount="100.00").json()["line"] is None


def test_refusal_is_kept_with_its_proof(api, order):
    number = ask(api).json()["number"]

    answer = api.post(f"refunds/{number}/refuse/", refusal())

    assert (answer.status_code, answer.json()["status"]) == (200, "refused")
    (message,) = answer.json()["messages"]
    assert (message["role"], message["act"], message["text"]) == ("shop", "refuse", "商品已使用，不支持退款")
    (picture,) = message["pictures"]
    assert api.get(f"attachments/{picture['id']}/").content == PNG


def test_proof_is_a_data_address_a_file_or_one_uploaded_before(api, order):
    number = ask(api).json()["number"]
    kept = api.upload("attachments/", {"file": SimpleUploadedFile("a.png", PNG)})
    forms = [
        lambda: api.post(f"refunds/{number}/refuse/", refusal(proof=f"data:image/png;base64,{PROOF}")),
        lambda: api.upload(f"refunds/{number}/refuse/", refusal(proof=SimpleUploadedFile("a.png", PNG))),
        lambda: api.post(f"refunds/{number}/refuse/", refusal(proof=kept.json()["id"])),
        lambda: api.upload(f"refunds/{number}/refuse/", refusal(proof=str(kept.json()["id"]))),
    ]
    shown = []

    for form in forms:
        answer = form()
        shown.append((answer.status_code, answer.json()["messages"][-1]["pictures"][0]["sha256"]))
        api.post(f"refunds/{number}/apply-again/")

    assert kept.status_code == 201
    assert shown == [(200, kept.json()["sha256"])] * 4


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"proof": None}, "field"),
        ({"proof": "not base64!"}, "invalid"),
        ({"proof": base64.b64encode(b"no picture at all").decode()}, "field"),
        ({"proof": 999999}, "field"),
        ({"proof": True}, "invalid"),
        ({"reason": ""}, "invalid"),
        ({"text": "不"}, "field"),
        ({"text": "长" * 201}, "field"),
        ({"text": "打款到 6222021001116245702"}, "field"),
    ],
)
def test_refusal_that_lacks_something_changes_nothing(api, order, change, code):
    number = ask(api).json()["number"]

    assert error(api.post(f"refunds/{number}/refuse/", refusal(**change))) == (422, code)
    assert Refund.objects.get().status == "requested"
    assert not Attachment.objects.exists()


def test_picture_of_another_store_is_no_proof(api, order, other_store):
    other = make_api(other_store, Role.AGENT)
    foreign = other.upload("attachments/", {"file": SimpleUploadedFile("a.png", PNG)}).json()["id"]
    number = ask(api).json()["number"]

    assert error(api.post(f"refunds/{number}/refuse/", refusal(proof=foreign))) == (422, "field")


# Refusals


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"amount": "100.01"}, (422, "field")),
        ({"amount": "0"}, (422, "field")),
        ({"amount": "-1"}, (422, "invalid")),
        ({"amount": "1.001"}, (422, "invalid")),
        ({"amount": "NaN"}, (422, "invalid")),
        ({"kind": "gift"}, (422, "invalid")),
        ({"kind": "exchange"}, (422, "field")),
        ({"reason": ""}, (422, "invalid")),
        ({"refund_no": "no digit"}, (422, "invalid")),
        ({"line": [1]}, (422, "invalid")),
        ({"order": "404"}, (404, "not_found")),
    ],
)
def test_wish_that_will_not_do_is_refused(api, order, change, expected):
    assert error(ask(api, **change)) == expected
    assert not Refund.objects.exists()


def test_order_that_was_not_paid_has_nothing_to_give_back(api, store):
    make_order(store=store, number="1001", status=OrderStatus.PENDING_PAYMENT)

    assert error(ask(api)) == (409, "state")


def test_what_was_done_is_not_done_again(api, order):
    number = ask(api).json()["number"]
    api.post(f"refunds/{number}/agree/")

    assert error(api.post(f"refunds/{number}/agree/")) == (409, "state")
    assert error(api.post(f"refunds/{number}/refuse/", refusal())) == (409, "state")


def test_stale_version_is_a_conflict_with_the_case_as_it_is(api, order):
    case = ask(api).json()
    api.post(f"refunds/{case['number']}/remark/", {"remark": "looked at"})

    answer = api.post(f"refunds/{case['number']}/agree/", {"version": case["version"]})

    assert error(answer) == (409, "version")
    current = answer.json()["current"]
    assert (current["status"], current["remark"], current["version"]) == ("requested", "looked at", case["version"] + 1)


def test_stale_version_of_the_order_is_a_conflict_with_the_order(api, order):
    answer = ask(api, version=order.version + 5)

    assert error(answer) == (409, "version")
    assert answer.json()["current"]["number"] == "1001"


def test_platform_that_decides_is_a_gate(api, order):
    case = make_case(order=order, intervention=3)

    assert error(api.post(f"refunds/{case.number}/agree/")) == (422, "hold")


def test_case_of_another_store_is_not_there(api, other_store):
    foreign = make_case(order=make_order(store=other_store, status=OrderStatus.SHIPPED))

    answers = [
        api.get(f"refunds/{foreign.number}/"),
        api.post(f"refunds/{foreign.number}/agree/"),
        api.post(f"refunds/{foreign.number}/refuse/", refusal()),
        ask(api, order=foreign.order.number),
    ]

    assert [error(answer) for answer in answers] == [(404, "not_found")] * 4
    assert api.get("refunds/").json()["results"] == []


def test_same_number_for_the_same_wish_is_the_same_case(api, order):
    first, second = ask(api, refund_no="98765"), ask(api, refund_no="98765")

    assert (first.status_code, second.status_code) == (201, 200)
    assert Refund.objects.count() == 1
    assert error(ask(api, refund_no="98765", amount="10.00")) == (409, "state")


def test_same_key_opens_and_agrees_once(api, order):
    answers = [ask(api, key="open-1") for _ in range(3)]
    number = answers[0].json()["number"]
    agreed = [api.post(f"refunds/{number}/agree/", {}, Idempotency_Key="agree-1") for _ in range(3)]

    assert [answer.status_code for answer in answers + agreed] == [201] * 3 + [200] * 3
    assert [answer.get("Idempotent-Replay") for answer in agreed] == [None, "true", "true"]
    assert {answer.json()["refunded"] for answer in agreed} == {"60.00"}
    assert (Refund.objects.count(), OrderEvent.objects.filter(kind="case_moved").count()) == (1, 1)


def test_same_key_with_another_picture_is_another_request(api, order):
    number = ask(api).json()["number"]
    first = api.upload(
        f"refunds/{number}/messages/", {"pictures": SimpleUploadedFile("a.png", PNG)}, Idempotency_Key="m"
    )
    second = api.upload(
        f"refunds/{number}/messages/", {"pictures": SimpleUploadedFile("a.png", PNG + b"!")}, Idempotency_Key="m"
    )

    assert first.status_code == 200
    assert error(second) == (422, "idempotency")


@pytest.mark.django_db(transaction=True)
def test_ten_parallel_refunds_of_60_on_100_paid_leave_exactly_one(store):
    api = make_api(store, Role.AGENT)
    order = make_order(store=store, number="1001", status=OrderStatus.SHIPPED, lines=10)
    lines = list(order.lines.values_list("pk", flat=True))

    answers = in_parallel(*(lambda line=line: ask(api, line=line) for line in lines))

    assert sorted(answer.status_code for answer in answers) == [201] + [422] * 9
    assert {error(answer) for answer in answers if answer.status_code != 201} == {(422, "field")}
    assert Refund.objects.aggregate(total=Sum("amount"))["total"] == Decimal("60.00")


@pytest.mark.django_db(transaction=True)
def test_parallel_agreements_give_the_money_once(store):
    api = make_api(store, Role.AGENT)
    make_order(store=store, number="1001", status=OrderStatus.SHIPPED)
    number = ask(api).json()["number"]

    answers = in_parallel(*(lambda: api.post(f"refunds/{number}/agree/") for _ in range(5)))

    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 4
    assert OrderEvent.objects.filter(kind="case_moved").count() == 1


# Talking, people, lists


def test_thread_holds_what_was_said_masked(api, order):
    number = ask(api).json()["number"]
    api.post(f"refunds/{number}/messages/", {"role": "buyer", "text": "请打 13812345678", "pictures": [PROOF]})

    answer = api.post(f"refunds/{number}/messages/", {"text": "好的，马上处理"}).json()

    assert [(line["role"], line["text"], len(line["pictures"])) for line in answer["messages"]] == [
        ("buyer", "请打 138****5678", 1), ("shop", "好的，马上处理", 0),
    ]  # fmt: skip
    assert error(api.post(f"refunds/{number}/messages/", {"text": "加微信返现"})) == (422, "field")
    assert error(api.post(f"refunds/{number}/messages/")) == (422, "field")


def test_case_is_taken_given_and_given_back(api, store, order):
    number, li = ask(api).json()["number"], make_user("li", store=store, roles=(Role.AGENT,))
    path = f"refunds/{number}/assign/"

    owners = [api.post(path, body).json()["owner"] for body in ({}, {"owner": li.username}, {"owner": None})]

    assert owners == [api.owner.username, "li", None]
    assert error(api.post(path, {"owner": "nobody"})) == (422, "field")


def test_most_urgent_cases_are_taken_once(api, order):
    number = ask(api).json()["number"]

    taken = api.post("refunds/take-next/", {"count": 5})

    assert (taken.status_code, [case["number"] for case in taken.json()["taken"]]) == (201, [number])
    assert taken.json()["taken"][0]["owner"] == api.owner.username
    assert error(api.post("refunds/take-next/")) == (409, "state")


def test_remark_freight_and_withdrawal(api, order):
    number = ask(api).json()["number"]

    remark = api.post(f"refunds/{number}/remark/", {"remark": "电话 13812345678"}).json()["remark"]
    payer = api.post(f"refunds/{number}/freight-payer/", {"freight_payer": "insurance"}).json()["freight_payer"]
    closed = api.post(f"refunds/{number}/withdraw/", {"reason": "buyer keeps it"}).json()

    assert (remark, payer, closed["status"], closed["refunded"]) == (
        "电话 138****5678", "insurance", "closed", "0.00",
    )  # fmt: skip


def test_case_is_shown_with_the_rule_the_silence_and_what_is_possible(api, order):
    case = api.get(f"refunds/{ask(api).json()['number']}/").json()

    assert {"agree", "refuse", "withdraw"} == set(case["acts"])
    assert case["refundable"] == "100.00"
    assert (case["silence"], case["finding"]["sentence"]) != ("", "")
    assert case["deadline"] is not None
    assert [event["kind"] for event in case["events"]] == ["case_opened"]


def test_list_goes_page_by_page_and_is_narrowed(api, store):
    numbers = [make_case(order=make_order(store=store, status=OrderStatus.SHIPPED)).number for _ in range(52)]
    make_case(order=make_order(store=store, status=OrderStatus.SHIPPED), number="9", status="succeeded",
              kind="return_refund")  # fmt: skip

    first = api.get("refunds/").json()
    second = api.client.get(first["next"], headers={"Authorization": f"Bearer {api.clear}"}).json()
    found = [case["number"] for case in first["results"] + second["results"]]

    assert (len(first["results"]), len(second["results"]), second["next"]) == (50, 3, None)
    assert set(found) == {*numbers, "9"}
    assert [case["number"] for case in api.get("refunds/", {"kind": "return_refund"}).json()["results"]] == ["9"]
    assert [case["number"] for case in api.get("refunds/", {"queue": "succeeded"}).json()["results"]] == ["9"]
    assert [case["number"] for case in api.get("refunds/", {"q": numbers[0]}).json()["results"]] == [numbers[0]]


@pytest.mark.parametrize("query", [{"queue": "nothing"}, {"kind": "x"}, {"colour": "red"}, {"amount_min": "x"},
                                   {"after": "x"}, {"owner": "nobody"}, {"requested_to": "9999-12-31"}])  # fmt: skip
def test_list_refuses_what_it_does_not_know(api, query):
    assert api.get("refunds/", query).status_code == 422


@pytest.mark.parametrize("count", [1, 3])
def test_list_asks_as_often_for_many_cases(api, store, count, django_assert_num_queries):
    for _ in range(count):
        make_case(order=make_order(store=store, status=OrderStatus.SHIPPED))
    api.get("refunds/")

    with django_assert_num_queries(5):
        assert len(api.get("refunds/").json()["results"]) == count


@pytest.mark.parametrize("count", [1, 3])
def test_case_asks_as_often_for_a_long_thread(api, order, count, django_assert_num_queries):
    number = ask(api).json()["number"]
    for _ in range(count):
        api.post(f"refunds/{number}/messages/", {"role": "buyer", "text": "?", "pictures": [PROOF]})

    with django_assert_num_queries(15):
        assert len(api.get(f"refunds/{number}/").json()["messages"]) == count


def test_scopes_part_reading_from_writing(store, order):
    reader, writer = (make_api(store, Role.AGENT, scope) for scope in (Scope.REFUNDS_READ, Scope.REFUNDS_WRITE))
    number = ask(writer).json()["number"]

    assert reader.get(f"refunds/{number}/").status_code == 200
    assert error(reader.post(f"refunds/{number}/agree/")) == (403, "permission_denied")
    assert error(writer.get(f"refunds/{number}/")) == (403, "permission_denied")
    assert error(make_api(store, Role.AGENT, Scope.ORDERS_WRITE).post(f"refunds/{number}/agree/")) == (
        403, "permission_denied",
    )  # fmt: skip


@pytest.mark.parametrize("role", [Role.WAREHOUSE, Role.OPS])
def test_who_does_not_handle_refunds_decides_none(store, order, role):
    number = ask(make_api(store, Role.AGENT)).json()["number"]

    assert error(make_api(store, role).post(f"refunds/{number}/agree/")) == (403, "permission_denied")
    assert error(ask(make_api(store, role))) == (403, "permission_denied")
