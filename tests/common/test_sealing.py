import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import override_settings

from backoffice.common import sealing
from backoffice.common.sealing import SealError

OLD = "old:b2xkLWtleS1vZi10aGlydHktdHdvLWJ5dGVzLTEyMzQ="
NEW = "new:bmV3LWtleS1vZi10aGlydHktdHdvLWJ5dGVzLTEyMzQ="


def test_what_was_sealed_opens_in_its_own_context_only():
    blob = sealing.seal("张三".encode(), context="recipient:1:123")

    assert sealing.unseal(memoryview(blob), context="recipient:1:123").decode() == "张三"
    for context in ("recipient:1:124", "recipient:2:123", ""):
        with pytest.raises(SealError, match="belongs elsewhere"):
            sealing.unseal(blob, context=context)


def test_the_same_text_never_seals_to_the_same_bytes():
    assert sealing.seal(b"x", context="c") != sealing.seal(b"x", context="c")


def test_any_changed_byte_is_noticed():
    blob = sealing.seal(b"secret", context="c")

    for position in range(len(blob)):
        changed = bytes([*blob[:position], blob[position] ^ 1, *blob[position + 1 :]])
        with pytest.raises(SealError):
            sealing.unseal(changed, context="c")


@pytest.mark.parametrize(
    "blob", [b"", b"\x01", b"\x01\x04", b"\x01\x05test1", b"\x02\x05test1xxxxxxxxxxxxyyyyyyyyyyyyyyyy"]
)
def test_a_stump_or_another_version_is_refused(blob):
    with pytest.raises(SealError):
        sealing.unseal(blob, context="c")


def test_older_keys_open_and_the_first_seals():
    with override_settings(PII_KEYS=OLD):
        blob = sealing.seal(b"secret", context="c")

    with override_settings(PII_KEYS=f"{NEW}, {OLD}"):
        assert sealing.unseal(blob, context="c") == b"secret"
        assert sealing.key_id_of(sealing.seal(b"x", context="c")) == sealing.current_key_id() == "new"
    with override_settings(PII_KEYS=NEW), pytest.raises(SealError, match="No key 'old'"):
        sealing.unseal(blob, context="c")


@pytest.mark.parametrize("keys", ["", "only", "a:short", "a:!!!", ":" + OLD.partition(":")[2]])
def test_bad_keys_stop_everything(keys):
    with override_settings(PII_KEYS=keys), pytest.raises(ImproperlyConfigured):
        sealing.seal(b"x", context="c")


def test_json_and_text_come_back():
    blob = sealing.seal_json({"name": "张三", "n": 1}, context="c")
    token = sealing.seal_text("张三 13812341234", context="search")

    assert sealing.unseal_json(blob, context="c") == {"name": "张三", "n": 1}
    assert sealing.unseal_text(token, context="search") == "张三 13812341234"
    assert set(token) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


@pytest.mark.parametrize("token", ["", "x", "张三", "AAAA", "=" * 9, "AQV0ZXN0MQ"])
def test_a_damaged_token_is_refused(token):
    with pytest.raises(SealError):
        sealing.unseal_text(token, context="search")


def test_blind_indexes_differ_by_value_label_store_and_key():
    index = sealing.blind_index("1", label="phone", store_id=1)

    others = [
        sealing.blind_index("2", label="phone", store_id=1),
        sealing.blind_index("1", label="phone_tail", store_id=1),
        sealing.blind_index("1", label="phone", store_id=2),
    ]
    with override_settings(PII_KEYS=NEW):
        others.append(sealing.blind_index("1", label="phone", store_id=1))

    assert index == sealing.blind_index("1", label="phone", store_id=1)
    assert len(index) == 16
    assert len({index, *others}) == 5
