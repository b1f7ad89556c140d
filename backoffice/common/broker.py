"""Asking the broker whether it answers, in its own few words: the driver would take 19 MB of every web process."""

import socket
import ssl
from collections.abc import Iterator
from urllib.parse import SplitResult, unquote, urlsplit

PORT = 6379


def answers(url: str, *, seconds: float) -> bool:
    """Log in to `redis://[user][:password]@host[:port]/…`, or `rediss://`, and ping; False for any failure."""
    parts = urlsplit(url)
    commands = list(_commands(parts))
    try:
        with _connected(parts, seconds) as connection, connection.makefile("rb") as replies:
            connection.sendall(b"".join(map(_encoded, commands)))
            return all(replies.readline().startswith(b"+") for _command in commands)
    except (OSError, ValueError):
        return False


def _commands(parts: SplitResult) -> Iterator[list[str]]:
    if parts.password:
        user = [unquote(parts.username)] if parts.username else []
        yield ["AUTH", *user, unquote(parts.password)]
    yield ["PING"]


def _connected(parts: SplitResult, seconds: float) -> socket.socket:
    plain = socket.create_connection((parts.hostname or "localhost", parts.port or PORT), timeout=seconds)
    if parts.scheme != "rediss":
        return plain
    return ssl.create_default_context().wrap_socket(plain, server_hostname=parts.hostname)


def _encoded(words: list[str]) -> bytes:
    values = [word.encode() for word in words]
    return b"*%d\r\n" % len(values) + b"".join(b"$%d\r\n%b\r\n" % (len(value), value) for value in values)
