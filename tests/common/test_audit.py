import pytest
from django.db import DatabaseError, connection, transaction
from django.db.utils import ProgrammingError

from backoffice.common.audit import broken_entries, write_audit
from backoffice.common.models import AuditEntry
from tests.factories import NOON, make_store, make_user
from tests.parallel import in_parallel

ATTACKS = (
    "UPDATE common_auditentry SET action = 'nothing'",
    "DELETE FROM common_auditentry",
    "TRUNCATE common_auditentry",
)


@pytest.mark.django_db
def test_entries_are_chained_per_store():
    store, other, person = make_store(), make_store(), make_user("li")

    first = write_audit(store=store, actor=person, action="login", at=NOON)
    second = write_audit(store=store, actor=person, action="reveal", at=NOON, subject="1", data={"reason": "why"})
    elsewhere = write_audit(store=other, actor=None, action="login", at=NOON)
    nowhere = write_audit(store=None, actor=None, action="keys_rotated", at=NOON)

    assert (first.sequence, second.sequence, elsewhere.sequence, nowhere.sequence) == (1, 2, 1, 1)
    assert (first.previous_hash, second.previous_hash) == ("", first.hash)
    assert (second.actor_name, second.data) == ("li", {"reason": "why"})
    assert broken_entries() == (4, [])


@pytest.mark.django_db
@pytest.mark.parametrize("attack", ATTACKS)
def test_the_applications_role_may_not_touch_entries(attack):
    write_audit(store=make_store(), actor=None, action="login", at=NOON)

    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE backoffice_app")
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            cursor.execute(attack)
        cursor.execute("RESET ROLE")

    assert AuditEntry.objects.get().action == "login"


@pytest.mark.django_db
def test_the_applications_role_may_append():
    store = make_store()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE backoffice_app")
        write_audit(store=store, actor=None, action="login", at=NOON)
        cursor.execute("RESET ROLE")

    assert broken_entries() == (1, [])


@pytest.mark.django_db
@pytest.mark.parametrize("attack", ATTACKS)
def test_even_the_owner_is_stopped_by_the_guard(attack):
    write_audit(store=make_store(), actor=None, action="login", at=NOON)

    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(attack)

    assert AuditEntry.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("attack", "sequences"),
    [
        ("UPDATE common_auditentry SET actor_name = 'nobody' WHERE sequence = 2", [2]),
        ("UPDATE common_auditentry SET data = '{}' WHERE sequence = 2", [2]),
        ("UPDATE common_auditentry SET at = at + interval '1 second' WHERE sequence = 3", [3]),
        ("DELETE FROM common_auditentry WHERE sequence = 2", [3]),
        ("DELETE FROM common_auditentry WHERE sequence = 1", [2]),
    ],
)
def test_a_row_edited_behind_the_guard_is_named(attack, sequences):
    store = make_store()
    for number in range(4):
        write_audit(store=store, actor=None, action="login", at=NOON, data={"n": number})

    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE common_auditentry DISABLE TRIGGER USER")
        cursor.execute(attack)

    _count, broken = broken_entries()
    assert [entry["sequence"] for entry in broken] == sequences
    assert {entry["store"] for entry in broken} == {store.pk}


@pytest.mark.django_db(transaction=True)
def test_parallel_writers_make_one_chain():
    store = make_store()

    results = in_parallel(
        *(lambda: write_audit(store=store, actor=None, action="login", at=NOON).sequence for _ in range(12))
    )

    assert sorted(results) == list(range(1, 13))
    assert broken_entries() == (12, [])
