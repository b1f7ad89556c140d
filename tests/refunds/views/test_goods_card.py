"""The goods of a case on its page: a mistyped number is corrected, the address is told, what was found is read."""

import pytest

from aftersales.refunds.models import ReturnParcel
from tests.refunds.goods import BACK, inspect, make_address, make_arrived

pytestmark = pytest.mark.django_db


def test_a_mistyped_number_is_corrected_from_the_page_of_the_case(agent_client, store):
    refund = make_arrived(store=store)
    page = f"/aftersales/refunds/{refund.number}/"

    offered = agent_client.get(page).content.decode()
    dialog = agent_client.get(f"{page}correct_number/", headers={"HX-Request": "true"}).content.decode()
    sent = {"version": refund.version, "courier": "YTO", "tracking_number": "YT1234567890123"}
    done = agent_client.post(f"{page}correct_number/", sent, headers={"HX-Request": "true"})
    again = agent_client.post(f"{page}correct_number/", sent, headers={"HX-Request": "true"})

    assert 'data-action="correct_number"' in offered
    assert f'value="{BACK}"' in dialog
    assert (done.status_code, again.status_code) == (200, 409)
    assert ReturnParcel.objects.get().tracking_number == "YT1234567890123"


def test_no_number_is_corrected_from_the_page_once_the_goods_were_inspected(agent_client, store):
    refund = inspect(make_arrived(store=store))

    page = agent_client.get(f"/aftersales/refunds/{refund.number}/").content.decode()

    assert "correct_number" not in page


def test_the_address_that_goods_come_back_to_is_a_link_for_who_tells_it(agent_client, warehouse_client, store):
    address = make_address(store)
    refund = make_arrived(store=store, return_address=address)
    page = f"/aftersales/refunds/{refund.number}/"

    link = f'href="/aftersales/returns/address/{address.pk}/"'

    assert link in agent_client.get(page).content.decode()
    assert link not in warehouse_client.get(page).content.decode()
