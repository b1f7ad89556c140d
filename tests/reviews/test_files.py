"""Files of reviews: by header names in any order, and the platform's JSON; twice is once, the newest wins."""

import io
import json
from datetime import datetime
from itertools import permutations
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.files.storage import FileSystemStorage, default_storage

from aftersales.reviews.files.columns import TEMPLATE, columns_of, is_enough
from aftersales.reviews.files.preview import describe
from aftersales.reviews.files.services import create_review_upload, start_review_import
from aftersales.reviews.models import Review, ReviewTask
from backoffice.common.jobs import run_pending_jobs
from backoffice.common.models import Alert, Job
from orders.core.models import OrderEvent
from orders.intake import sheet_files
from orders.intake.models import ImportFile
from orders.intake.services import UploadError
from tests.commands import run_command
from tests.factories import NOON, make_order
from tests.reviews.helpers import HOUR

pytestmark = pytest.mark.django_db
SHANGHAI = ZoneInfo("Asia/Shanghai")
HEADER = "订单编号,子订单编号,买家昵称,宝贝标题,评价结果,描述相符,评价内容,评价时间,追评,追评时间,商家回复,备注"
ROW = (
    '="{number}",="{number}-1",t**5,真丝连衣裙,{result},{stars},{text},2026-05-30 10:00:00,{later},{later_at},{reply},x'
)


def row(number="A1", **values):
    plain = {"result": "好评", "stars": "5", "text": "很好看", "later": "", "later_at": "", "reply": ""}
    return ROW.format(number=number, **(plain | values))


@pytest.fixture
def order(store):
    return make_order(store=store, number="A1")


@pytest.fixture
def write(tmp_path):
    def make(*rows, name="reviews.csv", header=HEADER):
        path = tmp_path / name
        path.write_bytes("\r\n".join((header, *rows)).encode("gbk"))
        return path

    return make


def load(path, code=0, **options):
    return run_command("import_reviews", str(path), store="demo", code=code, **options)


def test_spreadsheet_becomes_reviews(order, write):
    path = write(
        row(
            text="起球 差",
            result="差评",
            stars="1星",
            later="又破了",
            later_at="2026-06-01 09:30",
        )
    )

    with time_machine.travel(NOON, tick=False):
        report = load(path)

    assert report == {
        "file": "reviews.csv", "format": "reviews", "rows": 1, "created": 1, "updated": 0, "unchanged": 0,
        "stale": 0, "quarantined": 0, "quarantine": [],
    }  # fmt: skip
    review = Review.objects.get()
    assert (review.order, review.key, review.result, review.stars) == (order, "A1:A1-1", "bad", 1)
    assert (review.text, review.follow_up, review.reply_state) == ("起球 差", "又破了", "")
    assert review.reviewed_at == datetime(2026, 5, 30, 10, tzinfo=SHANGHAI)
    assert review.followed_up_at == datetime(2026, 6, 1, 9, 30, tzinfo=SHANGHAI)
    assert (ReviewTask.objects.count(), Alert.objects.get().count) == (1, 1)


def test_same_file_twice_changes_nothing(order, write):
    path = write(row(), row("B2"))
    load(path)

    report = load(path)

    assert (report["created"], report["unchanged"], Review.objects.count()) == (0, 2, 2)
    assert OrderEvent.objects.count() == 1


def test_newer_file_wins_in_every_order(order, write):
    files = [
        write(row(text="first", stars="1"), name="reviews202605300900.csv"),
        write(row(text="second", stars="2"), name="reviews202605310900.csv"),
        write(row(text="third", stars="3", later="x"), name="reviews202606010900.csv"),
    ]
    ends = set()
    for arrived in permutations(files):
        Review.objects.all().delete()
        for path in arrived:
            load(path)
        ends.add(Review.objects.values_list("text", "stars", "follow_up").get())

    assert ends == {("third", 3, "x")}


def test_dry_run_says_the_same_and_changes_nothing(order, write):
    path = write(row(stars="1"), row("B2", stars="9"))

    report = load(path, dry_run=True, code=1)

    assert (report["rows"], report["created"], report["quarantined"]) == (2, 1, 1)
    assert (Review.objects.count(), ReviewTask.objects.count(), Alert.objects.count()) == (0, 0, 0)


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (row(result="很棒"), "no result of a review"),
        (row(stars="6"), "no number of stars"),
        (row(stars="4.5"), "no number of stars"),
        (row().replace("2026-05-30 10:00:00", ""), "time of the review is missing"),
        (row().replace("2026-05-30 10:00:00", "yesterday"), "not a date and time"),
        (row().replace('="A1",', "3.55E+16,"), "damaged by a spreadsheet"),
        (row().replace('="A1",', ",").replace('="A1-1"', ""), "neither its order"),
        (row(text="x" * 5001), "longer than 5000"),
    ],
)
def test_bad_row_is_named_and_the_others_are_taken(order, write, bad, reason):
    report = load(write(bad, row()), code=1)

    assert (report["rows"], report["created"], report["quarantined"]) == (2, 1, 1)
    assert report["quarantine"][0]["line"] == 2
    assert reason in report["quarantine"][0]["reason"]


@pytest.mark.parametrize(
    ("text", "stars"), [("★★★★☆", 4), ("五星", 5), ("3.0", 3), ("2分", 2), ("", None), ("4 星", 4)]
)
def test_stars_are_read_as_they_are_written(order, write, text, stars):
    load(write(row(stars=text)))

    assert Review.objects.get().stars == stars


