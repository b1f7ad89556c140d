"""Files made to harm, brought in through the pages: refused quickly, with the reason, the web process does not grow."""

import resource
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from backoffice.common.models import Job
from backoffice.common.sheets.limits import MIB
from orders.intake.models import ImportFile
from tests.common.sheets.archives import forge_size, sheet_xml, workbook_parts, write_archive
from tests.common.sheets.test_zipguard import BILLION_LAUGHS, EXTERNAL_ENTITY

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
SHEET, STRINGS = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"
MANY_ROWS = sheet_xml("<row><c><v>1</v></c></row>" * 3_000_000)


def parts(**others):
    names = {"sheet": SHEET, "strings": STRINGS}
    return workbook_parts() | {names[part]: content for part, content in others.items()}


def bomb(path):
    return write_archive(path, parts(sheet=MANY_ROWS))


def forged(path):
    forge_size(bomb(path), SHEET, 1000)
    return path


def members(path):
    return write_archive(path, workbook_parts() | {f"x/{at}.xml": "<a/>" for at in range(10_000)})


def laughs(path):
    return write_archive(path, parts(sheet=sheet_xml("<row/>", before=BILLION_LAUGHS)))


def outbound(path):
    return write_archive(path, parts(strings=f"{EXTERNAL_ENTITY}<sst><si><t>&e;</t></si></sst>"))


def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def cpu_seconds():
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


@pytest.fixture(autouse=True)
def _folders(settings, tmp_path):
    settings.STORAGES = settings.STORAGES | {
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(tmp_path / "files")},
        }
    }


@pytest.mark.parametrize("make", [bomb, forged, members, laughs, outbound])
def test_hostile_workbook_is_refused_with_its_reason(make, manager_client, tmp_path):
    content = make(tmp_path / "orders.xlsx").read_bytes()
    manager_client.get("/orders/imports/")
    before, started = resident(), cpu_seconds()

    manager_client.post("/orders/imports/", {"files": SimpleUploadedFile("orders.xlsx", content)})
    took, file = cpu_seconds() - started, ImportFile.objects.get()
    manager_client.post(f"/orders/imports/{file.pk}/start/", {})
    shipping = manager_client.post("/orders/ship/", {"file": SimpleUploadedFile("ship.xlsx", content)})

    assert took < 2
    assert resident() - before < 150 * MIB
    assert file.error.endswith((".", "。"))
    assert file.error in manager_client.get(f"/orders/imports/{file.pk}/").content.decode()
    assert (shipping.status_code, Job.objects.count()) == (422, 0)
