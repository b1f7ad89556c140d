"""A caller of the API: a token of a person, and requests that carry it."""

from datetime import timedelta

from django.test import Client
from django.utils import timezone

from backoffice.common.access import Role
from backoffice.common.models.tokens import Scope
from backoffice.common.services import create_token
from tests.factories import make_user

EVERYTHING = tuple(Scope.values)


def make_token(owner, store, *scopes, days=1):
    return create_token(
        store=store, owner=owner, scopes=scopes or EVERYTHING, days=days, actor=owner, at=timezone.now()
    )  # fmt: skip


class Api:
    def __init__(self, owner, store, *scopes):
        self.owner, self.store = owner, store
        self.token, self.clear = make_token(owner, store, *scopes)
        self.client = Client()

    def get(self, path, query=None, **headers):
        return self.client.get(f"/api/v1/{path}", query, headers=self._headers(headers))

    def post(self, path, body=None, **headers):
        return self.client.post(
            f"/api/v1/{path}", body or {}, content_type="application/json", headers=self._headers(headers)
        )

    def put(self, path, body=None, **headers):
        return self.client.put(
            f"/api/v1/{path}", body or {}, content_type="application/json", headers=self._headers(headers)
        )

    def delete(self, path, **headers):
        return self.client.delete(f"/api/v1/{path}", headers=self._headers(headers))

    def upload(self, path, body, **headers):
        return self.client.post(f"/api/v1/{path}", body, headers=self._headers(headers))

    def _headers(self, more):
        return {"Authorization": f"Bearer {self.clear}"} | {name.replace("_", "-"): text for name, text in more.items()}


def make_api(store, role=Role.ADMIN, *scopes):
    return Api(make_user(store=store, roles=(role,)), store, *scopes)


def error(response):
    """Return status and code of a refusal, which must have the shape of one."""
    answer = response.json()
    assert set(answer) <= {"code", "detail", "fields", "current"}, answer
    assert answer["detail"]
    return response.status_code, answer["code"]


LATER = timedelta(minutes=5)
