import errno
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest
from redis import Redis

from backoffice.common.embedded import demo, environment, testing
from backoffice.common.embedded.errors import EmbeddedError
from backoffice.common.embedded.folder import DataDir, failure, load_keys, sentence_for_os_errors, write_json
from backoffice.common.embedded.postgres import clear_leftovers
from backoffice.common.embedded.processes import ProcessRef, free_port, last_words, spawn, wait_until
from backoffice.common.embedded.servers import running_servers, stop_leftovers
from backoffice.common.embedded.state import find_environment, known_processes
from tests.common.conftest import CLEARED

ROOT = Path(__file__).resolve().parents[2]


def start(data_dir):
    return running_servers(data_dir, app_env="test", is_durable=False)


def holder(data_dir):
    """Process that runs the servers of a folder until it is killed, once they serve."""
    clean = {name: value for name, value in os.environ.items() if name not in CLEARED}
    process = subprocess.Popen(
        [sys.executable, "-m", "backoffice.common.embedded.run", "--data-dir", str(data_dir.path), "--", "sleep", "60"],
        cwd=ROOT,
        env=clean,
    )
    assert wait_until(lambda: find_environment(data_dir) is not None, 30)
    return process


def query(url, statement):
    with psycopg.connect(url, autocommit=True) as connection:
        return connection.execute(statement).fetchall()


def test_servers_serve_both_roles_and_leave_no_process(data_dir):
    with start(data_dir) as servers:
        given = servers.environment
        connection = psycopg.connect(given["DATABASE_OWNER_URL"], autocommit=True)
        connection.execute("CREATE EXTENSION pg_trgm")
        connection.execute("CREATE TABLE thing (id serial PRIMARY KEY, name text)")
        connection.close()
        with psycopg.connect(given["DATABASE_URL"]) as app:
            app.execute("INSERT INTO thing (name) VALUES ('连衣裙')")
            rows = app.execute("SELECT id, name, cardinality(show_trgm(name)) FROM thing").fetchall()
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                app.execute("DROP TABLE thing")
        client = Redis.from_url(given["REDIS_URL"])
        answer = client.ping()
        client.close()
        processes = known_processes(data_dir)

    assert rows == [(1, "连衣裙", 4)]
    assert answer is True
    assert set(processes) == {"supervisor", "postgres", "valkey"}
    assert [name for name, process in processes.items() if process.is_alive()] == ["supervisor"]
    assert find_environment(data_dir) is None


def test_new_databases_give_the_application_role_its_rights_by_default(data_dir):
    with start(data_dir) as servers:
        owner = servers.environment["DATABASE_OWNER_URL"]
        query_without_rows(owner, "CREATE DATABASE other")
        other = owner.rpartition("/")[0] + "/other"
        query_without_rows(other, "CREATE TABLE thing (id int)")

        rows = query(
            other, "SELECT has_table_privilege('backoffice_app', 'thing', p) FROM unnest(ARRAY['INSERT', 'TRUNCATE']) p"
        )

    assert rows == [(True,), (False,)]


def query_without_rows(url, statement):
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement)


def test_two_folders_run_side_by_side(tmp_path):
    first, second = DataDir(tmp_path / "one"), DataDir(tmp_path / "two")

    with start(first) as one, start(second) as two:
        ports = {one.postgres.port, two.postgres.port, one.valkey.port, two.valkey.port}
        names = [query(servers.environment["DATABASE_URL"], "SELECT current_user") for servers in (one, two)]

    assert len(ports) == 4
    assert names == [[("backoffice_app",)], [("backoffice_app",)]]


def test_held_folder_is_refused_with_a_sentence(data_dir):
    with start(data_dir), pytest.raises(EmbeddedError, match="already run: stop them first"), start(data_dir):
        pass


def test_killed_holder_takes_its_servers_down_and_the_next_start_keeps_the_data(data_dir):
    process = holder(data_dir)
    query_without_rows(find_environment(data_dir)["DATABASE_OWNER_URL"], "CREATE TABLE kept AS SELECT 42 AS answer")
    processes = known_processes(data_dir)

    process.kill()
    process.wait()

    assert wait_until(lambda: not any(other.is_alive() for other in processes.values()), 20)
    with start(data_dir) as servers:
        assert query(servers.environment["DATABASE_URL"], "SELECT answer FROM kept") == [(42,)]


