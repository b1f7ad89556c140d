"""The pages of a store's own export templates."""

import pytest

from orders.desk.models import ExportTemplate
from tests.factories import NOON

pytestmark = pytest.mark.django_db


def test_template_pages_save_change_and_delete(finance_client, store):
    created = finance_client.post(
        "/orders/exports/templates/new/",
        {"name": "对账", "grain": "order", "columns": ["number", "paid"], "place_number": "2", "place_paid": "1"},
    )
    row = ExportTemplate.objects.get()
    page = finance_client.get(f"/orders/exports/templates/{row.pk}/")
    finance_client.post(
        f"/orders/exports/templates/{row.pk}/", {"name": "对账单", "grain": "order", "columns": ["number"]}
    )
    row.refresh_from_db()
    listed = finance_client.get("/orders/exports/templates/").content.decode()
    finance_client.post(f"/orders/exports/templates/{row.pk}/delete/")

    assert created.status_code == 302
    assert page.status_code == 200
    assert (row.name, row.columns) == ("对账单", ["number"])
    assert "对账单" in listed
    assert not ExportTemplate.objects.exists()


def test_bad_template_is_refused_with_422(finance_client, store):
    response = finance_client.post(
        "/orders/exports/templates/new/", {"name": "full", "grain": "order", "columns": ["number"]}
    )

    assert response.status_code == 422
    assert not ExportTemplate.objects.exists()


def test_other_stores_template_is_404(finance_client, store, other_store):
    row = ExportTemplate.objects.create(store=other_store, name="x", grain="order", columns=["number"], created_at=NOON)

    assert finance_client.get(f"/orders/exports/templates/{row.pk}/").status_code == 404
    assert finance_client.post(f"/orders/exports/templates/{row.pk}/delete/").status_code == 404
