"""Child processes that never outlive their parent, and references to them that outlive a crash."""

import ctypes
import os
import pwd
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

PR_SET_PDEATHSIG = 1
GONE = "gone"
Steps = Sequence[tuple[signal.Signals, float]]
GENTLE: Steps = ((signal.SIGTERM, 20), (signal.SIGKILL, 5))


@dataclass(frozen=True)
class ProcessRef:
    """A process by id and by when it started, so that a reused id is never taken for it."""

    pid: int
    started: str

    @classmethod
    def of(cls, pid: int) -> "ProcessRef":
        return cls(pid, _started(pid))

    @classmethod
    def from_json(cls, content: object) -> "ProcessRef | None":
        if isinstance(content, dict) and isinstance(content.get("pid"), int):
            return cls(content["pid"], str(content.get("started", "")))
        return None

    def to_json(self) -> dict[str, object]:
        return {"pid": self.pid, "started": self.started}

    def is_alive(self) -> bool:
        return self.pid > 0 and self.started != GONE and _exists(self.pid) and _started(self.pid) == self.started

    def stop(self, steps: Steps = GENTLE) -> None:
        """Signal the process and its group, harder each time, until it is gone."""
        for signal_number, patience in steps:
            if not self.is_alive():
                return
            send(self.pid, signal_number)
            wait_until(lambda: not self.is_alive(), patience)


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _started(pid: int) -> str:
    """Kernel's start tick of a process; GONE for a dead or unreaped one, empty where there is no /proc."""
    if not Path("/proc/self/stat").exists():
        return ""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return GONE
    return GONE if fields[0] in "ZX" else fields[19]


def send(pid: int, signal_number: signal.Signals) -> None:
    """Signal a process; SIGKILL goes to its whole group, as nobody tidies up after it."""
    with suppress(ProcessLookupError):
        if signal_number == signal.SIGKILL and _leads_group(pid):
            os.killpg(pid, signal_number)
        else:
            os.kill(pid, signal_number)


def _leads_group(pid: int) -> bool:
    return os.getpgid(pid) == pid


def wait_until(is_done: Callable[[], bool], patience: float) -> bool:
    """Poll until is_done() or until the seconds have passed; tell which."""
    deadline = time.monotonic() + patience
    while not is_done():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def die_with_parent(signal_number: signal.Signals) -> None:
    """Ask the kernel for a signal when the parent dies, even by SIGKILL; only Linux can."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal_number)


@dataclass(frozen=True)
class Account:
    """The account that servers run as: PostgreSQL refuses to be root."""

    name: str
    uid: int
    gid: int

    def reaches(self, path: Path) -> bool:
        """Tell whether the account can pass through every folder on the way and write there."""
        command = ["/bin/sh", "-c", 'test -x "$1" && test -w "$1"', "sh", str(path)]
        return self.run(command).returncode == 0

    def run(self, command: Sequence[str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(  # noqa: S603 -- paths of this package, no shell
            command,
            check=False,
            cwd="/",
            user=self.uid,
            group=self.gid,
            extra_groups=[],
            capture_output=True,
            text=True,
        )


def server_account() -> Account | None:
    """Account for PostgreSQL when this process is root; None = run as ourselves."""
    if os.geteuid() != 0:
        return None
    entry = pwd.getpwnam("nobody")
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def spawn(
    command: Sequence[str],
    *,
    log: Path,
    cwd: Path,
    env: Mapping[str, str] | None = None,
    account: Account | None = None,
    death_signal: signal.Signals = signal.SIGTERM,
) -> subprocess.Popen[bytes]:
    """Start a child in a group of its own, its output appended to a log, to end when this process ends."""
    parent = os.getpid()

    def before_exec() -> None:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        die_with_parent(death_signal)
        if os.getppid() != parent:  # it died before the kernel was asked
            os._exit(1)

    identity = {"user": account.uid, "group": account.gid, "extra_groups": []} if account else {}
    with log.open("ab") as output:
        return subprocess.Popen(  # type: ignore[call-overload] # noqa: S603
            command,
            cwd=cwd,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=before_exec,  # noqa: PLW1509 -- this process has one thread
            **identity,
        )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_port_free(port: int, host: str = "127.0.0.1") -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def tail(log: Path, length: int = 4000) -> str:
    """Last part of a log; empty where there is none."""
    with suppress(OSError), log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - length))
        return file.read().decode(errors="replace")
    return ""


def last_words(text: str) -> str:
    """Last line that says something, for an error message; PostgreSQL's hints come after what they explain."""
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith(("HINT:", "LINE "))]
    return lines[-1] if lines else "nothing"
