import sys
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import CommandParser
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from backoffice.common import services
from backoffice.common.management.base import JsonCommand, Refused
from backoffice.common.models import Store


class Command(JsonCommand):
    help = (
        "Give a person roles in a store; prints a one-time path to set a password, or reads one with --password-stdin."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--user", required=True)
        parser.add_argument("--store", required=True)
        parser.add_argument("--roles", required=True, help="comma separated: agent,warehouse,finance,manager,ops,admin")
        parser.add_argument("--name", default="")
        parser.add_argument("--password-stdin", action="store_true", help="read the password from standard input")

    @transaction.atomic
    def run(self, **options: Any) -> None:
        store = Store.objects.filter(code=options["store"]).first()
        if store is None:
            raise Refused(f"There is no store {options['store']}.")
        roles = [role.strip() for role in options["roles"].split(",") if role.strip()]
        try:
            member = services.invite_member(
                store=store,
                username=options["user"],
                display_name=options["name"],
                roles=roles,
                actor=None,
                at=timezone.now(),
            )
        except services.PeopleError as error:
            raise Refused(str(error)) from error
        result = {"user": member.user.username, "store": store.code, "roles": member.roles, "password_path": ""}
        if options["password_stdin"]:
            _set_password(member.user, sys.stdin.readline().rstrip("\n"))
        elif not member.user.has_usable_password():
            result["password_path"] = reverse("common:set-password", args=services.password_link_token(member.user))
        self.output(result)


def _set_password(user: Any, password: str) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Refused(" ".join(error.messages)) from error
    user.set_password(password)
    user.save(update_fields=["password"])
