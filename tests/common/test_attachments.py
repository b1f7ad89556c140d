import hashlib
import os
from base64 import b64encode
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, default_storage
from django.core.files.uploadedfile import SimpleUploadedFile

from backoffice.common import vault
from backoffice.common.access import Role
from backoffice.common.media import recognise
from backoffice.common.models import Attachment
from backoffice.common.rotation import Rotated
from backoffice.common.services import AttachmentError, add_attachment, read_attachment
from backoffice.common.services.attachments import purge_attachments, rotate_attachments
from tests.conftest import signed_in
from tests.factories import NOON, make_user

PNG = b"\x89PNG\r\n\x1a\n" + b"pixels" * 20
MP3 = b"ID3\x04" + b"sound" * 20
FILM = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00" + b"\x00\x00\x00\x20hdlr" + b"\x00" * 8 + b"vide" + b"\x00" * 20

SAMPLES = [
    (PNG, ("image", "image/png")),
    (b"\xff\xd8\xff\xe0" + b"x" * 20, ("image", "image/jpeg")),
    (b"GIF89a" + b"x" * 20, ("image", "image/gif")),
    (b"RIFF\x00\x00\x00\x00WEBPVP8 ", ("image", "image/webp")),
    (b"RIFF\x00\x00\x00\x00WAVEfmt ", ("voice", "audio/wav")),
    (b"#!AMR\n" + b"x" * 20, ("voice", "audio/amr")),
    (b"OggS" + b"\x00" * 24 + b"OpusHead", ("voice", "audio/ogg")),
    (b"\x00\x00\x00\x18ftypM4A \x00\x00\x00\x00", ("voice", "audio/mp4")),
    (b"\xff\xf1\x50\x80" + b"x" * 20, ("voice", "audio/aac")),
    (MP3, ("voice", "audio/mpeg")),
    (b"\xff\xfb\x90\x00" + b"x" * 20, ("voice", "audio/mpeg")),
    (FILM, None),
    (b"OggS" + b"\x00" * 24 + b"\x80theora", None),
    (b"RIFF\x00\x00\x00\x00AVI LIST", None),
    (b"\xff\xe8\x90\x00" + b"x" * 20, None),
    (b"<svg xmlns='http://www.w3.org/2000/svg'>", None),
    (b"<!doctype html><script>", None),
    (b"\x89PNG", None),
    (b"", None),
]


@pytest.fixture(autouse=True)
def _files(tmp_path, monkeypatch):
    monkeypatch.setattr(default_storage, "_wrapped", FileSystemStorage(location=tmp_path / "files"))


def added(store, actor, content=PNG, name="聊天.png", at=NOON) -> Attachment:
    return add_attachment(store=store, upload=SimpleUploadedFile(name, content), actor=actor, at=at)


@pytest.mark.parametrize(("content", "found"), SAMPLES)
def test_file_is_what_its_bytes_say(content, found):
    assert recognise(content) == found


def test_attachment_is_kept_sealed_with_its_facts(store, agent, tmp_path):
    attachment = added(store, agent, name="C:\\pics\\13812341234 聊天.png")

    on_disk = (tmp_path / "files" / attachment.stored).read_bytes()
    assert read_attachment(attachment) == PNG
    assert b"pixels" not in on_disk
    assert attachment.name == "138****1234 聊天.png"
    assert (attachment.kind, attachment.media_type, attachment.size) == ("image", "image/png", len(PNG))
    assert attachment.sha256 == hashlib.sha256(PNG).hexdigest()
    assert (attachment.added_by, attachment.added_at) == (agent, NOON)


def test_large_attachment_keeps_every_block(store, agent):
    content = MP3 + os.urandom(2 * (1 << 20))

    assert read_attachment(added(store, agent, content, "录音.mp3")) == content


@pytest.mark.parametrize(
    ("content", "name", "sentence"),
    [
        (b"", "a.png", "“a.png” is empty."),
        (PNG + b"x" * (10 << 20), "a.png", "“a.png” is larger than 10 MB."),
        (MP3 + b"x" * (20 << 20), "a.mp3", "“a.mp3” is larger than 20 MB."),
        (
            b"<script>alert(1)</script>",
            "a.png",
            (
                "“a.png” is neither a picture (PNG, JPEG, WebP, GIF) nor a voice file (MP3, M4A, AAC, AMR, WAV, Ogg). "
                "Save it in one of these forms, or take a screenshot."
            ),
        ),
    ],
)
def test_file_that_is_no_evidence_is_refused(store, agent, tmp_path, content, name, sentence):
    with pytest.raises(AttachmentError) as refusal:
        added(store, agent, content, name)

    assert str(refusal.value) == sentence
    assert not Attachment.objects.exists()
    assert not (tmp_path / "files").exists()


