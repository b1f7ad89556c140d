"""The test bed: servers with the loaded shops, the web server in front, children that measure themselves."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from backoffice.common.embedded.demo import child_environment, is_static_outdated, manage
from backoffice.common.embedded.folder import PROJECT_ROOT, DataDir
from backoffice.common.embedded.health import is_ready
from backoffice.common.embedded.processes import ProcessRef, free_port, spawn, wait_until
from backoffice.common.embedded.procfile import read_procfile, shell_command
from backoffice.common.embedded.servers import running_servers
from bench.client import HOST
from bench.output import say
from bench.sizes import Sizes

START_SECONDS = 60
DATA_VERSION = 3  # of what the shops hold; those of another version are not measured


@dataclass
class Bed:
    """What every benchmark needs to know of its surroundings."""

    sizes: Sizes
    environment: Mapping[str, str]
    data_dir: DataDir
    port: int = 0
    web: "subprocess.Popen[bytes] | None" = None
    keys: dict[str, str] = field(default_factory=dict)  # session keys by store

    def child(self, *arguments: str, **environment: str) -> dict[str, Any]:
        """Run one measured piece of work in a process of its own; it ends with a line of JSON."""
        command = [sys.executable, "-m", "bench.child", *arguments]
        done = subprocess.run(  # noqa: S603 -- our own module
            command, env={**self.environment, "PROCESS_KIND": "worker", **environment}, cwd=PROJECT_ROOT, check=True,
            stdout=subprocess.PIPE,
        )  # fmt: skip
        found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return found

    def as_owner(self) -> dict[str, str]:
        return {"DATABASE_URL": self.environment["DATABASE_OWNER_URL"], "PROCESS_KIND": "command"}

    def workers(self) -> list[int]:
        """Return the ids of the web server's worker processes."""
        assert self.web is not None  # noqa: S101 -- asked only while it runs
        children = Path(f"/proc/{self.web.pid}/task/{self.web.pid}/children").read_text().split()
        return [int(pid) for pid in children]


@contextmanager
def made_bed(sizes: Sizes) -> Iterator[Bed]:
    """Start the servers over kept data, load what is missing, put the environment of Django in place."""
    base = Path(os.environ.get("DATA_DIR") or PROJECT_ROOT / ".data" / "bench")
    data_dir = DataDir((base / f"{sizes.orders}-v{DATA_VERSION}").absolute())
    with running_servers(data_dir, app_env="test") as servers:
        bed = Bed(sizes, child_environment(servers, 0) | {"LOG_LEVEL": "WARNING"}, data_dir)
        say("Preparing the database …")
        manage("migrate", "--noinput", data_dir=data_dir, environment=bed.environment)
        if is_static_outdated(data_dir):
            manage("collectstatic", "--noinput", data_dir=data_dir, environment=bed.environment)
        loaded = bed.child("prepare", str(sizes.orders), str(int(sizes.has_huge)), **bed.as_owner())
        say(f"Shops: {loaded['seconds']:.0f} s")
        os.environ.update(bed.environment)
        os.environ.update({"PROCESS_KIND": "command", "DJANGO_SETTINGS_MODULE": "backoffice.settings"})
        yield bed


@contextmanager
def web_server(bed: Bed) -> Iterator[None]:
    """Run the Procfile's web line, with the floor's page beside the product."""
    bed.port = free_port()
    line = read_procfile()["web"].replace("backoffice.wsgi:application", "bench.web:application")
    environment = {**bed.environment, "PORT": str(bed.port), "HOST": HOST}
    bed.web = spawn(shell_command(line), log=bed.data_dir.log("web"), cwd=PROJECT_ROOT, env=environment)
    try:
        wait_until(lambda: is_ready(HOST, bed.port), START_SECONDS)
        yield
    finally:
        ProcessRef.of(bed.web.pid).stop()
        bed.web.wait()
