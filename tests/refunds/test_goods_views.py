from datetime import timedelta

import pytest
from django.core.files.storage import FileSystemStorage, default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from aftersales.refunds.models import Inspection, InspectionFile, Refund, ReturnParcel
from backoffice.common.models import Attachment
from orders.core.statuses import OrderStatus
from tests.factories import make_buyer, make_order, make_recipient
from tests.fulfilment.stocking import make_sku, on_shelf
from tests.refunds.cases import join, make_case
from tests.refunds.goods import BACK, inspect, make_arrived, make_return, sent_back

PNG = b"\x89PNG\r\n\x1a\n" + b"pixels" * 20

pytestmark = pytest.mark.django_db
LIST = reverse("returns:receiving")
ADDRESSES = reverse("return_settings:addresses")


@pytest.fixture(autouse=True)
def _files(tmp_path, monkeypatch):
    monkeypatch.setattr(default_storage, "_wrapped", FileSystemStorage(location=tmp_path / "files"))


def url_of(refund):
    return reverse("returns:parcel", args=[refund.number])


def say(client, refund, **values):
    return client.post(url_of(refund), {"outcome-0": "restock", **values})


def signed(refund, hours=1):
    Refund.objects.filter(pk=refund.pk).update(return_signed_at=timezone.now() - timedelta(hours=hours))
    return refund


# Finding


@pytest.mark.parametrize("text", [BACK, f" {BACK.lower()} ", "case", "order"])
def test_a_scan_leads_to_the_goods_at_once(warehouse_client, store, text):
    refund = make_arrived(store=store)
    text = {"case": refund.number, "order": refund.order.number}.get(text, text)

    answer = warehouse_client.get(LIST, {"number": text})

    assert (answer.status_code, answer.headers["Location"]) == (302, url_of(refund))


def test_a_number_of_nobody_is_kept_until_its_case_is_found(warehouse_client, store):
    refund = make_return(store=store)

    answer = warehouse_client.get(LIST, {"number": BACK})
    page = answer.content.decode()
    assert f"No case of this shop has the number {BACK}." in page
    assert f'name="parcel" value="{BACK}"' in page
    answer = warehouse_client.get(LIST, {"number": refund.number, "parcel": BACK})
    assert answer.headers["Location"] == f"{url_of(refund)}?parcel={BACK}"

    page = warehouse_client.get(answer.headers["Location"]).content.decode()
    assert f'name="parcel" value="{BACK}"' in page
    assert '<option value="SF" selected>' in page
    answer = warehouse_client.post(url_of(refund), {"act": "parcel", "parcel": BACK, "courier": "SF"})

    refund.refresh_from_db()
    assert (answer.headers["Location"], refund.status) == (url_of(refund), "awaiting_receipt")
    assert ReturnParcel.objects.get().recorded_by.username == "warehouse"


def test_several_cases_in_one_box_are_offered_by_keys(warehouse_client, store):
    buyer = make_buyer(store=store)
    orders = [make_order(store=store, buyer=buyer, status=OrderStatus.SHIPPED) for _ in range(2)]
    cases = [sent_back(make_return(order=order)) for order in orders]

    page = warehouse_client.get(LIST, {"number": BACK}).content.decode()

    assert all(f'href="{url_of(one)}" data-refund="{one.number}"' in page for one in cases)
    assert 'data-key="1"' in page
    assert 'data-key="2"' in page
    inspect(cases[0])
    assert warehouse_client.get(LIST, {"number": BACK}).headers["Location"] == url_of(cases[1])


@pytest.mark.parametrize("text", ["", "   ", "\0", "' OR 1=1 --", "退货" * 40, "9" * 5000, "13812345678"])
def test_garbage_finds_nothing(warehouse_client, store, text):
    make_arrived(store=store)

    values = {"number": text, "parcel": text, "tab": text, "after": text, "before": text}
    answer = warehouse_client.get(LIST, values, headers={"HX-Request": "true"})

    assert answer.status_code == 200
    assert b"13812345678" not in answer.content