def test_long_name_keeps_its_ending(store, agent):
    attachment = added(store, agent, name="图" * 200 + ".png")

    assert attachment.name == "图" * 116 + ".png"


def test_purge_deletes_what_has_had_its_time_and_what_no_row_names(store, agent, tmp_path):
    old = added(store, agent, at=NOON - timedelta(days=store.purge_days, seconds=1))
    young = added(store, agent, at=NOON - timedelta(days=store.purge_days))
    lost, fresh = (default_storage.save(f"attachments/{name}", ContentFile(b"x")) for name in ("lost", "fresh"))
    for name, age in ((lost, timedelta(days=2)), (fresh, timedelta(hours=2))):
        changed = (NOON - age).timestamp()
        os.utime(tmp_path / "files" / name, (changed, changed))

    counts = purge_attachments(NOON)

    old.refresh_from_db()
    assert counts == {"attachments": 1, "lost_attachments": 1}
    assert (old.stored, old.size) == ("", len(PNG))
    assert read_attachment(young) == PNG
    assert not default_storage.exists(lost)
    assert default_storage.exists(fresh)
    with pytest.raises(AttachmentError, match="deleted when its time was over"):
        read_attachment(old)


def test_rotation_seals_again_what_is_under_an_older_key(store, agent, settings):
    before = added(store, agent)
    key = b64encode(bytes(range(32))).decode()
    settings.PII_KEYS = f"new1:{key},{settings.PII_KEYS}"
    after, broken = added(store, agent), added(store, agent)
    Attachment.objects.filter(pk=broken.pk).update(stored="attachments/gone")

    result = rotate_attachments()

    name = before.stored
    before.refresh_from_db()
    assert result == {"attachments": Rotated(1, 1)}
    assert vault.is_current(before.stored)
    assert read_attachment(before) == PNG
    assert not default_storage.exists(name)
    assert Attachment.objects.get(pk=after.pk).stored == after.stored


def test_damaged_file_says_whom_to_tell(store, agent, tmp_path):
    attachment = added(store, agent)
    path = tmp_path / "files" / attachment.stored
    path.write_bytes(path.read_bytes()[:-60])

    with pytest.raises(AttachmentError, match=f"attachment {attachment.pk}"):
        read_attachment(attachment)


def test_page_of_an_attachment_runs_nothing(store, agent):
    attachment = added(store, agent)

    response = signed_in(agent).get(f"/attachments/{attachment.pk}/")

    assert response.content == PNG
    assert response.headers["Content-Type"] == "image/png"
    assert response.headers["Content-Disposition"].startswith("inline; filename*=utf-8''")
    assert response.headers["Cache-Control"] == "no-store, private"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response.headers["Content-Security-Policy"]
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("wanted", "status", "content", "told"),
    [
        ("bytes=0-1", 206, MP3[:2], f"bytes 0-1/{len(MP3)}"),
        ("bytes=100-", 206, MP3[100:], f"bytes 100-{len(MP3) - 1}/{len(MP3)}"),
        ("bytes=2-9999", 206, MP3[2:], f"bytes 2-{len(MP3) - 1}/{len(MP3)}"),
        ("bytes=9999-", 416, b"", f"bytes */{len(MP3)}"),
        ("bytes=5-2", 416, b"", f"bytes */{len(MP3)}"),
        ("bytes=0-1,4-5", 200, MP3, None),
        ("lines=1-2", 200, MP3, None),
    ],
)
def test_player_gets_the_part_it_asks_for(store, agent, wanted, status, content, told):
    attachment = added(store, agent, MP3, "录音.mp3")

    response = signed_in(agent).get(f"/attachments/{attachment.pk}/", headers={"Range": wanted})

    assert (response.status_code, response.content) == (status, content)
    assert response.headers.get("Content-Range") == told


def test_page_of_an_attachment_is_the_stores_own(store, other_store, agent):
    attachment = added(store, agent)
    stranger = make_user(store=other_store, roles=(Role.ADMIN,))

    assert signed_in(stranger).get(f"/attachments/{attachment.pk}/").status_code == 404


def test_page_of_a_purged_attachment_says_so(store, agent):
    attachment = added(store, agent)
    Attachment.objects.update(stored="")

    response = signed_in(agent).get(f"/attachments/{attachment.pk}/")

    assert response.status_code == 410
    assert response.content.decode() == "“聊天.png” was deleted when its time was over."
