"""Papers as PDF: text that always fits, codes that scan, pages that are full."""

import io
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import translation

from orders.core.services import agree_spec, change_recipient
from orders.fulfilment.models import InvoiceRequest, PrintRecord, Product, Sku
from orders.fulfilment.papers import codes, content, documents, fonts, lists, reading, slip, sorting, waybill
from orders.fulfilment.papers.sheet import Sheet
from orders.fulfilment.papers.text import CUT, fit, plain, width, wrap
from tests.factories import NOON, make_line, make_order, make_recipient
from tests.fulfilment.test_prints import numbered

LONG = "2026夏季新款真丝连衣裙女气质修身显瘦中长款"


@pytest.fixture(autouse=True)
def _fonts():
    fonts.load_fonts()


def label(**values):
    facts = {
        "waybill_id": 1,
        "number": "YT0000000000001",
        "courier": "圆通速递",
        "area": "广东 深圳市",
        "to": content.Person("张三", "13812341234", "科技园路 1 号"),
        "sender": content.Person("华衣旗舰店", "0571", "文一西路"),
        "orders": ["A1"],
        "pieces": [content.Piece(LONG, "黑色", "QZ-1", 2)],
        "wishes": ["礼品包装"],
        "print_no": 1,
        "ship_by": NOON,
    }
    return content.WaybillPaper(**{**facts, **values})


class Drawn:
    """What was set, with where it ends."""

    def __init__(self, monkeypatch):
        self.texts = []
        original = Sheet.text

        def text(sheet, x, y, text, size, *, bold=False, align="left", white=False):
            wide = width(text, fonts.BOLD if bold else fonts.REGULAR, size) * 25.4 / 72
            left = {"left": x, "right": x - wide}.get(align, x - wide / 2)
            self.texts.append((text, left, left + wide, y, y + size * 0.36))
            original(sheet, x, y, text, size, bold=bold, align=align, white=white)

        monkeypatch.setattr(Sheet, "text", text)

    @property
    def words(self):
        return "\n".join(row[0] for row in self.texts)


@pytest.fixture
def drawn(monkeypatch):
    return Drawn(monkeypatch)


def draw(draw_one, paper, size):
    target = io.BytesIO()
    sheet = Sheet(target, size=size, title="x")
    draw_one(sheet, paper, now=NOON)
    sheet.save()
    return target.getvalue()


# Text


def test_chinese_breaks_anywhere_and_words_between_them():
    assert wrap("silk dress black", fonts.REGULAR, 10, 60) == ["silk dress", "black"]
    assert wrap("真丝连衣裙", fonts.REGULAR, 10, 31) == ["真丝连", "衣裙"]


def test_word_wider_than_a_line_is_broken():
    lines = wrap("x" * 50, fonts.REGULAR, 10, 40)

    assert "".join(lines) == "x" * 50
    assert all(width(line, fonts.REGULAR, 10) <= 40 for line in lines)


def test_text_is_set_smaller_before_it_is_cut():
    small = fit("真丝连衣裙", fonts.REGULAR, (20, 10), 60)
    cut = fit("真丝连衣裙" * 3, fonts.REGULAR, (20, 10), 60)

    assert small == (["真丝连衣裙"], 10)
    assert cut.lines == ["真丝连衣裙"[:5] + CUT]
    assert width(cut.lines[0], fonts.REGULAR, 10) <= 60


@pytest.mark.parametrize(
    ("text", "expected"),
    [("a\x00b\u200bc", "abc"), ("a\n\tb ", "a b"), ("❤\ufe0f", "❤"), ("e\u0301", "é"), ("\u202eabc", "abc")],
)
def test_what_no_printer_shows_is_left_out(text, expected):
    assert plain(text) == expected


# Codes


def test_bars_are_those_of_the_standard():
    found = codes.code128("AB12")

    assert found.width == 11 * 6 + 13  # start B, A, B, 1, 2, the check sign, and the stop
    assert found.bars[0] == (0, 2)
    assert sum(found.bars[-1]) == found.width


def test_codes_of_pages_need_no_style():
    page = codes.code128_svg("SF1000000000001") + codes.qr_svg("SF1000000000001")

    assert "style" not in page
    assert page.count("<svg") == page.count("</svg>") == 2


