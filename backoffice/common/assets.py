"""Third-party files that are served: a finder over a named list, and the storage that hashes and compresses them."""

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.contrib.staticfiles.finders import BaseFinder
from django.contrib.staticfiles.utils import matches_patterns
from django.core.exceptions import ImproperlyConfigured
from django.core.files.storage import FileSystemStorage
from whitenoise.storage import CompressedManifestStaticFilesStorage

from backoffice.common.icons import ICONS

_NODE_MODULES = Path(__file__).resolve().parents[2] / "node_modules"
_ICON_FOLDER = _NODE_MODULES / "@tabler" / "icons" / "icons" / "outline"


def _package(name: str) -> Path:
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise ImproperlyConfigured(f"The Python package {name} is not installed")
    return Path(spec.origin).parent


ASSETS: dict[str, Path] = {
    "vendor/tabler.css": _NODE_MODULES / "@tabler" / "core" / "dist" / "css" / "tabler.min.css",
    "vendor/echarts.js": _NODE_MODULES / "echarts" / "dist" / "echarts.common.min.js",
    "vendor/htmx.js": _package("django_htmx") / "static" / "django_htmx" / "htmx-2.min.js",
    **{f"icons/{name}.svg": _ICON_FOLDER / f"{name}.svg" for name in ICONS},
}

_FONT_FOLDER = _NODE_MODULES / "@expo-google-fonts" / "noto-sans-sc"
FONTS: dict[str, Path] = {  # of printed papers: workers read them, browsers never get them
    "regular": _FONT_FOLDER / "400Regular" / "NotoSansSC_400Regular.ttf",
    "bold": _FONT_FOLDER / "700Bold" / "NotoSansSC_700Bold.ttf",
}


class _AssetStorage(FileSystemStorage):
    """The listed files under the names they are served by."""

    prefix = ""

    def path(self, name: str) -> str:
        return str(ASSETS[name])


class AssetFinder(BaseFinder):
    """Finds the files of ASSETS and nothing else, so that no package is collected whole."""

    storage = _AssetStorage()

    def find(self, path: str, find_all: bool = False, **_kwargs: Any) -> Any:  # noqa: FBT001, FBT002 -- Django's signature
        source = ASSETS.get(Path(path).as_posix())
        if source is None or not source.is_file():
            return []
        return [str(source)] if find_all else str(source)

    def list(self, ignore_patterns: Any) -> Iterator[tuple[str, FileSystemStorage]]:
        for name, source in ASSETS.items():
            if matches_patterns(name, ignore_patterns or []):
                continue
            if not source.is_file():
                raise ImproperlyConfigured(f"{source} is missing: run `npm ci` first")
            yield name, self.storage


class ManifestStorage(CompressedManifestStaticFilesStorage):
    """Hashed names and compressed copies; source maps are not served, so comments that name them stay as they are."""

    patterns = tuple(
        (extension, tuple(rule for rule in rules if "sourceMappingURL" not in str(rule)))
        for extension, rules in CompressedManifestStaticFilesStorage.patterns
    )
