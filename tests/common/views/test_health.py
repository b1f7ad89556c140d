import pytest
from django.db import DatabaseError, connection
from django.test import Client, override_settings

from backoffice.common.views import health


def test_livez_never_touches_the_database():
    response = Client().get("/livez")

    assert (response.status_code, response.content) == (200, b"ok")


def test_readyz_names_what_is_degraded(db):
    with override_settings(REDIS_URL="redis://127.0.0.1:1/0"):
        response = Client().get("/readyz")

    assert response.status_code == 200
    assert response.json()["status"] == "degraded"
    assert [problem.partition(":")[0] for problem in response.json()["degraded"]] == ["broker", "database role"]


@pytest.fixture
def broken_database(monkeypatch):
    def refuse(_connection):
        raise DatabaseError("down")

    monkeypatch.setattr(health, "MigrationExecutor", refuse)


def test_readyz_is_ready_for_the_applications_own_role(db):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE backoffice_app")

    assert health._role_problem() == ""


def test_readyz_is_503_without_the_database(broken_database):
    response = Client().get("/readyz")

    assert (response.status_code, response.json()["problems"]) == (503, ["database: no answer"])