def test_squares_are_those_of_segno():
    import segno

    found = codes.qr("SF1000000000001")

    dark = sum(sum(row) for row in segno.make_qr("SF1000000000001", error="m").matrix)
    assert sum(length for _x, _y, length in found.runs) == dark
    assert found.side == 21


# Waybill


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"print_no": 12, "courier": "中国邮政速递物流特快专递有限公司深圳分公司"},
        {"to": content.Person("Alexandria Konstantinopolous-Wintergreen" * 3, "13812341234 转 88997", LONG * 12)},
        {"to": content.Person("😀" * 40, "1" * 60, "x" * 900), "sender": content.Person(LONG * 3, "1" * 90, LONG * 9)},
        {"pieces": [content.Piece(LONG * 4, "黑" * 99, "C" * 99, 100_000)] * 60, "orders": ["3" * 20] * 50},
        {"wishes": [LONG * 9] * 20, "number": "9" * 60, "area": "新疆 巴音郭楞蒙古自治州 和静县" * 3},
        {"pieces": [], "wishes": [], "sender": content.Person(), "ship_by": None, "to": content.Person()},
    ],
)
def test_label_stays_within_its_paper(drawn, values):
    pdf = draw(waybill.draw_waybill, label(**values), waybill.SIZE)

    assert pdf.count(b"/Type /Page\n") == 1
    for text, left, right, top, bottom in drawn.texts:
        assert left >= 2, text
        assert right <= 98, text
        assert top >= 2, text
        assert bottom <= 178, text


def test_label_names_what_the_courier_needs(drawn):
    draw(waybill.draw_waybill, label(orders=["A1", "A2"], print_no=2), waybill.SIZE)

    for word in (
        "圆通速递",
        "广东 深圳市",
        "YT0000000000001",
        "张三",
        "13812341234",
        "科技园路 1 号",
        "★ 礼品包装",
        "×2",
    ):
        assert word in drawn.words
    assert {"Merged: 2 orders", "Reprint, no. 2", "2 pieces"} <= set(drawn.words.split("\n"))


def test_label_counts_what_has_no_room(drawn):
    draw(waybill.draw_waybill, label(pieces=[content.Piece("x", "", "", 1)] * 40, wishes=[]), waybill.SIZE)

    assert "… and 29 pieces more" in drawn.words


def test_label_speaks_the_language_of_who_prints(drawn):
    with translation.override("zh-hans"):
        draw(waybill.draw_waybill, label(), waybill.SIZE)

    assert "Order A1" not in drawn.words


# Slips and lists


def test_long_slip_goes_on_over_pages_that_are_numbered(drawn):
    pieces = [content.Piece(LONG, "黑色", f"QZ-{row}", 1, shelf="A-1", instruction="易碎") for row in range(40)]
    paper = content.SlipPaper(
        1, "A1", "华衣", "张*", "广东", NOON, pieces, ["送货上门"], ["礼品包装"], "x" * 3000, "王芳 " * 90, 2
    )

    pdf = draw(slip.draw_slip, paper, slip.SIZE)

    assert pdf.count(b"/Type /Page\n") == 4
    assert "Page 4" in drawn.words
    assert "Reprint, no. 2" in drawn.words
    assert all(bottom <= 206 and right <= 142 for _text, _left, right, _top, bottom in drawn.texts)


@pytest.mark.parametrize(
    ("draw_one", "size", "paper"),
    [
        (
            lists.draw_picking, lists.PICKING_SIZE,
            content.PickPaper("华衣", 9, 2, [content.PickRow("A-1", "Q" * 50, LONG * 5, "黑" * 80, 9, 3)] * 70),
        ),
        (
            lists.draw_invoices, lists.INVOICE_SIZE,
            content.InvoicePaper("华衣", 0, [content.InvoiceRow(
                1, "A1", "A company", LONG * 3, "9" * 20, Decimal("9999999.99"), NOON, "开专票" * 30, False
            )] * 40),
        ),
    ],
)  # fmt: skip
def test_lists_stay_within_their_pages(drawn, draw_one, size, paper):
    pdf = draw(draw_one, paper, size)

    assert pdf.count(b"/Type /Page\n") > 1
    assert all(right <= size[0] - 10 and bottom <= size[1] - 5 for _text, _left, right, _top, bottom in drawn.texts)


# Reading


@pytest.fixture
def shelf(store):
    product = Product.objects.create(
        store=store, code="P", title="连衣裙", platform_id="6001", packing_instruction="气泡膜"
    )  # fmt: skip
    return Sku.objects.create(store=store, product=product, code="QZ-1", spec="黑色;L", location="A-01")


