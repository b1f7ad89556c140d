"""Chromium against a live server of this process: one browser for the session, a context for each person of a test."""

import os
import shutil
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.contrib.staticfiles.handlers import StaticFilesHandlerMixin
from django.core.cache import cache
from django.core.files.storage import FileSystemStorage, default_storage, storages

from backoffice.common.models import User
from orders.intake import services as intake_services
from orders.intake.preview import describe
from tests.browser.person import Person
from tests.conftest import signed_in
from tests.factories import NOON

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
LONG = 2_000_000_000  # seconds: the browser's clock is the real one, the server's stands at NOON
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    program = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if program is None:
        pytest.skip(f"no Chromium: none of {', '.join(BROWSERS)} is on the PATH")
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        # The driver keeps an event loop in this thread, and Django would refuse the test's own queries.
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
        browser = playwright.chromium.launch(executable_path=program, args=[*ARGUMENTS])
        yield browser
        browser.close()
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture(scope="session")
def _kept_files() -> Iterator[None]:
    """Let a browser keep scripts and styles, as behind the real server: without this each page asks for all of them."""
    patch, serve = pytest.MonkeyPatch(), StaticFilesHandlerMixin.serve

    def serve_to_keep(handler: Any, request: Any) -> Any:
        response = serve(handler, request)
        response.headers["Cache-Control"] = f"max-age={LONG}, immutable"
        return response

    patch.setattr(StaticFilesHandlerMixin, "serve", serve_to_keep)
    yield
    patch.undo()


@pytest.fixture
def shop(chromium: Any, transactional_db: None, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Noon of the first of June, files in the test's folder, uploads looked through in this process."""
    cache.clear()
    monkeypatch.setitem(storages._storages, "default", FileSystemStorage(location=tmp_path / "files"))
    monkeypatch.setattr(default_storage, "_wrapped", storages["default"])
    monkeypatch.setattr(intake_services, "preview_file", _preview)
    with time_machine.travel(NOON, tick=True):
        yield
    cache.clear()


def _preview(path: Any, *, name: str, encoding: str, language: str) -> Any:
    try:
        return describe(path, name=name, encoding=encoding)
    except intake_services.ImportRefused as error:
        return {"error": str(error)}


@pytest.fixture
def browse(chromium: Any, shop: None, _kept_files: None, live_server: Any) -> Iterator[Callable[..., Person]]:
    """Open the product for a person: `browse(manager)`, or nobody; every one must end without an error of the page."""
    people: list[Person] = []

    def open_for(user: User | None = None, **options: Any) -> Person:
        context = chromium.new_context(
            base_url=live_server.url,
            reduced_motion="reduce",
            **({"viewport": {"width": 1440, "height": 900}} | options),
        )
        context.set_default_timeout(30_000)  # a busy machine is no failure
        if user is not None:
            cookie = signed_in(user).cookies["sessionid"]
            context.add_cookies([{"name": "sessionid", "value": cookie.value, "url": live_server.url}])
        people.append(Person(context))
        return people[-1]

    yield open_for
    for person in people:
        person.context.close()
    for person in people:
        assert person.complaints == []


@pytest.fixture
def run_jobs(shop: None) -> Callable[[], int]:
    """Do what a worker would: every job that waits, in this process."""
    from backoffice.common.jobs import run_pending_jobs

    return partial(run_pending_jobs, limit=100)
