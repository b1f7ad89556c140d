"""Make `.venv` hold exactly what a lock names: `python3 requirements/sync.py run|dev`.

Runs on the system's own Python, so it uses the standard library alone. A venv that holds the dev lock serves run too.
"""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"


def main(kind: str) -> int:
    if sys.version_info < (3, 11):  # noqa: UP036 -- this is where an older one is told
        return refuse(f"Python 3.11 or newer is needed, and this is {sys.version.split()[0]}: set PYTHON=python3.11.")
    held = read_stamp()
    if held == stamp("dev") or (kind == "run" and held == stamp("run")):
        return 0
    if held.startswith("dev "):
        kind = "dev"
    sys.stdout.write(f"Installing the {kind} packages into .venv …\n")
    sys.stdout.flush()
    if not make_venv():
        return refuse("The virtual environment cannot be made: install Python's venv module (Debian: python3-venv).")
    if not install(kind):
        return refuse("The packages cannot be installed: is the package registry reachable?")
    (VENV / "stamp").write_text(stamp(kind))
    return 0


def stamp(kind: str) -> str:
    """Name of a state of the venv: the lock's content and where the venv lies, as its scripts hold that path."""
    content = (ROOT / "requirements" / f"{kind}.lock").read_bytes() + os.fsencode(VENV)
    return f"{kind} {hashlib.sha256(content).hexdigest()}"


def read_stamp() -> str:
    try:
        return (VENV / "stamp").read_text()
    except OSError:
        return ""


def make_venv() -> bool:
    if PYTHON.exists() and call(PYTHON, "-m", "pip", "--version", quiet=True):
        return True
    if call(sys.executable, "-m", "venv", "--clear", VENV, quiet=True):
        return True
    # Debian keeps ensurepip in a package of its own; its pip, where there is one, can install into the venv
    return call(sys.executable, "-m", "venv", "--clear", "--without-pip", VENV, quiet=True) and call(
        sys.executable, "-m", "pip", "--python", PYTHON, "install", "--quiet", "pip"
    )


def install(kind: str) -> bool:
    """Install by uv, which takes seconds; by pip where uv cannot reach what pip is configured for."""
    lock = ROOT / "requirements" / f"{kind}.lock"
    pip = (PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes", "-r")
    has_uv = call(*pip, ROOT / "requirements" / "uv.lock")
    sync = ("-m", "uv", "pip", "sync", "--quiet", "--python", PYTHON, "--require-hashes", lock)
    return (has_uv and call(PYTHON, *sync)) or call(*pip, lock)


def call(*command: str | Path, quiet: bool = False) -> bool:
    output = subprocess.DEVNULL if quiet else None
    done = subprocess.run([str(part) for part in command], check=False, cwd=ROOT, stdout=output, stderr=output)  # noqa: S603
    return done.returncode == 0


def refuse(sentence: str) -> int:
    sys.stderr.write(f"{sentence}\n")
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
