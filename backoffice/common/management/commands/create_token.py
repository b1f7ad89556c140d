from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from backoffice.common import services
from backoffice.common.management.base import JsonCommand, Refused
from backoffice.common.models import Store, User


class Command(JsonCommand):
    help = "Make a key of the REST API; it is shown this once."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--user", required=True)
        parser.add_argument("--store", required=True)
        parser.add_argument("--scopes", required=True, help="comma separated, such as orders:read,orders:write")
        parser.add_argument("--days", type=int, default=90)
        parser.add_argument("--name", default="")

    def run(self, **options: Any) -> None:
        owner = User.objects.filter(username=options["user"], is_active=True).first()
        store = Store.objects.filter(code=options["store"]).first()
        if owner is None or store is None:
            raise Refused(f"There is no user {options['user']} or no store {options['store']}.")
        if options["days"] < 1:
            raise Refused("--days must be 1 or more.")
        scopes = [scope.strip() for scope in options["scopes"].split(",") if scope.strip()]
        try:
            token, clear_text = services.create_token(
                store=store,
                owner=owner,
                scopes=scopes,
                days=options["days"],
                name=options["name"],
                actor=None,
                at=timezone.now(),
            )
        except services.TokenError as error:
            raise Refused(str(error)) from error
        self.output({"token": clear_text, "prefix": token.prefix, "expires_at": token.expires_at.isoformat()})
