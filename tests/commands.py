"""Management commands called as an operator calls them."""

import io
import json
from typing import Any

from django.core.management import call_command


def run_command(name: str, *arguments: str, code: int = 0, **options: Any) -> dict[str, Any]:
    """Run a command with --json and return its object; `code` is the exit code it must end with."""
    out, err = io.StringIO(), io.StringIO()
    ended = 0
    try:
        call_command(name, *arguments, as_json=True, stdout=out, stderr=err, **options)
    except SystemExit as stop:
        ended = int(stop.code or 0)
    assert ended == code, err.getvalue()
    return {"refusal": err.getvalue().strip()} if ended == 2 else json.loads(out.getvalue().splitlines()[-1])
