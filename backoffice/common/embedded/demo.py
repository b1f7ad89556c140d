"""`make demo`: servers, data, web, worker and beat in one supervisor, until Ctrl-C."""

import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from backoffice.common.embedded.errors import EmbeddedError
from backoffice.common.embedded.folder import PROJECT_ROOT, DataDir, failure
from backoffice.common.embedded.health import is_ready
from backoffice.common.embedded.processes import (
    ProcessRef,
    die_with_parent,
    free_port,
    is_port_free,
    last_words,
    spawn,
    tail,
    wait_until,
)
from backoffice.common.embedded.procfile import read_procfile, shell_command
from backoffice.common.embedded.servers import Servers, running_servers

HOST = "127.0.0.1"
FIRST_PORT = 8000
START_SECONDS = 90
MOST_STARTS, STARTS_SECONDS = 5, 60
LAST_PORT = 65535
REFUSED = 2
ACCOUNTS = ("agent", "warehouse", "finance", "manager", "ops", "admin")


class StopRequestedError(Exception):
    """Somebody asked the supervisor to end."""


@dataclass
class Child:
    """One line of the Procfile, started again when it ends by itself."""

    name: str
    line: str
    log: Path
    environment: Mapping[str, str]
    process: "subprocess.Popen[bytes] | None" = None
    starts: list[float] = field(default_factory=list)

    def start(self) -> None:
        self.starts.append(time.monotonic())
        self.process = spawn(shell_command(self.line), log=self.log, cwd=PROJECT_ROOT, env=self.environment)

    def has_ended(self) -> bool:
        return self.process is None or self.process.poll() is not None

    def restart(self) -> None:
        """Start again.

        Raises:
            EmbeddedError: it ended five times within a minute.
        """
        recent = [start for start in self.starts if time.monotonic() - start < STARTS_SECONDS]
        if len(recent) >= MOST_STARTS:
            raise EmbeddedError(
                f"The {self.name} process keeps ending; its log {self.log} says: {last_words(tail(self.log))}"
            )
        self.start()

    def stop(self) -> None:
        if self.process is not None:
            ProcessRef.of(self.process.pid).stop(((signal.SIGTERM, 15), (signal.SIGTERM, 3), (signal.SIGKILL, 5)))
            self.process.wait()


def main() -> int:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _request_stop)
    if os.environ.get("MAKELEVEL"):
        die_with_parent(signal.SIGTERM)
    try:
        supervise(DataDir.from_environment())
    except EmbeddedError as error:
        sys.stderr.write(f"{error}\n")
        return REFUSED
    except StopRequestedError:
        say("Stopped.")
    return 0


def supervise(data_dir: DataDir) -> None:
    """Run the whole product in one folder until somebody asks to stop.

    Raises:
        EmbeddedError: something cannot start or keeps ending; the sentence says what.
        StopRequestedError: always, in the end.
    """
    port = choose_port(os.environ.get("PORT", ""))
    say("Starting the servers …")
    with running_servers(
        data_dir,
        app_env=os.environ.get("APP_ENV", "demo"),
        has_database=bool(os.environ.get("DATABASE_URL")),
        has_broker=bool(os.environ.get("REDIS_URL")),
    ) as servers:
        environment = child_environment(servers, port)
        prepare_data(servers, environment)
        with running_children(data_dir, environment) as children:
            servers.children = {child.name: ProcessRef.of(child.process.pid) for child in children if child.process}
            servers.save_state()
            wait_for_page(port, children[0])
            announce(port)
            watch(servers, children)


def choose_port(wanted: str) -> int:
    """Port that was asked for, or else the first free one from 8000 on.

    Raises:
        EmbeddedError: the port that was asked for is in use or is no port.
    """
    if not wanted:
        return next((port for port in range(FIRST_PORT, FIRST_PORT + 50) if is_port_free(port)), free_port())
    if not wanted.isdecimal() or not 0 < int(wanted) <= LAST_PORT:
        raise EmbeddedError(f"PORT is {wanted!r}; it must be a number from 1 to {LAST_PORT}.")
    if not is_port_free(int(wanted)):
        raise EmbeddedError(f"Port {wanted} is in use or not allowed: stop what listens there, or set another PORT.")
    return int(wanted)


