"""The lines of the Procfile; `python -m backoffice.common.embedded.procfile web` becomes that line's process."""

import os
import sys

from backoffice.common.embedded.folder import PROJECT_ROOT

REFUSED = 2


def read_procfile() -> dict[str, str]:
    lines = (PROJECT_ROOT / "Procfile").read_text().splitlines()
    pairs = (line.partition(":") for line in lines if ":" in line and not line.startswith("#"))
    return {name.strip(): line.strip() for name, _, line in pairs}


def shell_command(line: str) -> list[str]:
    """Command for one line; the shell only fills in variables and is replaced by the process itself."""
    return ["/bin/sh", "-c", f"exec env {line}"]


def main(name: str) -> int:
    line = read_procfile().get(name)
    if line is None:
        sys.stderr.write(f"The Procfile has no line {name!r}.\n")
        return REFUSED
    command = shell_command(line)
    os.chdir(PROJECT_ROOT)
    return os.execv(command[0], command)  # noqa: S606 -- a line of our own Procfile


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
