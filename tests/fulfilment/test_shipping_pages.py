"""The shipping desk, its batches, merge cards, one parcel's page, couriers."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from backoffice.common.jobs import run_pending_jobs
from backoffice.common.models import Job
from backoffice.common.once import new_token
from orders.core.services import change_recipient, lock_order, open_hold
from orders.core.statuses import Acceptance
from orders.fulfilment.models import CourierAccount, MergeRefusal, PoolNumber, Waybill
from orders.fulfilment.queries.desk import TABS, desk_page
from orders.fulfilment.services import plan_waybill, ship_waybill
from orders.fulfilment.services.pools import add_pool_numbers, save_courier_account
from orders.fulfilment.services.printing import record_waybill_print
from orders.fulfilment.services.stock import settle_order
from tests.factories import NOON, make_line, make_order, make_recipient
from tests.fulfilment.parcels import NUMBER, make_parcel
from tests.fulfilment.test_merges import order_to

pytestmark = pytest.mark.django_db
DESK, BULK, MERGES = (reverse(f"fulfilment:{name}") for name in ("shipping-desk", "shipping-bulk", "merge-list"))
HX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def _noon():
    with time_machine.travel(NOON, tick=False):
        yield


def shown(client, **query):
    html = client.get(DESK, query).content.decode()
    return re.findall(r'data-row data-order="([^"]*)"', html)


def counts(client):
    html = client.get(DESK).content.decode()
    return {key: int(count) for key, count in re.findall(r'data-sub="(\w+)" data-count="(\d+)"', html)}


def bulk(client, ids, act, tab="pack", **values):
    return client.post(BULK, {"selected": ids, "act": act, "query": f"tab={tab}", **values})


def order_ready(store, **values):
    order = make_order(store=store, **values)
    make_recipient(order=order)
    return order


def order_in_part(store, **values):
    """Make an order with a line that may leave and one that is held."""
    order = order_ready(store, lines=2, **values)
    hold_line(order.lines.get(position=2))
    settle_order(lock_order(store=store, order_id=order.pk), at=NOON)
    return order


def hold_line(line):
    open_hold(
        store=line.store,
        order_id=line.order_id,
        line_id=line.pk,
        kind="out_of_stock",
        reason="none",
        actor=None,
        at=NOON,
    )


def test_each_order_and_parcel_stands_in_the_tab_of_its_step(store, other_store, warehouse_client):
    ready, _held = order_ready(store), order_ready(store, hold_kinds=["manual"])
    order_ready(store, acceptance=Acceptance.UNREVIEWED)
    order_ready(other_store)
    draft = order_ready(store)
    plan_waybill(store=store, order_ids=[draft.pk], courier="SF", actor=None, at=NOON)
    part = order_in_part(store)
    numbered, printed, shipped = (make_parcel(store, f"SF000000000000{n}") for n in range(3))
    Waybill.objects.filter(pk=printed.pk).update(state="printed")
    ship_waybill(store=store, waybill_id=shipped.pk, actor=None, at=NOON)

    found = {tab: shown(warehouse_client, tab=tab) for tab in TABS}

    number = lambda waybill: waybill.lines.get().order.number  # noqa: E731
    assert found == {
        "pack": [ready.number], "part": [part.number], "number": [draft.number], "print": [number(numbered)],
        "scan": [number(printed)], "shipped": [number(shipped)],
    }  # fmt: skip
    assert counts(warehouse_client) == dict.fromkeys(TABS, 1)


def test_pages_of_a_tab_hold_each_row_once_those_without_deadline_last(store):
    hours = [3, 1, 2, 2, None]
    orders = [order_ready(store, ship_by=NOON + timedelta(hours=h) if h else None) for h in hours]
    seen, after = [], ""
    while True:
        page = desk_page(store, "pack", now=NOON, after=after, size=2)
        seen += [row.pk for row in page.rows]
        after = page.next
        if not after:
            break

    assert seen == [orders[n].pk for n in (1, 2, 3, 0, 4)]


@pytest.mark.parametrize("after", ["x", "bnVsbA", "WyJ4Iiwx", "ä", "WyIiLC0xXQ"])
def test_a_damaged_cursor_shows_the_first_page_and_says_so(store, warehouse_client, after):
    order = order_ready(store)

    for tab in TABS:
        html = warehouse_client.get(DESK, {"tab": tab, "after": after}).content.decode()
        assert "That place in the list is gone" in html
        assert (order.number in html) == (tab == "pack")


@pytest.mark.parametrize("tab", TABS)
def test_a_tab_takes_the_same_statements_for_one_row_and_three(
    store, warehouse_client, tab, django_assert_max_num_queries
):
    def rows(count, start):
        for number in range(count):
            if tab in {"pack", "part"}:
                (order_ready if tab == "pack" else order_in_part)(store)
                continue
            waybill = make_parcel(store, f"SF{start + number:013}", name=f"买家{start + number}")
            Waybill.objects.filter(pk=waybill.pk).update(
                state={"number": "draft", "print": "numbered"}.get(tab, "printed")
            )
            if tab == "shipped":
                ship_waybill(store=store, waybill_id=waybill.pk, actor=None, at=NOON)

    used = []
    for count, start in ((1, 0), (2, 10)):
        rows(count, start)
        warehouse_client.get(DESK, {"tab": tab})
        with django_assert_max_num_queries(30) as context:
            warehouse_client.get(DESK, {"tab": tab})
        used.append(len(context))

    assert used[0] == used[1]


def test_few_are_made_and_numbered_in_the_request(store, warehouse, warehouse_client):
    CourierAccount.objects.create(store=store, courier="SF", is_default=True, updated_at=NOON)
    add_pool_numbers(store=store, courier="SF", numbers=[NUMBER], actor=None, at=NOON)
    orders = [order_ready(store), order_ready(store)]

    response = bulk(warehouse_client, [order.pk for order in orders], "make_numbered")
    html = warehouse_client.get(response["Location"]).content.decode()

    job = Job.objects.get()
    assert (job.state, job.result["done"], job.result["refused"]) == ("done", 1, 1)
    assert [(row.subject, row.outcome) for row in job.rows.order_by("position")] == [
        (orders[0].number, "done"), (orders[1].number, "skipped"),
    ]  # fmt: skip
    assert "No waybill number of 顺丰速运 is left: add numbers to its pool." in html
    assert list(Waybill.objects.order_by("pk").values_list("state", "number")) == [("numbered", NUMBER), ("draft", "")]
    assert Waybill.objects.order_by("pk").last().problem.startswith("No waybill number")


def test_two_hundred_are_made_by_the_worker_with_a_row_each(store, warehouse_client):
    orders = [make_order(store=store) for _ in range(200)]
    open_hold(store=store, order_id=orders[7].pk, kind="manual", reason="wait", actor=None, at=NOON)

    response = warehouse_client.post(
        BULK, {"selected": [order.pk for order in orders], "act": "make", "query": "tab=pack"}, headers=HX
    )
    url = response["HX-Redirect"]
    before = warehouse_client.get(url).content.decode()
    run_pending_jobs()
    after = warehouse_client.get(url, headers=HX).content.decode()

    assert (response.status_code, 'data-state="queued"' in before) == (204, True)
    assert ('data-done="199"' in after, 'data-refused="1"' in after) == (True, True)
    assert f"Order {orders[7].number} is held: Held by hand." in after
    assert Waybill.objects.count() == 199


def test_all_of_a_tab_are_given_up_with_one_press(store, warehouse_client):
    for number in range(3):
        make_parcel(store, f"SF000000000000{number}")

    warehouse_client.post(BULK, {"_all": "1", "act": "void", "reason": "torn", "query": "tab=print"})

    assert list(Waybill.objects.values_list("state", "void_reason")) == [("void", "torn")] * 3


def test_a_form_sent_twice_is_one_batch(store, warehouse_client):
    form = {"selected": [order_ready(store).pk], "act": "make", "query": "tab=pack", "once": new_token()}

    first, second = (warehouse_client.post(BULK, form) for _ in range(2))

    assert first["Location"] == second["Location"]
    assert (Job.objects.count(), Waybill.objects.count()) == (1, 1)


@pytest.mark.parametrize("form", [{}, {"act": "x", "selected": ["1"]}, {"act": "make", "selected": ["x", "9" * 30]}])
def test_a_bulk_form_of_nonsense_leads_back_with_a_sentence(store, warehouse_client, form):
    response = warehouse_client.post(BULK, {**form, "query": "tab=<x>"})

    assert (response.status_code, response["Location"]) == (302, f"{DESK}?tab=pack")
    assert not Job.objects.exists()


def test_rows_of_another_store_are_gone(store, other_store, warehouse_client):
    strange = order_ready(other_store)

    bulk(warehouse_client, [strange.pk], "make")

    assert [(row.subject, row.reason) for row in Job.objects.get().rows.all()] == [(f"#{strange.pk}", "It is gone.")]


def test_a_batch_warns_of_orders_to_one_recipient(store, warehouse_client):
    orders = [order_to(store) for _ in range(3)]

    response = bulk(warehouse_client, [order.pk for order in orders], "make")

    assert "Not merged: 3 orders to the same recipient are printed separately." in (
        warehouse_client.get(response["Location"]).content.decode()
    )


# Merging


def merge_form(orders, act, ticked=None):
    ids = [order.pk for order in orders]
    return {
        "act": act, "recipient": orders[0].recipient.recipient_key, "orders": ",".join(map(str, ids)),
        "order": ids if ticked is None else ticked,
    }  # fmt: skip


def test_a_merge_card_shows_orders_savings_and_reasons_and_packs_the_ticked(store, warehouse_client):
    orders = [order_to(store) for _ in range(3)]
    open_hold(store=store, order_id=orders[2].pk, kind="manual", reason="wait", actor=None, at=NOON)

    html = warehouse_client.get(MERGES).content.decode()
    act = reverse("fulfilment:merge-act")
    warehouse_client.post(act, merge_form(orders, "merge", [orders[0].pk, orders[1].pk]))

    assert ('data-saved="1"' in html, 'data-blocker="manual"' in html, "138****1234" in html) == (True, True, True)
    assert "13812341234" not in html
    assert Waybill.objects.get().order_count == 2


def test_the_desk_asks_afterwards_how_many_could_share_a_parcel(store, warehouse_client):
    count = reverse("fulfilment:merge-count")
    none = warehouse_client.get(count).content.decode()
    for name in ("张三", "张三", "李四", "李四"):
        order_to(store, name)

    html = warehouse_client.get(DESK).content.decode()

    assert (f'hx-get="{count}"' in html, "data-merge-count" in html, none.strip()) == (True, False, "")
    assert 'data-merge-count="2"' in warehouse_client.get(count).content.decode()


@pytest.mark.parametrize("tab", TABS)
def test_the_desk_takes_few_statements(store, warehouse_client, tab, django_assert_max_num_queries):
    order_to(store)
    warehouse_client.get(DESK)

    with django_assert_max_num_queries(8):
        warehouse_client.get(f"{DESK}?tab={tab}")


def test_a_refused_card_is_listed_and_comes_back(store, warehouse_client):
    orders = [order_to(store) for _ in range(2)]
    warehouse_client.post(reverse("fulfilment:merge-act"), merge_form(orders, "never"))
    refused = warehouse_client.get(MERGES).content.decode()

    warehouse_client.post(reverse("fulfilment:merge-again", args=[MergeRefusal.objects.get().pk]))

    assert ("data-merge " in refused, "data-refusal=" in refused) == (False, True)
    assert "data-merge " in warehouse_client.get(MERGES).content.decode()


def test_merging_nonsense_or_another_stores_orders_changes_nothing(store, other_store, warehouse_client):
    orders = [order_to(other_store) for _ in range(2)]
    act = reverse("fulfilment:merge-act")

    assert warehouse_client.post(act, merge_form(orders, "merge")).status_code == 404
    for form in ({}, {"act": "merge", "order": ["x"]}, {"act": "refuse", "orders": "1,x", "recipient": "k"}):
        assert warehouse_client.post(act, form).status_code == 302
    assert not Waybill.objects.exists()
    assert not MergeRefusal.objects.exists()


# One parcel


def parcel_url(waybill):
    return reverse("fulfilment:waybill", args=[waybill.pk])


def test_a_parcel_is_split_by_pieces(store, warehouse_client):
    order = make_order(store=store, lines=0)
    line = make_line(order=order, quantity=3)
    waybill = plan_waybill(store=store, order_ids=[order.pk], courier="SF", actor=None, at=NOON)

    response = warehouse_client.post(parcel_url(waybill), {"act": "split", f"line_{line.pk}": "2", "version": "1"})

    assert response.status_code == 302
    assert sorted(Waybill.objects.values_list("lines__quantity", flat=True)) == [1, 2]


def test_a_parcel_takes_a_courier_a_number_and_an_end(store, warehouse_client):
    waybill = plan_waybill(store=store, order_ids=[order_ready(store).pk], courier="SF", actor=None, at=NOON)

    for form in ({"act": "courier", "courier": "YTO"}, {"act": "number", "number": "YT1234567890123"}):
        assert warehouse_client.post(parcel_url(waybill), form).status_code == 302
    numbered = Waybill.objects.get()
    warehouse_client.post(parcel_url(waybill), {"act": "void", "reason": "torn"})

    assert (numbered.courier, numbered.number, Waybill.objects.get().state) == ("YTO", "YT1234567890123", "void")


def test_a_merged_parcel_splits_back_with_one_press_until_it_is_printed(store, warehouse_client):
    waybill = make_parcel(store, orders=2)
    html = warehouse_client.get(parcel_url(waybill)).content.decode()
    Waybill.objects.update(state="printed")
    printed = warehouse_client.get(parcel_url(waybill)).content.decode()
    Waybill.objects.update(state="numbered")

    warehouse_client.post(parcel_url(waybill), {"act": "unmerge"})

    assert ('value="unmerge"' in html, 'value="unmerge"' in printed) == (True, False)
    assert list(Waybill.objects.values_list("order_count", flat=True)) == [1, 1]


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"act": "x"}, "Choose what to do with this parcel."),
        ({"act": "split", "line_1": "two"}, "“two” is no number of pieces."),
        ({"act": "void", "reason": ""}, "Give a reason of 2 to 200 characters."),
        ({"act": "unmerge"}, "This parcel holds one order only."),
        ({"act": "void", "reason": "torn", "version": "99"}, "Somebody changed this parcel"),
    ],
)
def test_a_refused_change_of_a_parcel_is_said_on_its_page(store, warehouse_client, form, sentence):
    response = warehouse_client.post(parcel_url(make_parcel(store)), form)

    assert (response.status_code, sentence in response.content.decode()) == (422, True)


def test_a_parcel_of_another_store_is_not_found(other_store, warehouse_client):
    waybill = make_parcel(other_store)

    assert warehouse_client.get(parcel_url(waybill)).status_code == 404
    assert warehouse_client.post(parcel_url(waybill), {"act": "void", "reason": "torn"}).status_code == 404


# Couriers


def test_a_courier_is_set_up_and_its_pool_filled_by_range_and_list(store, manager_client):
    couriers, fill = reverse("fulfilment:courier-list"), reverse("fulfilment:pool-fill")
    manager_client.post(couriers, {"courier": "SF", "warn_below": "5", "is_default": "on", "is_active": "on"})

    manager_client.post(fill, {"courier": "SF", "first": "SF1000000000008", "last": "SF1000000000010"})
    manager_client.post(fill, {"courier": "SF", "listed": f"{NUMBER}\nSF1000000000008"})

    account = CourierAccount.objects.get()
    html = manager_client.get(couriers).content.decode()
    assert (account.courier, account.is_default, account.warn_below) == ("SF", True, 5)
    assert list(PoolNumber.objects.order_by("pk").values_list("number", flat=True)) == [
        "SF1000000000008", "SF1000000000009", "SF1000000000010", NUMBER,
    ]  # fmt: skip
    assert ('data-free="4"' in html, "data-low" in html) == (True, True)


@pytest.mark.parametrize(
    "form", [{}, {"first": "A"}, {"first": "SF1", "last": "YT9"}, {"listed": "!"}, {"first": "1", "listed": "2"}]
)
def test_numbers_that_cannot_be_read_are_refused_beside_the_form(store, manager_client, form):
    CourierAccount.objects.create(store=store, courier="SF", updated_at=NOON)

    response = manager_client.post(reverse("fulfilment:pool-fill"), {"courier": "SF", **form})

    assert (response.status_code, PoolNumber.objects.count()) == (422, 0)


@pytest.mark.parametrize(("numbers", "low"), [(4, ["SF"]), (5, [])])
def test_desk_says_whose_numbers_run_low(warehouse_client, store, numbers, low):
    save_courier_account(store=store, courier="SF", warn_below=5, actor=None, at=NOON)
    save_courier_account(store=store, courier="ZTO", warn_below=5, is_active=False, actor=None, at=NOON)
    add_pool_numbers(store=store, courier="SF", numbers=f"SF0001 ~ SF{numbers:04}", actor=None, at=NOON)

    html = warehouse_client.get(DESK).content.decode()

    assert re.findall(r'data-low-pool="(\w+)"', html) == low
    assert (f"{numbers} waybill numbers are left." in html) == bool(low)


def test_couriers_page_says_whose_numbers_run_low(manager_client, store):
    save_courier_account(store=store, courier="SF", warn_below=5, actor=None, at=NOON)

    html = manager_client.get(reverse("fulfilment:courier-list")).content.decode()

    assert re.findall(r'data-low-pool="(\w+)"', html) == ["SF"]


def test_desk_marks_a_parcel_whose_address_was_changed_after_printing(warehouse_client, store):
    for number in (NUMBER, "SF9876543210987"):
        record_waybill_print(store=store, waybill_id=make_parcel(store, number=number).pk, actor=None, at=NOON)
    order = Waybill.objects.get(number=NUMBER).lines.get().order
    change_recipient(store=store, order_id=order.pk, fields={"street": "另一条路 2 号"}, actor=None, at=NOON)

    html = warehouse_client.get(DESK, {"tab": "scan"}).content.decode()

    assert html.count('data-mark="moved"') == 1
    assert html.index(f'data-order="{order.number}"') < html.index('data-mark="moved"')
