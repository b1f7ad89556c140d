"""The state file of a DATA_DIR, by which other processes find the servers that run there."""

from backoffice.common.embedded.folder import DataDir, read_json
from backoffice.common.embedded.processes import ProcessRef

NEEDED = frozenset({"supervisor", "postgres", "valkey"})


def find_environment(data_dir: DataDir) -> dict[str, str] | None:
    """Environment of the servers that run in a folder; None when they do not run."""
    needed = {name: process for name, process in known_processes(data_dir).items() if name in NEEDED}
    if not needed or not all(process.is_alive() for process in needed.values()):
        return None
    environment = read_json(data_dir.state_file).get("environment")
    return environment if isinstance(environment, dict) else None


def known_processes(data_dir: DataDir) -> dict[str, ProcessRef]:
    """Processes that the last supervisor of a folder wrote down, alive or not."""
    found = read_json(data_dir.state_file).get("processes")
    refs = {str(name): ProcessRef.from_json(content) for name, content in (found or {}).items()}
    return {name: ref for name, ref in refs.items() if ref}
