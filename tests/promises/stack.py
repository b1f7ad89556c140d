"""The whole product as it runs in production: servers of its own, and the Procfile's processes in front of them."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
import requests

from backoffice.common.embedded.folder import PROJECT_ROOT, DataDir
from backoffice.common.embedded.processes import ProcessRef, free_port, spawn, wait_until
from backoffice.common.embedded.procfile import read_procfile, shell_command
from backoffice.common.embedded.servers import Servers, running_servers

HOST = "127.0.0.1"
# a test run names its own servers and settings; the product's processes must not see them
FOREIGN = ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE", "PROCESS_KIND", "LANGUAGE")


class Person:
    """A signed-in browser without a browser."""

    def __init__(self, port: int, name: str, password: str = "") -> None:
        self.base, self.session = f"http://{HOST}:{port}", requests.Session()
        self.session.get(f"{self.base}/login/", timeout=10)
        answer = self.post("/login/", username=name, password=password or f"{name}-demo-1")
        assert answer.status_code == 302, answer.text[-500:]

    def get(self, path: str, **options: Any) -> requests.Response:
        return self.session.get(self.base + path, timeout=30, allow_redirects=False, **options)

    def post(self, path: str, **data: Any) -> requests.Response:
        token = self.session.cookies.get("csrftoken", "")
        return self.session.post(
            self.base + path, data=data | {"csrfmiddlewaretoken": token}, timeout=30, allow_redirects=False
        )

    def close(self) -> None:
        self.session.close()


class Stack:
    """Web, worker and beat on the servers of one folder; each can be started, killed and started again."""

    def __init__(self, servers: Servers) -> None:
        self.servers, self.folder = servers, servers.data_dir.path
        self.port = free_port()
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        clean = {name: value for name, value in os.environ.items() if name not in FOREIGN}
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
        self.environment = clean | servers.environment | {
            "HOST": HOST, "PORT": str(self.port), "PATH": path, "LANGUAGE": "en", "JOB_LEASE_SECONDS": "4",
            "PYTHONUNBUFFERED": "1", "WEB_WORKERS": "1", "WORKER_CONCURRENCY": "2", "REQUIRE_MFA": "0",
        }  # fmt: skip

    def manage(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments], cwd=PROJECT_ROOT, env=self.environment, check=False,
            capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout

    def start(self, name: str, **environment: str) -> "subprocess.Popen[bytes]":
        process = spawn(
            shell_command(read_procfile()[name]),
            log=self.servers.data_dir.log(name),
            cwd=PROJECT_ROOT,
            env=self.environment | environment,
        )
        self.processes[name] = process
        if name == "web":
            assert wait_until(lambda: self.answers("/livez"), 60), self.log("web")
        return process

    def stop(self, name: str, *, is_hard: bool = False) -> None:
        process = self.processes.pop(name, None)
        if process is not None:
            steps = ((signal.SIGKILL, 5),) if is_hard else ((signal.SIGTERM, 8), (signal.SIGKILL, 5))
            ProcessRef.of(process.pid).stop(steps)
            process.wait()

    def stop_all(self) -> None:
        for name in list(self.processes):
            self.stop(name)

    def answers(self, path: str) -> bool:
        with suppress(requests.RequestException):
            return requests.get(f"http://{HOST}:{self.port}{path}", timeout=5).status_code == 200
        return False

    def ready(self) -> dict[str, Any]:
        found: dict[str, Any] = requests.get(f"http://{HOST}:{self.port}/readyz", timeout=30).json()
        return found

    def log(self, name: str) -> str:
        path = self.servers.data_dir.log(name)
        return path.read_text(errors="replace")[-5000:] if path.exists() else ""

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.servers.environment["DATABASE_OWNER_URL"], autocommit=True) as connection:
            found = connection.execute(query, values)
            return found.fetchall() if found.description else []

    def value(self, query: str, *values: Any) -> Any:
        return self.rows(query, *values)[0][0]

    def empty_jobs(self) -> None:
        self.rows("TRUNCATE common_job CASCADE")

    def add_exports(self, count: int) -> None:
        """Write the rows that a request for an export writes, without ringing for a worker."""
        self.rows(
            """INSERT INTO common_job (store_id, kind, params, state, requested_by_id, not_before, created_at, token,
                 attempts, rows_done, error, file, file_name, file_sha256, downloads, is_cancel_requested, result)
               SELECT s.id, 'order_export', '{"query": "", "template": "full", "format": "xlsx"}', 'queued', u.id,
                 now(), now(), NULL, 0, 0, '', '', '', '', 0, false, '{}'
               FROM common_store s, common_user u, generate_series(1, %s)
               WHERE s.code = 'demo' AND u.username = 'manager'""",
            count,
        )

    def unfinished(self) -> int:
        found: int = self.value("SELECT count(*) FROM common_job WHERE state NOT IN ('done', 'failed', 'cancelled')")
        return found

    def files(self) -> list[Path]:
        return sorted(path for path in (self.folder / "files" / "jobs").glob("*") if path.is_file())


@contextmanager
def running_stack(folder: Path, *, orders: int = 300) -> Iterator[Stack]:
    """Run servers with the demo accounts and some orders; nothing of the product runs yet."""
    with running_servers(DataDir(folder), app_env="test") as servers:
        stack = Stack(servers)
        try:
            stack.manage("migrate", "--noinput")
            stack.manage("collectstatic", "--noinput", "-v", "0")
            stack.manage("seed_demo", "--orders", str(orders), "--seed", "7", "--days", "20", "--fast")
            stack.rows("UPDATE common_schedule SET is_enabled = false")
            yield stack
        finally:
            stack.stop_all()


@contextmanager
def hung_broker() -> Iterator[str]:
    """A server that takes connections and never says a word."""
    with socket.create_server((HOST, 0), backlog=128) as listener:
        held: list[socket.socket] = []

        def take() -> None:
            with suppress(OSError):
                while True:
                    held.append(listener.accept()[0])

        thread = threading.Thread(target=take, daemon=True)
        thread.start()
        try:
            yield f"redis://{HOST}:{listener.getsockname()[1]}/0"
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join(timeout=5)
            for connection in held:
                connection.close()


def wait_for(condition: Callable[[], bool], seconds: float) -> float:
    """Wait, and return how long it took."""
    started = time.monotonic()
    assert wait_until(condition, seconds), "waited in vain"
    return time.monotonic() - started


def worker_pids(log: str) -> list[str]:
    return re.findall(r"pid[= ](\d+)", log)
