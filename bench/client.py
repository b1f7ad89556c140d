"""A small HTTP client with one kept connection, and times measured with it."""

import http.client
import statistics
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import NamedTuple
from urllib.parse import urlsplit

from bench.output import say
from bench.web_paths import headers_of

HOST = "127.0.0.1"
SECONDS = 60
OK, SLOW_SECONDS = 200, 1.0


class Answer(NamedTuple):
    status: int
    headers: Mapping[str, str]
    body: bytes
    seconds: float


class Client:
    """Sends the session cookie of one store with every request."""

    def __init__(self, port: int, cookie: str) -> None:
        self._port, self._headers = port, {"Cookie": cookie}
        self._connection = self._connect()

    def _connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(HOST, self._port, timeout=SECONDS)

    def get(self, path: str, **headers: str) -> Answer:
        return self.send("GET", path, headers=headers)

    def send(self, method: str, path: str, *, body: str | None = None, headers: Mapping[str, str]) -> Answer:
        """Send one request; a kept connection that the server has closed meanwhile is opened again first."""
        sent = {**self._headers, **headers}
        started = time.perf_counter()
        try:
            return self._send(method, path, body, sent, started)
        except (http.client.RemoteDisconnected, ConnectionError, http.client.CannotSendRequest):
            self._connection.close()
            self._connection = self._connect()
            return self._send(method, path, body, sent, time.perf_counter())

    def _send(self, method: str, path: str, body: str | None, headers: Mapping[str, str], started: float) -> Answer:
        self._connection.request(method, path, body, dict(headers))
        response = self._connection.getresponse()
        content = response.read()
        elapsed = time.perf_counter() - started
        return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, content, elapsed)

    def close(self) -> None:
        with suppress(OSError):
            self._connection.close()


class Times(NamedTuple):
    """Milliseconds of one address."""

    p50: float
    statuses: frozenset[int]


def p50_of(client: Client, paths: Sequence[str], *, runs: int = 20, warm: int = 4) -> dict[str, Times]:
    """Measure the addresses in turns, so that a slow moment meets all of them."""
    answers: dict[str, list[Answer]] = {path: [] for path in paths}
    for path in paths:
        answers[path].append(client.get(path, **headers_of(path)))
    quick = [path for path in paths if answers[path][0].seconds < SLOW_SECONDS]  # one answer of the others is enough
    for path in quick:
        answers[path] = []
        for _run in range(warm - 1):
            client.get(path, **headers_of(path))
    for _run in range(runs):
        for path in quick:
            answers[path].append(client.get(path, **headers_of(path)))
    for path, found in answers.items():
        if bad := {answer.status for answer in found} - {OK}:
            say(f"  {path} answers {sorted(bad)}")
    return {path: _times(found) for path, found in answers.items()}


def _times(answers: Sequence[Answer]) -> Times:
    p50 = statistics.median(answer.seconds for answer in answers) * 1000
    return Times(p50, frozenset(answer.status for answer in answers))


def path_of(url: str) -> str:
    parts = urlsplit(url)
    return parts.path + (f"?{parts.query}" if parts.query else "")