def test_numbers_of_another_store_find_nothing(warehouse_client, other_store):
    refund = make_arrived(store=other_store)

    answers = [warehouse_client.get(LIST, {"number": text}) for text in (BACK, refund.number, refund.order.number)]

    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert warehouse_client.get(url_of(refund)).status_code == 404
    assert say(warehouse_client, refund).status_code == 404


# The lists


def test_those_that_lie_longest_come_first(warehouse_client, store):
    cases = [signed(make_arrived(store=store, back=f"SF12345678901{n:02}"), n + 1) for n in range(3)]
    expected = make_arrived(store=store, back="SF1234567890177")
    done = inspect(make_arrived(store=store, back="SF1234567890188"))

    pages = {
        tab: warehouse_client.get(LIST, {"tab": tab}).content.decode()
        for tab in ("to_inspect", "expected", "inspected")
    }

    places = [pages["to_inspect"].index(f'data-refund="{one.number}"') for one in reversed(cases)]
    assert places == sorted(places)
    assert f'data-refund="{expected.number}"' in pages["expected"]
    assert f'data-refund="{done.number}"' in pages["inspected"]
    assert [page.count("data-refund=") for page in pages.values()] == [3, 1, 1]
    assert 'data-queue="to_inspect" data-count="3"' in pages["expected"]


def test_goods_that_were_paid_for_unseen_are_not_forgotten(warehouse_client, store):
    refund = signed(make_arrived(store=store), 300)
    now = timezone.now()
    Refund.objects.filter(pk=refund.pk).update(status="succeeded", refunded=60, finished_at=now - timedelta(days=29))
    old = signed(make_arrived(store=store, back="SF1234567890199"), 900)
    Refund.objects.filter(pk=old.pk).update(status="succeeded", refunded=60, finished_at=now - timedelta(days=31))

    page = warehouse_client.get(LIST, {"tab": "unseen"}).content.decode()

    assert page.count("data-refund=") == 1
    assert f'data-refund="{refund.number}"' in page
    assert 'data-queue="unseen" data-count="1"' in page
    assert warehouse_client.get(LIST, {"number": BACK}).headers["Location"] == url_of(refund)
    assert say(warehouse_client, refund).status_code == 302
    assert "data-refund=" not in warehouse_client.get(LIST, {"tab": "unseen"}).content.decode()


def test_pages_follow_each_other(warehouse_client, store, monkeypatch):
    monkeypatch.setattr("aftersales.refunds.queries.returns.PAGE_SIZE", 2)
    cases = [signed(make_arrived(store=store, back=f"SF12345678901{n:02}"), 9 - n) for n in range(5)]

    seen, url = [], LIST
    while url:
        context = warehouse_client.get(url).context
        seen += [row.shown.number for row in context["rows"]]
        url = context["next_url"]

    assert seen == [one.number for one in cases]


@pytest.mark.parametrize("tab", ["to_inspect", "unseen"])
def test_pages_lead_there_and_back(warehouse_client, store, monkeypatch, tab):
    monkeypatch.setattr("aftersales.refunds.queries.returns.PAGE_SIZE", 2)
    cases = [signed(make_arrived(store=store, back=f"SF12345678901{n:02}"), 9 - n) for n in range(5)]
    for n, one in enumerate(cases if tab == "unseen" else []):
        ended = timezone.now() - timedelta(days=n + 1)
        Refund.objects.filter(pk=one.pk).update(status="succeeded", refunded=60, finished_at=ended)
    numbers, url, pages = [one.number for one in cases], f"{LIST}?tab={tab}", []

    for way in ("next_url", "next_url", "previous_url", "previous_url", ""):
        context = warehouse_client.get(url).context
        pages.append([numbers.index(row.shown.number) for row in context["rows"]])
        url = context[way] if way else ""

    assert pages == [[0, 1], [2, 3], [4], [2, 3], [0, 1]]


