import json
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.exceptions import ImproperlyConfigured
from django.core.files.storage import FileSystemStorage
from django.core.management import call_command

from backoffice.common import assets, icons

STATIC = Path(settings.BASE_DIR) / "static"
SOURCES = [*(Path(settings.BASE_DIR) / "templates").rglob("*.html"), *STATIC.rglob("*.css")]


@pytest.fixture(scope="module")
def collected(tmp_path_factory):
    """Return the folder of all collected, hashed and compressed files."""
    root = tmp_path_factory.mktemp("static")
    storages = {**settings.STORAGES, "staticfiles": {"BACKEND": "backoffice.common.assets.ManifestStorage"}}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "STATIC_ROOT", root)
        patch.setattr(settings, "STORAGES", storages)
        storage = assets.ManifestStorage(location=root)
        patch.setattr("django.contrib.staticfiles.management.commands.collectstatic.staticfiles_storage", storage)
        call_command("collectstatic", interactive=False, verbosity=0)
    return root


def test_finder_finds_only_what_is_listed():
    finder = assets.AssetFinder()

    assert finder.find("vendor/tabler.css").endswith("tabler.min.css")
    assert finder.find("icons/flag.svg", find_all=True) == [str(assets.ASSETS["icons/flag.svg"])]
    assert finder.find("vendor/tabler.min.css.map") == []


def test_finder_lists_every_asset_but_the_ignored():
    names = [name for name, _ in assets.AssetFinder().list(["icons/*"])]

    assert names == ["vendor/tabler.css", "vendor/echarts.js", "vendor/htmx.js"]


def test_finder_says_what_to_run_when_a_file_is_missing(monkeypatch, tmp_path):
    monkeypatch.setitem(assets.ASSETS, "vendor/tabler.css", tmp_path / "gone.css")

    with pytest.raises(ImproperlyConfigured, match="npm ci"):
        list(assets.AssetFinder().list([]))


def test_package_that_is_not_installed_is_named():
    with pytest.raises(ImproperlyConfigured, match="no_such_package"):
        assets._package("no_such_package")


def test_collected_files_have_hashes_and_compressed_copies(collected):
    manifest = json.loads((collected / "staticfiles.json").read_text())["paths"]

    hashed = manifest["css/lists.css"]
    assert re.fullmatch(r"css/lists\.[0-9a-f]{12}\.css", hashed)
    assert (collected / f"{hashed}.br").exists()
    assert (collected / f"{hashed}.gz").exists()


def test_stylesheets_point_at_hashed_icons(collected):
    manifest = json.loads((collected / "staticfiles.json").read_text())["paths"]

    text = (collected / manifest["css/components.css"]).read_text()

    assert Path(manifest["icons/copy.svg"]).name in text
    assert "icons/copy.svg" not in text


def test_first_load_of_a_list_stays_under_its_budget(collected):
    manifest = json.loads((collected / "staticfiles.json").read_text())["paths"]
    head = (Path(settings.BASE_DIR) / "templates" / "components" / "_head.html").read_text()
    loaded = re.findall(r'(?:stylesheet|script|static) "([^"]+)"', head)

    size = sum((collected / f"{manifest[name]}.br").stat().st_size for name in loaded)

    assert len(loaded) >= 14
    assert size < 110_000  # 200 kB for the whole page, rows included


def test_icons_are_read_from_collected_files_where_there_is_no_node(collected, monkeypatch):
    monkeypatch.setattr(icons.finders, "find", lambda _: None)
    monkeypatch.setattr(icons, "staticfiles_storage", assets.ManifestStorage(location=collected))
    icons.icon_shapes.cache_clear()

    assert "<path" in icons.icon_shapes("flag")

    icons.icon_shapes.cache_clear()


def test_every_listed_icon_can_be_inlined():
    for name in icons.ICONS:
        assert icons.icon_shapes(name).startswith("<"), name


def test_every_icon_that_is_used_is_listed():
    used = {
        name for path in SOURCES for name in re.findall(r'{% icon "([^"]+)"|icons/([a-z0-9-]+)\.svg', path.read_text())
    }

    assert {a or b for a, b in used} <= set(icons.ICONS)


def test_file_that_is_no_svg_is_refused(monkeypatch):
    monkeypatch.setattr(icons, "_source", lambda _: "<html>")
    icons.icon_shapes.cache_clear()

    with pytest.raises(ValueError, match="flag"):
        icons.icon_shapes("flag")

    icons.icon_shapes.cache_clear()


def test_lock_names_no_registry():
    text = (Path(settings.BASE_DIR) / "package-lock.json").read_text()

    assert '"resolved"' not in text


def test_templates_have_no_inline_style_or_script():
    for path in (Path(settings.BASE_DIR) / "templates").rglob("*.html"):
        text = path.read_text()
        assert not re.search(r"\sstyle=|<script>|<style|\son[a-z]+=", text), path


def test_storages_of_tests_need_no_collecting():
    assert isinstance(staticfiles_storage, FileSystemStorage)
    assert finders.find("css/shell.css") == str(STATIC / "css" / "shell.css")
