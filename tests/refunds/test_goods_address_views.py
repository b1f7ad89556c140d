"""The pages of return addresses: written down, masked in their list, read in clear by those who work on cases."""

import pytest
from django.urls import reverse

from aftersales.refunds.models import ReturnAddress
from tests.refunds.goods import PLACE, make_address

pytestmark = pytest.mark.django_db
ADDRESSES = reverse("return_settings:addresses")


def form(**values):
    return {"name": "Warehouse", **PLACE._asdict(), "is_active": "on", **values}


def test_a_manager_writes_an_address_down_and_its_list_is_masked(manager_client, store):
    answer = manager_client.post(ADDRESSES, form())

    address = ReturnAddress.objects.get()
    assert (answer.headers["Location"], address.is_default) == (ADDRESSES, True)
    page = manager_client.get(ADDRESSES).content.decode()
    assert "李* 138****5678 浙江省 杭州市 余杭区" in page
    assert not [part for part in ("13812345678", "文一西路") if part in page]
    answer = manager_client.get(ADDRESSES, {"edit": address.pk})
    assert "13812345678" in answer.content.decode()
    assert "no-store" in answer.headers["Cache-Control"]


def test_an_address_is_changed_by_one_at_a_time(manager_client, store):
    address = make_address(store)
    url = f"{ADDRESSES}?edit={address.pk}"

    answers = [manager_client.post(url, form(name=name, version="1")) for name in ("North", "South")]

    assert [answer.status_code for answer in answers] == [302, 409]
    assert ReturnAddress.objects.get().name == "North"


@pytest.mark.parametrize("values", [{"phone": "12"}, {"name": ""}, {"street": ""}, {"version": "x"}])
def test_a_bad_address_is_shown_again(manager_client, store, values):
    answer = manager_client.post(ADDRESSES, form(**values))

    assert (answer.status_code, ReturnAddress.objects.count()) == (422, 0)


@pytest.mark.parametrize("key", ["0", "x", "9" * 30, "other"])
def test_an_address_that_is_not_the_stores_is_not_there(manager_client, other_store, key):
    key = make_address(other_store).pk if key == "other" else key

    assert manager_client.get(ADDRESSES, {"edit": key}).status_code == 404
    assert manager_client.post(f"{ADDRESSES}?edit={key}", form()).status_code == 404


def test_who_works_on_cases_reads_an_address_in_clear_and_others_do_not(
    agent_client, warehouse_client, outsider_client, store
):
    url = reverse("returns:address", args=[make_address(store).pk])

    answer = agent_client.get(url, headers={"HX-Request": "true"})

    assert "李明 13812345678 浙江省 杭州市 余杭区 文一西路 969 号 3 号仓" in answer.content.decode()
    assert "no-store" in answer.headers["Cache-Control"]
    assert [client.get(url).status_code for client in (warehouse_client, outsider_client)] == [403, 404]
