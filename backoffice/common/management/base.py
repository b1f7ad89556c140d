"""What every management command of the contract shares: `--json`, sentences on standard error, exit codes 0, 1, 2."""

import json
import sys
from abc import abstractmethod
from collections.abc import Mapping
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.core.serializers.json import DjangoJSONEncoder

DONE, WITH_FINDINGS, REFUSED = 0, 1, 2


class Refused(Exception):
    """The command does nothing: one sentence for standard error, exit code 2."""


class JsonCommand(BaseCommand):
    """A command whose last line of output is, with --json, one JSON object (money as strings).

    `run` does the work, calls `output` once and returns the exit code: 0 or None = done, 1 = done with findings.
    """

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", dest="as_json", help="one JSON object as the last line")

    def handle(self, *args: Any, **options: Any) -> None:
        self.as_json: bool = options.get("as_json", False)
        try:
            code = self.run(**options)
        except Refused as refusal:
            self.stderr.write(str(refusal))
            sys.exit(REFUSED)
        if code:
            sys.exit(code)

    @abstractmethod
    def run(self, **options: Any) -> int | None:
        """Do the work and return the exit code."""

    def output(self, result: Mapping[str, Any]) -> None:
        """Print the result: one JSON line, or one `key: value` line per figure."""
        if self.as_json:
            self.stdout.write(json.dumps(result, cls=DjangoJSONEncoder, ensure_ascii=False))
            return
        for key, value in result.items():
            self.stdout.write(f"{key}: {value}")
