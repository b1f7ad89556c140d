"""The SQL of a page: captured from the view itself, timed statement by statement, and explained."""

import json
import re
import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from psycopg.types.datetime import TimestamptzLoader

from backoffice.common.middleware import STORE_KEY
from backoffice.common.models import User

RUNS, WARM = 15, 3
LARGE_ROWS = 10_000  # a table this large must not be scanned by a list


def session_key(user: User, store_code: str) -> str:
    """Log a person in to one store; return the key of the new session."""
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session[STORE_KEY] = store_code
    session.save()
    return str(session.session_key)


def cookie_of(key: str) -> str:
    return f"{settings.SESSION_COOKIE_NAME}={key}"


class Page(NamedTuple):
    status: int
    statements: list[str]


def load_page(key: str, path: str, **headers: Any) -> Page:
    """Answer one request in this process; return the statements that it ran, with their values."""
    client = Client(raise_request_exception=False, headers=headers or None)
    client.cookies[settings.SESSION_COOKIE_NAME] = key
    with CaptureQueriesContext(connection) as captured:
        response = client.get(path)
    return Page(response.status_code, [query["sql"] for query in captured.captured_queries])


def sql_ms(statements: Sequence[str]) -> float:
    """Return the sum of the statements' p50, sent and fetched as the page does; those that write are left out."""
    return sum(_p50(sql) for sql in statements if is_read(sql))


def is_read(sql: str) -> bool:
    return bool(re.match(r"\(?\s*(SELECT|WITH)\b", sql)) and "FOR UPDATE" not in sql


def once_ms(sql: str) -> float:
    """Return how long one statement takes this time."""
    with _reading() as cursor:
        return _once(cursor, sql) * 1000


@contextmanager
def _reading() -> Iterator[Any]:
    """Yield a cursor that reads times as the lists do."""
    with connection.cursor() as wrapper:
        cursor = wrapper.connection.cursor()
        cursor.adapters.register_loader("timestamptz", TimestamptzLoader)
        yield cursor


def _p50(sql: str) -> float:
    with _reading() as cursor:
        times = [_once(cursor, sql) for _run in range(RUNS + WARM)][WARM:]
    return statistics.median(times) * 1000


def _once(cursor: Any, sql: str) -> float:
    started = time.perf_counter()
    cursor.execute(sql)
    cursor.fetchall()
    return time.perf_counter() - started


def scans_of(sql: str, large: frozenset[str]) -> set[str]:
    """Return the large tables that the plan of a statement reads from end to end."""
    if not re.match(r"\(?\s*(SELECT|WITH|UPDATE|DELETE)\b", sql):
        return set()
    with connection.cursor() as wrapper:
        cursor = wrapper.connection.cursor()
        cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}")
        plan = cursor.fetchone()[0]
    found = json.loads(plan) if isinstance(plan, str) else plan
    return {node["Relation Name"] for node in _nodes(found[0]["Plan"]) if _is_scan(node, large)}


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for child in node.get("Plans", []):
        yield from _nodes(child)


def _is_scan(node: dict[str, Any], large: frozenset[str]) -> bool:
    return node["Node Type"] == "Seq Scan" and node.get("Relation Name") in large


def large_tables() -> frozenset[str]:
    sql = (
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND reltuples >= %s"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [LARGE_ROWS])
        return frozenset(name for (name,) in cursor.fetchall()) | {"orders_order", "orders_orderline"}