def test_everything_killed_at_once_is_recovered_by_the_next_start(data_dir):
    process = holder(data_dir)
    query_without_rows(find_environment(data_dir)["DATABASE_OWNER_URL"], "CREATE TABLE kept AS SELECT 42 AS answer")
    for other in known_processes(data_dir).values():
        os.kill(other.pid, signal.SIGKILL)
    process.wait()

    with start(data_dir) as servers:
        assert query(servers.environment["DATABASE_URL"], "SELECT answer FROM kept") == [(42,)]


def test_ended_server_is_started_again_on_its_port(data_dir):
    with start(data_dir) as servers:
        url = servers.environment["DATABASE_URL"]
        for server in (servers.postgres, servers.valkey):
            server.process.kill()
            server.process.wait()

        names = servers.restart_ended()

        assert names == ["postgres", "valkey"]
        assert servers.environment["DATABASE_URL"] == url
        assert query(url, "SELECT 1") == [(1,)]
        assert servers.restart_ended() == []


def test_leftover_of_a_killed_supervisor_is_ended(data_dir):
    data_dir.create()
    child = spawn(["/bin/sleep", "60"], log=data_dir.log("sleep"), cwd=Path("/"))
    write_json(data_dir.state_file, {"processes": {"web": ProcessRef.of(child.pid).to_json()}})

    stop_leftovers(data_dir)

    assert child.wait() == -signal.SIGTERM
    assert not data_dir.state_file.exists()


def test_reused_process_id_is_left_alone(data_dir):
    data_dir.create()
    child = spawn(["/bin/sleep", "60"], log=data_dir.log("sleep"), cwd=Path("/"))
    write_json(data_dir.state_file, {"processes": {"web": {"pid": child.pid, "started": "1"}}})

    stop_leftovers(data_dir)

    assert child.poll() is None
    child.kill()
    child.wait()


def test_pid_file_that_names_another_process_is_dropped(tmp_path):
    (tmp_path / "postmaster.pid").write_text(f"{os.getpid()}\n/elsewhere\n")

    clear_leftovers(tmp_path)

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("number", "sentence"),
    [
        (errno.EACCES, "The right to write to /x is missing: change its owner, or point DATA_DIR elsewhere."),
        (errno.ENOSPC, "The disk that holds /x is full: make room, or point DATA_DIR elsewhere."),
        (errno.ENOTDIR, "/x cannot be used: Not a directory."),
    ],
)
def test_troubles_of_a_folder_become_one_sentence(number, sentence):
    with pytest.raises(EmbeddedError) as caught, sentence_for_os_errors(Path("/x")):
        raise OSError(number, os.strerror(number), "/x")

    assert str(caught.value) == sentence


def test_nearly_full_disk_is_refused_before_anything_starts(data_dir, monkeypatch):
    usage = shutil.disk_usage("/")
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage._replace(free=12_000_000))

    with pytest.raises(EmbeddedError, match="has 12 MB left and 300 MB are needed"), start(data_dir):
        pass

    assert find_environment(data_dir) is None


@pytest.mark.parametrize(
    ("log", "sentence"),
    [
        (
            "ERROR: could not extend file: No space left on device\nHINT:  Check.",
            "^The disk that holds .* is full: make room",
        ),
        ("ERROR: no such table\nHINT:  Look.", "^it failed$"),
    ],
)
def test_failure_by_a_full_disk_is_said_in_its_own_sentence(tmp_path, log, sentence):
    with pytest.raises(EmbeddedError, match=sentence):
        raise failure(tmp_path, "it failed", log)


def test_last_words_pass_over_hints():
    assert last_words("one\nERROR: no such table\nHINT:  Look.\n\n") == "ERROR: no such table"
    assert last_words("") == "nothing"


def test_port_in_use_is_refused_when_asked_for_and_passed_over_when_not():
    import socket

    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]

        with pytest.raises(EmbeddedError, match=f"^Port {port} is in use"):
            demo.choose_port(str(port))
        assert demo.choose_port("") != port
        assert demo.choose_port(str(free := free_port())) == free


