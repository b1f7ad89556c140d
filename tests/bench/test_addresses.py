"""What is measured is there: every address of the note desk and of the other new pages answers."""

import pytest
from django.db.models import Sum
from django.utils import timezone

from aftersales.refunds.models import Refund, RefundStep
from aftersales.reviews.models import Review, ReviewTask
from aftersales.topics.models import TextDue, TopicMention
from backoffice.common.models import Store, User
from bench import addresses
from bench.aftersales_addresses import aftersales_desks, aftersales_pages
from bench.aftersales_data import furnish as furnish_aftersales
from bench.fulfilment_addresses import desk_lists, desks, single_pages
from bench.fulfilment_data import furnish
from bench.people import BATCH, hire, work_today
from bench.statements import load_page, session_key
from bench.web_paths import headers_of
from orders.core.models import OrderEvent
from orders.fulfilment.models import FulfilmentDue, LineStock, Sku, StockMovement, Waybill
from tests.commands import run_command

pytestmark = [pytest.mark.django_db(transaction=True)]


@pytest.fixture
def shop():
    user = User.objects.create(username="bench", display_name="Bench")
    store = Store.objects.create(code="demo", name="Demo")
    hire(store, user)
    run_command("seed_demo", "--orders", "600", "--seed", "2", "--days", "40", "--fast")
    work_today(store, user, timezone.now())
    return store, user


def test_every_address_answers_with_few_statements(shop):
    store, user = shop
    known, key = addresses.facts(store), session_key(user, store.code)
    lists = {**addresses.notes(known), **addresses.desk_pages(known), **{path: path for path in addresses.OTHER_LISTS}}

    pages = {name: load_page(key, path, **headers_of(path)) for name, path in lists.items()}

    assert {name: page.status for name, page in pages.items() if page.status != 200} == {}
    most = {name: len(page.statements) for name, page in pages.items() if name in addresses.notes(known)}
    assert {name: count for name, count in most.items() if count > 8} == {}


def test_a_shop_works_once_a_day(shop):
    store, user = shop
    first = work_today(store, user, timezone.now())
    count = OrderEvent.objects.filter(store=store).count()

    again = work_today(store, user, timezone.now())

    assert (again, OrderEvent.objects.filter(store=store).count()) == (first, count)
    assert 0 < OrderEvent.objects.filter(store=store, job_id=first).count() <= BATCH


@pytest.fixture
def stocked(shop, monkeypatch):
    monkeypatch.setattr("bench.stock_data.PRODUCTS", 40)
    monkeypatch.setattr("bench.parcel_data.POOL", 20)
    store, user = shop
    furnish(store, user, timezone.now())
    return store, user


def test_every_desk_of_fulfilment_answers(stocked):
    store, user = stocked
    key = session_key(user, store.code)
    lists = {**desk_lists(store), **{name: path for name, (path, _goal) in single_pages(store).items()}}

    pages = {name: load_page(key, path, **headers_of(path)) for name, path in lists.items()}

    assert {name: page.status for name, page in pages.items() if page.status != 200} == {}
    assert [desk.name for desk in desks(store) if not desk.deep] == []


def test_what_is_promised_agrees_with_the_ledger(stocked):
    store, user = stocked

    moved = StockMovement.objects.filter(store=store).aggregate(held=Sum("on_hand_change"), kept=Sum("reserved_change"))
    skus = Sku.objects.for_store(store).aggregate(held=Sum("on_hand"), kept=Sum("reserved"))
    promised = LineStock.objects.filter(store=store).aggregate(kept=Sum("reserved"))

    assert moved == skus
    assert promised["kept"] == skus["kept"] > 0
    assert Waybill.objects.for_store(store).live().exists()
    assert not FulfilmentDue.objects.exists()
    assert not furnish(store, user, timezone.now())


@pytest.fixture
def complained(shop):
    store, user = shop
    furnish_aftersales(store, user, timezone.now())
    return store, user


def test_every_desk_of_aftersales_answers_with_few_statements(complained):
    store, user = complained
    key, desks_there = session_key(user, store.code), aftersales_desks(store, user)
    lists = {name: path for desk in desks_there for name, path in desk.lists.items()}
    singles = {name: path for name, (path, _goal) in aftersales_pages(store).items()}

    pages = {name: load_page(key, path, **headers_of(path)) for name, path in (lists | singles).items()}

    assert {name: page.status for name, page in pages.items() if page.status != 200} == {}
    assert {name: len(pages[name].statements) for name in lists if len(pages[name].statements) > 8} == {}


def test_cases_and_reviews_hang_together(complained):
    store, user = complained

    cases = Refund.objects.for_store(store)
    given = cases.filter(status="succeeded").aggregate(given=Sum("refunded"))["given"]

    assert cases.open().exists()
    assert given == cases.filter(status="succeeded").aggregate(told=Sum("order__refunded"))["told"] > 0
    assert RefundStep.objects.filter(store=store, refund__in=cases.open()).count() == 0
    assert Review.objects.for_store(store).count() > 100
    assert ReviewTask.objects.filter(store=store, state="open").exists()
    assert TopicMention.objects.filter(store=store, source="review").exists()
    assert not TextDue.objects.filter(source__in=["review", "refund"]).exists()
    assert not furnish_aftersales(store, user, timezone.now())
