"""Products, skus and counts from spreadsheets, as a person uploads them."""

from io import BytesIO

import pytest
import time_machine

from backoffice.common.access import Role
from backoffice.common.jobs import run_pending_jobs
from orders.fulfilment.models import Product, Sku, StockMovement
from orders.intake.engine import ImportRefused
from orders.intake.models import ImportFile
from orders.intake.products.formats import NAMES, TEMPLATE, columns_of
from orders.intake.products.preview import describe
from tests.conftest import signed_in
from tests.factories import NOON, make_user
from tests.fulfilment.stocking import make_order_of, settle_all

FILES = "/orders/imports/products/"
HEAD = "商家编码,商品编码,商品名称,规格,条码,库存,货位,安全库存,供应商,二次核对,备忘"
ROWS = (
    "A-1,A,真丝连衣裙,红色,6901234567892,12,A-01,3,示例厂,是,x",
    "A-2,A,真丝连衣裙,蓝色,,0,A-02,,示例厂,否,x",
    "A-3,A,真丝连衣裙,绿色,,许多,A-03,,,,x",
    ",A,没有编码,,,,,,,,x",
)


@pytest.fixture(autouse=True)
def _noon():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture(autouse=True)
def _look_here(request, monkeypatch):
    """Look through uploads in this process: a child costs seconds."""
    if "own_process" not in request.node.name:
        monkeypatch.setattr("orders.intake.sheet_files.preview_file", look)


def look(path, *, name, encoding, language, module):
    try:
        return describe(path, name=name, encoding=encoding)
    except ImportRefused as error:
        return {"error": str(error)}


@pytest.fixture
def client(store):
    return signed_in(make_user("keeper", store=store, roles=(Role.WAREHOUSE,)))


def upload(client, *rows, head=HEAD, encoding="utf-8"):
    file = BytesIO("\n".join((head, *rows)).encode(encoding))
    file.name = "products.csv"
    response = client.post(FILES, {"files": [file]})
    assert response.status_code == 302
    return ImportFile.objects.latest("pk")


def read(client, *rows, **kwargs):
    file = upload(client, *rows, **kwargs)
    client.post(f"{FILES}{file.pk}/start/")
    run_pending_jobs()
    file.refresh_from_db()
    return file


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_upload_shows_rows_and_problems_and_saves_nothing(client, encoding):
    file = upload(client, *ROWS, encoding=encoding)

    page = client.get(f"{FILES}{file.pk}/").text

    assert (file.preview["checked"], file.preview["bad"], file.preview["unknown"]) == (4, 2, ["备忘"])
    assert "真丝连衣裙" in page
    assert "许多" in page
    assert not Product.objects.exists()


def test_upload_is_looked_through_in_its_own_process(client):
    assert upload(client, *ROWS).preview["checked"] == 4


def test_started_file_saves_products_and_counts(client, store):
    file = read(client, *ROWS)

    red = Sku.objects.select_related("product").get(code="A-1")
    assert (file.counts["created"], file.counts["counted"], file.counts["refused"]) == (2, 2, 2)
    assert [line for line, _reason in file.counts["problems"]] == [4, 5]
    assert (red.on_hand, red.location, red.safety_stock, red.needs_check) == (12, "A-01", 3, True)
    assert (red.product.code, red.product.supplier) == ("A", "示例厂")
    assert StockMovement.objects.get(sku=red).job.params["name"] == "products.csv"


def test_second_upload_changes_nothing(client):
    read(client, *ROWS)

    again = read(client, *ROWS)

    assert (again.counts["created"], again.counts["updated"], again.counts["unchanged"]) == (0, 0, 2)
    assert StockMovement.objects.count() == 2


def test_empty_cells_leave_things_as_they_are(client):
    read(client, *ROWS)

    read(client, "A-1,B-09", head="商家编码,货位")

    red = Sku.objects.get(code="A-1")
    assert (red.location, red.on_hand, red.spec, red.barcode) == ("B-09", 12, "红色", "6901234567892")


def test_orders_reserve_what_a_file_counted(client, store):
    make_order_of(store, "A-1", quantity=5)

    read(client, *ROWS)
    settle_all(store)

    assert Sku.objects.get(code="A-1").reserved == 5


def test_file_without_merchant_codes_is_refused(client):
    file = upload(client, "x", head="名称")

    assert "商家编码" in file.error
    assert "商家编码" in client.get(f"{FILES}{file.pk}/").text


def test_file_is_read_once(client):
    file = read(client, *ROWS)

    client.post(f"{FILES}{file.pk}/start/")

    assert ImportFile.objects.get().job_id == file.job_id


def test_template_has_columns_that_are_known(client):
    answer = client.get(f"{FILES}template/")

    assert b"".join(answer.streaming_content).startswith(b"PK")
    assert set(columns_of(TEMPLATE)) == set(NAMES)


def test_sheets_are_not_among_the_order_files(client, store, manager_client):
    upload(client, *ROWS)

    assert manager_client.get("/orders/imports/").context["page"].rows == []
    assert len(client.get(FILES).context["page"].rows) == 1


def test_stranger_finds_no_file(client, other_store):
    file = upload(client, *ROWS)
    stranger = signed_in(make_user("stranger", store=other_store, roles=(Role.WAREHOUSE,)))

    assert stranger.get(f"{FILES}{file.pk}/").status_code == 404
