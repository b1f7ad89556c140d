"""From the queue to its export: links, and orders that were selected."""

import re

import pytest

from backoffice.common.jobs import run_pending_jobs
from backoffice.common.models import Job
from tests.factories import make_order, make_recipient

pytestmark = pytest.mark.django_db


def test_selection_of_the_queue_opens_a_dialog_with_its_orders(finance_client, store):
    orders = [make_order(store=store) for _ in range(3)]
    data = {"query": "queue=all", "selected": [str(order.pk) for order in orders[:2]]}

    dialog = finance_client.post("/orders/exports/choose/", data, headers={"HX-Request": "true"})
    page = finance_client.post("/orders/exports/choose/", data)

    assert dialog.headers["HX-Retarget"] == "#dialog-slot"
    assert "2 selected orders" in dialog.content.decode()
    assert f'value="{orders[0].pk},{orders[1].pk}"' in page.content.decode()


def test_selection_is_exported(finance_client, store):
    orders = [make_order(store=store) for _ in range(3)]
    data = {"query": "", "selected": f"{orders[0].pk},{orders[2].pk}", "template": "finance", "file_format": "csv"}

    finance_client.post("/orders/exports/new/", data)

    run_pending_jobs()
    assert Job.objects.get().result["rows"] == 2


def test_queue_links_to_the_export_of_what_it_shows(finance_client, store):
    make_recipient(order=make_order(store=store))

    page = finance_client.get("/orders/?queue=all&q=13812341234&sort=-paid").content.decode()
    link = re.search(r'href="(/orders/exports/\?[^"]+)"', page)[1].replace("&amp;", "&")
    form = finance_client.get(link).content.decode()

    assert "13812341234" not in link
    assert 'data-total="1"' in form
    assert "sort=-paid" in link
    assert "sort=-paid" in form
    assert 'formaction="/orders/exports/choose/"' in page


def test_agent_sees_no_way_to_export(agent_client, store):
    make_order(store=store)

    page = agent_client.get("/orders/?queue=all").content.decode()

    assert "/orders/exports/" not in page