@pytest.mark.parametrize("wanted", ["http", "0", "70000"])
def test_port_that_is_none_is_refused(wanted):
    with pytest.raises(EmbeddedError, match="it must be a number from 1 to 65535"):
        demo.choose_port(wanted)


def test_child_that_keeps_ending_is_given_up_with_its_last_words(data_dir):
    data_dir.create()
    child = demo.Child("web", "sh -c 'echo the port is gone'", data_dir.log("web"), dict(os.environ))
    for _ in range(5):
        child.restart()
        child.process.wait()

    with pytest.raises(EmbeddedError, match=r"The web process keeps ending; its log .* says: the port is gone"):
        child.restart()


def test_children_end_with_the_block_even_if_deaf_to_the_gentle_signal(data_dir, monkeypatch):
    data_dir.create()
    monkeypatch.setattr(demo, "read_procfile", lambda: {"web": "sleep 60", "beat": "sleep 61"})

    with demo.running_children(data_dir, dict(os.environ)) as children:
        pids = [child.process.pid for child in children]
        assert all(ProcessRef.of(pid).is_alive() for pid in pids)

    assert [child.process.returncode for child in children] == [-signal.SIGTERM, -signal.SIGTERM]


def test_management_command_without_servers_exits_2_and_names_make_demo(data_dir):
    clean = {name: value for name, value in os.environ.items() if name not in CLEARED} | {
        "DATA_DIR": str(data_dir.path)
    }

    done = subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), "verify_audit"],
        env=clean,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        f"No servers run in {data_dir.path}: start them with `make demo`, or give DATABASE_URL and REDIS_URL.\n"
    )


def test_production_without_a_secret_stops_with_one_sentence(data_dir):
    clean = {name: value for name, value in os.environ.items() if name not in CLEARED} | {
        "DATA_DIR": str(data_dir.path)
    }
    given = {"APP_ENV": "production", "DATABASE_URL": "postgresql://none@127.0.0.1:1/none"}

    done = subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), "check"],
        env=clean | given,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (2, "SECRET_KEY is not set: production does not start without it.\n")


def test_management_command_finds_the_running_servers(data_dir, bare):
    with start(data_dir) as servers:
        bare.setenv("DATA_DIR", str(data_dir.path))

        environment.prepare_environment(["manage.py", "shell"])

        assert os.environ["DATABASE_URL"] == servers.environment["DATABASE_URL"]
        assert os.environ["SECRET_KEY"] == load_keys(data_dir)["secret_key"]
        assert (os.environ["APP_ENV"], os.environ["PROCESS_KIND"]) == ("test", "command")


def test_large_log_is_moved_aside(data_dir):
    data_dir.create()
    with data_dir.log("web").open("wb") as file:
        file.truncate(10_000_001)

    path = data_dir.log("web")

    assert not path.exists()
    assert path.with_suffix(".log.1").exists()


def test_runs_side_by_side_take_different_slots(data_dir, bare):
    data_dir.create()
    bare.setattr(testing, "_held", [])

    slots = [testing._take_slot(data_dir), testing._take_slot(data_dir)]

    assert slots == [0, 1]
    assert testing._is_used(data_dir)
    for handle in testing._held:
        os.close(handle)
    assert not testing._is_used(data_dir)


def test_keeper_ends_when_nobody_uses_the_servers(data_dir, monkeypatch):
    monkeypatch.setattr(testing, "IDLE_SECONDS", 0.2)
    monkeypatch.setattr(testing, "LOOK_SECONDS", 0.1)
    began = time.monotonic()

    testing.keep(data_dir)

    assert time.monotonic() - began < 20
    assert find_environment(data_dir) is None


def test_wrapped_command_gets_new_servers_and_its_exit_code_is_kept():
    clean = {name: value for name, value in os.environ.items() if name not in CLEARED}
    script = 'test -n "$DATABASE_URL" && test "$APP_ENV" = test && echo "$DATA_DIR" && exit 7'

    done = subprocess.run(
        [sys.executable, "-m", "backoffice.common.embedded.run", "--", "sh", "-c", script],
        cwd=ROOT,
        env=clean,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (7, "")
    assert not Path(done.stdout.strip()).exists()