@pytest.mark.parametrize(
    "text", ["此用户没有填写评价。", "评价方未及时做出评价，系统默认好评!", "", "此用户没有填写评论!"]
)
def test_default_texts_are_recognised(order, write, text):
    load(write(row(text=text)))

    assert Review.objects.get().is_default


def test_file_without_the_columns_is_refused(store, write):
    report = load(write("1,2", header="订单编号,价格"), code=2)

    assert "评价时间" in report["refusal"]
    assert "There is no store" in run_command("import_reviews", "x", store="nobody", code=2)["refusal"]


def test_columns_are_known_by_many_names():
    assert columns_of(["订单号", " 评论 内容：", "创建", "评价时间(北京)", "TID"]) == {
        "number": 0,
        "text": 1,
        "reviewed_at": 3,
    }
    assert is_enough(columns_of(TEMPLATE))
    assert len(columns_of(TEMPLATE)) == len(TEMPLATE)


# What taobao.traderates.get answers


def rate(**values):
    plain = {
        "tid": 3552601808315901601, "oid": 3552601808315901602, "role": "buyer", "nick": "t**5", "result": "neutral",
        "created": "2026-05-30 10:00:00", "item_title": "真丝连衣裙", "content": "一般", "num_iid": 7,
    }  # fmt: skip
    return plain | values


@pytest.mark.parametrize(
    "wrap",
    [
        lambda rates: {"traderates_get_response": {"trade_rates": {"trade_rate": rates}, "has_next": False}},
        lambda rates: {"trade_rates": {"trade_rate": rates[0]}},
        lambda rates: rates,
    ],
)
def test_answers_of_the_platform_are_read(store, tmp_path, wrap):
    order = make_order(store=store, number="3552601808315901601")
    order.lines.update(key="3552601808315901602")
    path = tmp_path / "rates.json"
    path.write_text(json.dumps(wrap([rate()])))

    report = load(path)

    review = Review.objects.get()
    assert (report["rows"], report["created"]) == (1, 1)
    assert (review.key, review.order) == ("3552601808315901601:3552601808315901602", order)
    assert (review.result, review.stars, review.text, review.follow_up) == ("neutral", None, "一般", "")


def test_json_does_not_take_away_what_it_does_not_say(store, tmp_path, write):
    load(write(row("3552601808315901601", later="又破了").replace("-1", "")))
    path = tmp_path / "rates.json"
    path.write_text(json.dumps([rate(oid=3552601808315901601, reply="谢谢")]))

    report = load(path)

    review = Review.objects.get()
    assert (report["updated"], review.follow_up, review.stars) == (1, "又破了", 5)
    assert (review.reply, review.reply_state, review.text) == ("谢谢", "sent", "一般")


def test_own_reviews_of_the_shop_and_garbage_are_left_out(store, tmp_path):
    path = tmp_path / "rates.json"
    path.write_text(json.dumps([rate(role="seller"), 7, {}, rate(created=None), rate(result=[1])]))

    report = load(path, code=1)

    assert (report["rows"], report["quarantined"]) == (4, 4)


@pytest.mark.parametrize("text", ["{", "[" * 2000, '{"error_response": {"code": 15}}'])
def test_json_that_is_no_answer_holds_nothing(store, tmp_path, text):
    path = tmp_path / "rates.json"
    path.write_text(text)

    if text.startswith('{"error'):
        assert load(path)["rows"] == 0
    else:
        assert "damaged" in load(path, code=2)["refusal"]


# Uploads


@pytest.fixture
def upload(tmp_path, monkeypatch, store, manager):
    monkeypatch.setattr(default_storage, "_wrapped", FileSystemStorage(location=tmp_path / "files"))
    monkeypatch.setattr(
        sheet_files, "preview_file",
        lambda path, *, name, encoding, language, module: describe(path, name=name, encoding=encoding),
    )  # fmt: skip

    def make(path):
        stream = io.BytesIO(path.read_bytes())
        return create_review_upload(store=store, name=path.name, stream=stream, actor=manager, at=NOON)

    return make


def test_upload_is_looked_through_then_read_in_by_the_worker(order, store, write, upload, manager):
    file = upload(write(row(text="call 13812341234"), row("B2", stars="9")))

    assert (file.preview["rows"], file.preview["bad"], file.preview["unknown"]) == (2, 1, ["备注"])
    assert file.preview["sample"][0][5] == "call 138****1234"
    assert Review.objects.count() == 0
    start_review_import(store=store, file_id=file.pk, actor=manager, at=NOON)
    run_pending_jobs()

    file.refresh_from_db()
    assert (file.state, file.counts["created"], file.counts["quarantined"]) == (ImportFile.State.DONE, 1, 1)
    assert Job.objects.get(kind="review_import").state == "done"
    assert Review.objects.get().snapshot_at == NOON
    with pytest.raises(UploadError, match="imported already"):
        start_review_import(store=store, file_id=file.pk, actor=manager, at=NOON + HOUR)


def test_upload_of_another_store_is_not_there(other_store, store, write, upload, manager):
    file = upload(write(row()))

    with pytest.raises(ImportFile.DoesNotExist):
        start_review_import(store=other_store, file_id=file.pk, actor=manager, at=NOON)
