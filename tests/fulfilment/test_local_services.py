"""Services by address: orders to their places are tagged, once, and found by their tag."""

import pytest
from django.urls import reverse

from backoffice.common.models import AuditEntry
from orders.core.models import Order
from orders.core.services import set_tags
from orders.fulfilment.models import FulfilmentDue, LocalService
from orders.fulfilment.services.local_services import ServiceError, delete_service, save_service
from orders.fulfilment.services.stock import settle_due
from tests.factories import NOON, make_line, make_order

pytestmark = pytest.mark.django_db
PAGE = "/settings/services/"


def save(store, name="同城送", places=("广东 深圳",), codes=(), **values):
    return save_service(store=store, name=name, places=places, product_codes=codes, actor=None, at=NOON, **values)


def tags(order):
    settle_due(store=order.store, at=NOON)
    return Order.objects.get(pk=order.pk).tags


@pytest.mark.parametrize(
    ("place", "tagged"),
    [("广东", True), ("广东省", True), ("广东 深圳", True), ("广东 深圳 南山", True), ("广东 广州", False),
     ("浙江", False), ("广东 深圳 福田", False)],
)  # fmt: skip
def test_order_is_tagged_by_its_place(store, place, tagged):
    order = make_order(store=store, district="南山区")

    save(store, places=[place])

    assert tags(order) == (["同城送"] if tagged else [])


def test_new_order_is_tagged_and_the_history_says_so(store):
    save(store)

    order = make_order(store=store, tags=["old"])

    assert tags(order) == ["old", "同城送"]
    event = order.events.get()
    assert (event.kind, event.source, event.after) == ("service_arranged", "rule", {"service": "同城送"})


def test_service_of_a_product_tags_only_orders_of_it(store):
    save(store, codes=["SOFA"])
    plain, sofa = make_order(store=store), make_order(store=store, lines=0)
    make_line(order=sofa, sku_code="SOFA")

    assert (tags(plain), tags(sofa)) == ([], ["同城送"])


def test_tag_that_was_taken_off_stays_off(store):
    save(store)
    order = make_order(store=store)
    tags(order)
    set_tags(store=store, order_id=order.pk, tags=[], actor=None, at=NOON)

    save(store, name="x", places=["浙江"])
    FulfilmentDue.objects.get_or_create(order=order, store=store, defaults={"since": NOON})

    assert tags(order) == []


@pytest.mark.parametrize("status", ["shipped", "closed", "pending_payment"])
def test_only_open_orders_are_tagged(store, status):
    order = make_order(store=store, status=status)
    save(store, places=["广东"])

    assert tags(order) == []


def test_service_that_is_off_tags_nothing(store):
    save(store, is_active=False)

    assert tags(make_order(store=store)) == []


@pytest.mark.parametrize(
    ("values", "words"),
    [({"name": " "}, "name"), ({"name": "x" * 41}, "name"), ({"places": []}, "1 to 200"),
     ({"places": ["Atlantis"]}, "not a"),
     ({"places": ["广东 a b c"]}, "province, city and district"), ({"codes": ["x" * 101]}, "merchant codes")],
)  # fmt: skip
def test_service_that_makes_no_sense_is_refused(store, values, words):
    with pytest.raises(ServiceError, match=words):
        save(store, **values)


def test_name_is_taken_once(store):
    save(store)

    with pytest.raises(ServiceError, match="already"):
        save(store)


def test_service_is_changed_and_deleted_on_record(store, other_store):
    service = save(store)
    save(store, name="安装", service_id=service.pk)
    with pytest.raises(LocalService.DoesNotExist):
        delete_service(store=other_store, service_id=service.pk, actor=None, at=NOON)
    delete_service(store=store, service_id=service.pk, actor=None, at=NOON)

    actions = AuditEntry.objects.order_by("pk").values_list("action", "subject")
    assert list(actions) == [
        ("local_service_saved", "同城送"), ("local_service_saved", "安装"), ("local_service_deleted", "安装"),
    ]  # fmt: skip
    assert not LocalService.objects.exists()


# Pages


def test_page_shows_the_count_that_leads_to_the_queue(manager_client, store):
    save(store)
    tags(make_order(store=store))
    make_order(store=store, province="浙江")

    page = manager_client.get(PAGE)
    row = page.context["rows"][0]
    queue = manager_client.get(row["url"])

    assert (row["count"], row["is_capped"]) == (1, False)
    assert queue.context["total"] == 1


def test_service_is_saved_and_deleted_on_the_page(manager_client, store):
    form = {"name": "送装", "places": "广东 深圳\n浙江", "product_codes": "A1, B2", "is_active": "on"}
    saved = manager_client.post(PAGE, form)
    service = LocalService.objects.get()
    bad = manager_client.post(PAGE, form | {"places": "nowhere"})
    gone = manager_client.post(reverse("contacting:service-delete", args=[service.pk]))

    assert (saved.status_code, service.places, service.product_codes) == (302, ["广东 深圳", "浙江"], ["A1", "B2"])
    assert (bad.status_code, "nowhere" in bad.content.decode(), gone.status_code) == (422, True, 302)


def test_service_of_another_store_is_not_found(manager_client, other_store):
    service = save(other_store)

    assert manager_client.get(f"{PAGE}?edit={service.pk}").status_code == 404
    assert manager_client.post(reverse("contacting:service-delete", args=[service.pk])).status_code == 404


@pytest.mark.parametrize("queue", ["pending_shipment", "all", "shipped"])
def test_orders_are_filtered_by_tag(agent_client, store, queue):
    make_order(store=store, number="T1", tags=["同城送", "x"])
    make_order(store=store, number="T2", tags=["y"])
    make_order(store=store, number="T3", tags=["同城送"], status="shipped")

    page = agent_client.get("/orders/", {"queue": queue, "tag": "同城送"}).content.decode()

    found = {"pending_shipment": {"T1"}, "all": {"T1", "T3"}, "shipped": {"T3"}}[queue]
    assert {number for number in ("T1", "T2", "T3") if f'data-order="{number}"' in page} == found