def child_environment(servers: Servers, port: int) -> dict[str, str]:
    """Environment of every child: addresses, keys, port, and our own Python first on the path."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    return os.environ | servers.environment | {"PORT": str(port), "HOST": HOST, "PATH": path, "PYTHONUNBUFFERED": "1"}


def prepare_data(servers: Servers, environment: Mapping[str, str]) -> None:
    """Migrate, collect the static files where they changed, and load the demo shop once.

    Raises:
        EmbeddedError: one of the commands failed.
    """
    data_dir = servers.data_dir
    say("Preparing the database …")
    manage("migrate", "--noinput", data_dir=data_dir, environment=environment)
    if is_static_outdated(data_dir):
        manage("collectstatic", "--noinput", data_dir=data_dir, environment=environment)
    loaded = servers.postgres.home / "demo-loaded" if servers.postgres and servers.postgres.home else None
    if loaded is None or not loaded.exists():  # it lies beside the tables, to be lost with them
        say("Loading the demo shop (about two minutes the first time) …")
        manage("load_demo", data_dir=data_dir, environment=environment)
        if loaded is not None:
            loaded.touch()


def manage(*arguments: str, data_dir: DataDir, environment: Mapping[str, str]) -> None:
    log = data_dir.log("setup")
    command = [sys.executable, str(PROJECT_ROOT / "manage.py"), *arguments]
    process = spawn(command, log=log, cwd=PROJECT_ROOT, env=environment)
    try:
        code = process.wait()
    except StopRequestedError:
        ProcessRef.of(process.pid).stop()
        raise
    if code:
        said = tail(log)
        sentence = f"`manage.py {shlex.join(arguments)}` failed; its log {log} says: {last_words(said)}"
        raise failure(data_dir.path, sentence, said)


def is_static_outdated(data_dir: DataDir) -> bool:
    """Tell whether a source of static files is newer than the collected ones."""
    manifest = data_dir.path / "static" / "staticfiles.json"
    if not manifest.exists():
        return True
    sources = [
        *(PROJECT_ROOT / "static").rglob("*"),
        PROJECT_ROOT / "package-lock.json",
        PROJECT_ROOT / "requirements/run.lock",
    ]
    return any(path.stat().st_mtime > manifest.stat().st_mtime for path in sources if path.exists())


@contextmanager
def running_children(data_dir: DataDir, environment: Mapping[str, str]) -> Iterator[list[Child]]:
    """Run the lines of the Procfile; all are stopped at the end, the last first."""
    children = [Child(name, line, data_dir.log(name), environment) for name, line in read_procfile().items()]
    try:
        for child in children:
            child.start()
        yield children
    finally:
        for child in reversed(children):
            if child.process is not None and not child.has_ended():
                child.process.send_signal(signal.SIGTERM)
        for child in reversed(children):
            child.stop()


def wait_for_page(port: int, web: Child) -> None:
    wait_until(lambda: web.has_ended() or is_ready(HOST, port), START_SECONDS)
    if web.has_ended() or not is_ready(HOST, port):
        raise EmbeddedError(f"The web process does not answer; its log {web.log} says: {last_words(tail(web.log))}")


def announce(port: int) -> None:
    say(f"Ready: http://{HOST}:{port}/")
    for name in ACCOUNTS:
        say(f"  {name:<10} password {name}-demo-1")
    say("  other      password other-demo-1 (agent of another, empty store)")
    say("Ctrl-C stops everything; the data stays for the next start.")


def watch(servers: Servers, children: list[Child]) -> None:
    """Keep everything running until somebody asks to stop."""
    while True:
        time.sleep(1)
        for name in servers.restart_ended():
            say(f"The {name} server had ended and runs again.")
        ended = [child for child in children if child.has_ended()]
        for child in ended:
            child.restart()
            say(f"The {child.name} process had ended and runs again.")
        if ended:
            servers.children = {child.name: ProcessRef.of(child.process.pid) for child in children if child.process}
            servers.save_state()


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _request_stop(_number: int, _frame: object) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # the stop itself is not to be interrupted
    raise StopRequestedError


if __name__ == "__main__":
    sys.exit(main())