@pytest.mark.parametrize(
    "place",
    [
        "nonsense",
        "~5",
        "2026-06-01T12:00:00~5",
        "2026-06-01T12:00:00+00:00~x",
        "2026-01-01T00:00:00+23:59~5",  # an offset that the database does not know
        "0001-01-01T00:00:00+08:00~5",  # before all times
    ],
)
def test_a_place_that_cannot_be_read_is_the_start(warehouse_client, store, place):
    refund = signed(make_arrived(store=store))

    page = warehouse_client.get(LIST, {"after": place}).content.decode()

    assert f'data-refund="{refund.number}"' in page


def test_three_rows_cost_as_many_statements_as_one(warehouse_client, store, django_assert_num_queries):
    signed(make_arrived(store=store))
    warehouse_client.get(LIST)
    with django_assert_num_queries(6):
        warehouse_client.get(LIST)
    for n in range(3):
        signed(make_arrived("A", store=store, back=f"SF12345678901{n:02}"))

    with django_assert_num_queries(6):
        warehouse_client.get(LIST)


def test_words_of_buyers_are_escaped(warehouse_client, store):
    refund = make_arrived(store=store, text="<script>alert(1)</script>", reason='"><b>')
    signed(refund)

    pages = [warehouse_client.get(url).content.decode() for url in (LIST, url_of(refund))]

    assert not [page for page in pages if "<script>alert" in page or "<b>" in page]


def test_the_list_alone_answers_htmx(warehouse_client, store):
    answer = warehouse_client.get(LIST, headers={"HX-Request": "true"})

    assert answer.content.decode().lstrip().startswith('<div id="list"')


# One parcel


def test_the_page_shows_what_comes_back_and_what_the_buyer_says(warehouse_client, store):
    make_sku(store=store, code="A", on_hand=5, location="A-01-3")
    order = make_order(store=store, status=OrderStatus.SHIPPED)
    make_recipient(order=order, name="张三", mobile="13812345678")
    refund = signed(sent_back(make_return("A", order=order, text="有线头，不想要了", quantity=2)))

    page = warehouse_client.get(url_of(refund)).content.decode()

    assert page.count('class="return-piece"') == 2
    for text in ("有线头，不想要了", "A-01-3", BACK, "张*", "Inspect within", "质量问题"):
        assert text in page
    assert "13812345678" not in page


def test_what_was_found_is_saved_with_its_pictures_and_the_next_is_scanned(warehouse_client, store):
    sku = make_sku(store=store, code="A", on_hand=5)
    refund = make_arrived("A", store=store, quantity=2)
    picture = SimpleUploadedFile("tag.png", PNG, content_type="image/png")

    answer = say(warehouse_client, refund, **{"outcome-1": "disputed", "note-1": "吊牌已剪", "pictures": picture})

    assert (answer.status_code, answer.headers["Location"]) == (302, LIST)
    found = list(Inspection.objects.order_by("pk").values_list("outcome", "note", "sku"))
    assert found == [("restock", "", sku.pk), ("disputed", "吊牌已剪", sku.pk)]
    assert InspectionFile.objects.values_list("inspection__outcome", "attachment__media_type").get() == (
        "disputed",
        "image/png",
    )
    assert on_shelf(sku) == (6, 0)
    page = warehouse_client.get(LIST).content.decode()
    assert f"Case {refund.number} is inspected" in page


def test_goods_are_inspected_while_their_case_gets_the_platforms_number(warehouse_client, store):
    make_sku(store=store, code="A", on_hand=5)
    refund = make_arrived("A", store=store)
    join(refund)

    answer = say(warehouse_client, refund)

    assert (answer.status_code, answer.headers["Location"]) == (302, LIST)
    assert Inspection.objects.get().refund.number == "70001"


