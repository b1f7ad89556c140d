"""Fixtures that most tests share; everything else is a factory call in the test."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client, TransactionTestCase

from backoffice.common import enqueue as enqueue_module
from backoffice.common.access import Role
from backoffice.common.models import Store, User
from tests.factories import make_store, make_user

LONGEST_FIRST = (  # each a worker's whole turn: begun last, they would leave the other workers idle at the end
    "browser/test_script_payloads.py",
    "promises/test_broker.py",  # waits more than it works: beside the browser it costs nothing
    "browser/test_accessibility.py",
    "browser/test_warehouse_day.py",
    "browser/test_two_people.py",
    "intake/demo/test_desk.py",
    "api/test_schema.py",
    "promises/test_database_restart.py",
    "browser/test_clearing_a_queue.py",
    "platforms/test_taking.py",
    "common/test_jobs_kill.py",
    "browser/test_triage.py",
    "test_deploy_files.py",
    "fulfilment/test_print_views.py",
    "desk/test_order_acts.py",
    "desk/test_exports.py",
    "desk/test_order_list.py",
    "api/test_access.py",
    "fulfilment/test_stock_races.py",
    "fulfilment/test_scan.py",
    "analytics/test_views.py",
    "bench/test_addresses.py",
    "common/test_page_language.py",
    "common/test_embedded.py",
    "promises/test_http_races.py",
    "promises/test_production.py",
)
KEPT_TABLES = {
    "django_migrations",
    "django_content_type",
    "auth_permission",
    "common_schedule",
}  # migrations filled them


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take longest; within a file, and among the others, the order stays."""
    places = {Path(__file__).parent / name: place for place, name in enumerate(LONGEST_FIRST)}
    items.sort(key=lambda item: places.get(item.path, len(places)))


@pytest.fixture(scope="session", autouse=True)
def _flush_that_keeps_migrated_rows() -> Iterator[None]:
    """Django's own flush would meet the audit table's guard, and empty what migrations put in."""
    patch = pytest.MonkeyPatch()
    patch.setattr(TransactionTestCase, "_fixture_teardown", lambda _case: _empty_tables())
    yield
    patch.undo()


def _empty_tables() -> None:
    tables = set(connection.introspection.django_table_names(only_existing=True, include_views=False)) - KEPT_TABLES
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE common_auditentry DISABLE TRIGGER audit_no_truncate")
        cursor.execute(f"TRUNCATE {', '.join(sorted(tables))} RESTART IDENTITY")
        cursor.execute("ALTER TABLE common_auditentry ENABLE TRIGGER audit_no_truncate")


@pytest.fixture
def store(db: None) -> Store:
    return make_store(code="demo", name="Demo")


@pytest.fixture
def other_store(db: None) -> Store:
    return make_store(code="other", name="Other")


@pytest.fixture
def agent(store: Store) -> User:
    return make_user("agent", store=store, roles=(Role.AGENT,))


@pytest.fixture
def warehouse(store: Store) -> User:
    return make_user("warehouse", store=store, roles=(Role.WAREHOUSE,))


@pytest.fixture
def finance(store: Store) -> User:
    return make_user("finance", store=store, roles=(Role.FINANCE,))


@pytest.fixture
def manager(store: Store) -> User:
    return make_user("manager", store=store, roles=(Role.MANAGER,))


@pytest.fixture
def ops(store: Store) -> User:
    return make_user("ops", store=store, roles=(Role.OPS,))


@pytest.fixture
def admin(store: Store) -> User:
    return make_user("admin", store=store, roles=(Role.ADMIN,))


@pytest.fixture
def outsider(other_store: Store) -> User:
    return make_user("outsider", store=other_store, roles=(Role.ADMIN,))


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def agent_client(agent: User) -> Client:
    return signed_in(agent)


@pytest.fixture
def warehouse_client(warehouse: User) -> Client:
    return signed_in(warehouse)


@pytest.fixture
def finance_client(finance: User) -> Client:
    return signed_in(finance)


@pytest.fixture
def manager_client(manager: User) -> Client:
    return signed_in(manager)


@pytest.fixture
def ops_client(ops: User) -> Client:
    return signed_in(ops)


@pytest.fixture
def admin_client(admin: User) -> Client:
    return signed_in(admin)


@pytest.fixture
def outsider_client(outsider: User) -> Client:
    return signed_in(outsider)


@pytest.fixture(autouse=True)
def enqueued(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, Any]]]:
    """Collect what would be sent to the broker: (task name, arguments); no test rings a real worker."""
    rung: list[tuple[str, dict[str, Any]]] = []
    monkeypatch.setattr(enqueue_module, "_ring", lambda name, kwargs: rung.append((name, kwargs)))
    return rung
