from typing import Any

from django.core.management.base import CommandParser
from django.core.validators import slug_re
from django.utils import timezone

from backoffice.common import services
from backoffice.common.management.base import JsonCommand, Refused
from backoffice.common.models.stores import Platform


class Command(JsonCommand):
    help = "Create a store."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--code", required=True)
        parser.add_argument("--name", default="")
        parser.add_argument("--platform", choices=Platform.values, default=Platform.TMALL)

    def run(self, **options: Any) -> None:
        code = options["code"]
        if not slug_re.fullmatch(code):
            raise Refused(f"{code!r} is no code: use letters, digits, “-” and “_”.")
        try:
            store = services.create_store(
                code=code, name=options["name"] or code, platform=options["platform"], actor=None, at=timezone.now()
            )
        except services.PeopleError as error:
            raise Refused(str(error)) from error
        self.output({"store": store.code, "name": store.name})