@pytest.mark.django_db
def test_slip_names_shelf_instruction_and_what_was_agreed(store, shelf):
    order = make_order(store=store, lines=0, services=["送货上门"])
    line = make_line(order=order, sku_code="OLD", spec="白色", quantity=2)
    agree_spec(
        store=store, order_id=order.pk, line_id=line.pk, spec="颜色分类:黑色;尺码:L", sku_code="QZ-1", actor=None,
        at=NOON,
    )  # fmt: skip

    (paper,) = reading.read_slips(store, [order.pk])

    (piece,) = paper.pieces
    assert (piece.spec, piece.code, piece.shelf, piece.quantity) == ("黑色 L", "QZ-1", "A-01", 2)
    assert (paper.services, paper.instructions) == (["送货上门"], ["气泡膜"])


@pytest.mark.django_db
def test_line_without_a_code_is_found_by_the_platforms_item(store, shelf):
    order = make_order(store=store, lines=0)
    line = make_line(order=order, product_id="6001")

    assert reading.skus_of(store, [line]) == {line.pk: shelf}


@pytest.mark.django_db
def test_picking_list_adds_up_one_product_and_goes_along_the_shelves(store, shelf):
    orders = [make_order(store=store, lines=0) for _ in range(2)]
    for order in orders:
        make_line(order=order, sku_code="QZ-1", quantity=2)
        make_line(order=order, position=2, sku_code="NEW")

    rows = reading.read_picking(store, [order.pk for order in orders])

    assert [(row.shelf, row.code, row.quantity, row.orders) for row in rows] == [
        ("A-01", "QZ-1", 4, 2), ("", "NEW", 2, 2),
    ]  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("fields", "area", "address"),
    [
        ({"street": "新街 2 号"}, "广东 深圳市", "广东 深圳市 新街 2 号"),
        ({"province": "浙江", "city": "杭州市", "street": "文一路"}, "浙江 杭州市", "浙江 杭州市 文一路"),
    ],
)
def test_waybill_goes_where_staff_sent_it(store, fields, area, address):
    order = make_order(store=store)
    make_recipient(order=order)
    change_recipient(store=store, order_id=order.pk, fields=fields, actor=None, at=NOON)

    (paper,) = reading.read_waybills(store, [numbered(order).pk])

    assert (paper.area, paper.to.address) == (area, address)
    assert (paper.to.name, paper.to.phone) == ("张三", "13812341234")


@pytest.mark.django_db
def test_sender_is_the_shops_else_its_name(store):
    assert reading.sender_of(store).name == "Demo"

    store.sender = {"name": "仓库", "phone": "0571", "address": "杭州"}
    assert reading.sender_of(store) == content.Person("仓库", "0571", "杭州")


@pytest.mark.django_db
def test_reading_takes_the_same_statements_for_more_orders(store, django_assert_max_num_queries):
    waybills = [numbered(make_order(store=store)).pk for _ in range(3)]
    counts = []
    for some in (waybills[:1], waybills):
        with django_assert_max_num_queries(20) as captured:
            reading.read_waybills(store, some)
        counts.append(len(captured))

    assert counts[0] == counts[1]


@pytest.mark.django_db
def test_shelf_order_puts_what_has_no_shelf_last(store, shelf):
    bare, shelved = (make_order(store=store, lines=0) for _ in range(2))
    make_line(order=bare, sku_code="NEW")
    make_line(order=shelved, sku_code="QZ-1")

    items = sorting.sorted_items(store, "packing_slip", [bare.pk, shelved.pk], "shelf")

    assert [item.pk for item in items] == [shelved.pk, bare.pk]


@pytest.mark.django_db
@pytest.mark.parametrize("paper", PrintRecord.Paper.values)
def test_every_paper_is_a_pdf(store, paper):
    order = make_order(store=store, ship_by=NOON + timedelta(days=1))
    waybill_id = numbered(order).pk
    InvoiceRequest.objects.create(
        store=store, order=order, title="某某公司", amount=100, due_at=NOON, source="staff", requested_at=NOON
    )
    target = io.BytesIO()

    ids = [waybill_id if paper == "waybill" else order.pk]
    documents.write_document(target, store=store, paper=paper, ids=ids, now=NOON)

    assert target.getvalue().count(b"/Type /Page\n") == 1
