"""Fetch the front-end packages when their lock changed: `python requirements/assets.py`, in the venv.

Uses the machine's npm, or the one of the venv where there is none.
"""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "package-lock.json"
STAMP = ROOT / "node_modules" / ".stamp"


def main() -> int:
    if not LOCK.exists():
        return 0
    wanted = hashlib.sha256(LOCK.read_bytes()).hexdigest()
    if STAMP.exists() and STAMP.read_text() == wanted:
        return 0
    sys.stdout.write("Fetching the front-end assets …\n")
    sys.stdout.flush()
    commands = [[str(npm)] for npm in (shutil.which("npm"), Path(sys.executable).parent / "npm") if npm]
    if not any(install(command) for command in commands):
        sys.stderr.write("The front-end packages cannot be installed: is the npm registry reachable?\n")
        return 2
    STAMP.write_text(wanted)
    return 0


def install(npm: list[str]) -> bool:
    options = [
        "ci",
        "--omit=optional",
        "--loglevel=error",
        "--no-audit",
        "--no-fund",
        "--update-notifier=false",
        "--ignore-scripts",
    ]
    return subprocess.run([*npm, *options], check=False, cwd=ROOT, stdin=subprocess.DEVNULL).returncode == 0  # noqa: S603


if __name__ == "__main__":
    sys.exit(main())