def test_another_product_is_named_by_its_code_or_barcode(warehouse_client, store):
    make_sku(store=store, code="A", on_hand=5)
    other = make_sku(store=store, code="B", on_hand=0, barcode="6901234567892")
    refund = make_arrived("A", store=store)

    say(warehouse_client, refund, **{"code-0": "6901234567892"})

    assert on_shelf(other) == (1, 0)


def test_many_pieces_are_counted_by_outcome(warehouse_client, store):
    sku = make_sku(store=store, code="A", on_hand=0)
    refund = make_arrived("A", store=store, quantity=40)

    page = warehouse_client.get(url_of(refund)).content.decode()
    assert page.count('name="quantity-') == 4
    answer = warehouse_client.post(url_of(refund), {"quantity-0": "38", "quantity-1": "2", "quantity-2": ""})

    assert answer.status_code == 302
    found = list(Inspection.objects.order_by("pk").values_list("outcome", "quantity"))
    assert (found, on_shelf(sku)) == ([("restock", 38), ("scrap", 2)], (38, 0))


def test_one_piece_more_than_asked_for_is_looked_at_too(warehouse_client, store):
    refund = make_arrived("A", store=store, quantity=1)
    refund.line.quantity = 2
    refund.line.save()

    page = warehouse_client.get(url_of(refund)).content.decode()
    assert "?more=1" in page
    page = warehouse_client.get(url_of(refund), {"more": "1"}).content.decode()
    assert page.count('class="return-piece"') == 2
    say(warehouse_client, refund, **{"more": "1", "outcome-1": "restock"})

    assert Inspection.objects.count() == 2


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"outcome-0": ""}, "Say what you found."),
        ({"outcome-0": "lost"}, "There is no outcome “lost”."),
        ({"outcome-0": "disputed"}, "Say what is not as it should be"),
        ({"code-0": "NO-SUCH"}, "No product of the shop has the code NO-SUCH."),
        ({"note-0": "好" * 400}, "up to 300 characters"),
        ({"pictures": SimpleUploadedFile("a.png", b"no picture")}, "is neither a picture"),
    ],
)
def test_a_bad_form_is_shown_again_and_nothing_is_saved(warehouse_client, store, values, words):
    refund = make_arrived(store=store)

    answer = say(warehouse_client, refund, **values)

    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert (Inspection.objects.count(), Attachment.objects.count()) == (0, 0)


@pytest.mark.parametrize("text", ["-1", "1.5", "x", "99999", "٣"])
def test_a_bad_count_is_shown_again(warehouse_client, store, text):
    refund = make_arrived("A", store=store, quantity=40)

    answer = warehouse_client.post(url_of(refund), {"quantity-0": text})

    assert (answer.status_code, Inspection.objects.count()) == (422, 0)
    assert "is no number" in answer.content.decode()


def test_who_comes_second_sees_who_was_first(warehouse_client, agent, store):
    refund = make_arrived(store=store)
    inspect(refund, ("disputed", 1, None, "空盒"), actor=agent, at=timezone.now())

    answer = say(warehouse_client, refund)

    page = answer.content.decode()
    assert answer.status_code == 409
    assert f"agent inspected the goods of case {refund.number}" in page
    assert "空盒" in page
    assert Inspection.objects.count() == 1


@pytest.mark.parametrize("status", ["requested", "succeeded"])
def test_a_case_that_expects_nothing_says_so(warehouse_client, store, status):
    refund = make_case(order=make_order(store=store, status=OrderStatus.SHIPPED), status=status)

    page = warehouse_client.get(url_of(refund)).content.decode()

    assert "no goods are expected here now" in page
    assert say(warehouse_client, refund).status_code == 409


def test_a_wrong_number_of_the_buyers_parcel_is_refused(warehouse_client, store):
    make_arrived(store=store)
    refund = make_return(store=store)

    answer = warehouse_client.post(url_of(refund), {"act": "parcel", "parcel": BACK, "courier": "SF"})

    assert answer.status_code == 422
    assert "already belongs to case" in answer.content.decode()
