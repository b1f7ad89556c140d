"""Both servers of one DATA_DIR, started, written down, kept and stopped together."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from backoffice.common.embedded.folder import DataDir, load_keys, write_json
from backoffice.common.embedded.postgres import FAST_STOP, Postgres
from backoffice.common.embedded.processes import ProcessRef
from backoffice.common.embedded.state import known_processes
from backoffice.common.embedded.valkey import Valkey


@dataclass
class Servers:
    """What runs in a DATA_DIR; only the process that holds the folder makes one."""

    data_dir: DataDir
    app_env: str
    keys: dict[str, str]
    postgres: Postgres | None
    valkey: Valkey | None
    children: dict[str, ProcessRef] = field(default_factory=dict)

    def start(self) -> None:
        for server in (self.postgres, self.valkey):
            if server is not None:
                server.start()
        self.save_state()

    def stop(self) -> None:
        for server in (self.valkey, self.postgres):
            if server is not None:
                server.stop()
        self.data_dir.state_file.unlink(missing_ok=True)

    def restart_ended(self) -> list[str]:
        """Start again, on its old port, a server that somebody killed; names of those."""
        names = []
        for name, server in (("postgres", self.postgres), ("valkey", self.valkey)):
            if server is not None and (server.process is None or server.process.poll() is not None):
                server.start()
                names.append(name)
        if names:
            self.save_state()
        return names

    @property
    def environment(self) -> dict[str, str]:
        """What a process of the product needs to use these servers."""
        urls = {}
        if self.postgres is not None:
            urls = {"DATABASE_URL": self.postgres.app_url, "DATABASE_OWNER_URL": self.postgres.owner_url}
        if self.valkey is not None:
            urls["REDIS_URL"] = self.valkey.url
        return {
            **urls,
            "DATA_DIR": str(self.data_dir.path),
            "APP_ENV": self.app_env,
            "SECRET_KEY": os.environ.get("SECRET_KEY") or self.keys["secret_key"],
            "PII_KEYS": os.environ.get("PII_KEYS") or self.keys["pii_keys"],
        }

    def save_state(self) -> None:
        processes = {"supervisor": ProcessRef.of(os.getpid()), **self.children}
        for name, server in (("postgres", self.postgres), ("valkey", self.valkey)):
            if server is not None and server.process is not None:
                processes[name] = ProcessRef.of(server.process.pid)
        state = {
            "processes": {name: process.to_json() for name, process in processes.items()},
            "environment": self.environment,
        }
        write_json(self.data_dir.state_file, state)


@contextmanager
def running_servers(
    data_dir: DataDir, *, app_env: str, is_durable: bool = True, has_database: bool = False, has_broker: bool = False
) -> Iterator[Servers]:
    """Hold the folder, recover it from a crash, run the servers that the environment does not bring, stop them.

    Raises:
        EmbeddedError: the folder is held, not writable or full, or a server does not start.
    """
    data_dir.create()
    with data_dir.held():
        stop_leftovers(data_dir)
        keys = load_keys(data_dir)
        servers = Servers(
            data_dir=data_dir,
            app_env=app_env,
            keys=keys,
            postgres=None if has_database else Postgres(data_dir, keys, is_durable=is_durable),
            valkey=None if has_broker else Valkey(data_dir, keys),
        )
        try:
            servers.start()
            yield servers
        finally:
            servers.stop()


def stop_leftovers(data_dir: DataDir) -> None:
    """End what a killed supervisor left behind; PostgreSQL is asked in its own way."""
    for name, process in reversed(known_processes(data_dir).items()):
        if name == "postgres":
            process.stop(FAST_STOP)
        elif name != "supervisor":
            process.stop()
    data_dir.state_file.unlink(missing_ok=True)
