"""A small invented shop, for tests of what apps add to the demo."""

from collections.abc import Callable
from random import Random
from typing import Any

from django.db import transaction

from backoffice.common.models import Store
from tests.commands import run_command
from tests.factories import NOON

_FEW = ("--orders", "1500", "--seed", "3", "--days", "40", "--until", "2026-06-01T12:00", "--fast")


def open_shop() -> Store:
    run_command("seed_demo", *_FEW)
    return Store.objects.get(code="demo")


def furnished_twice(furnish: Callable[..., int], facts: Callable[[], Any], *, store: Store) -> tuple[Any, Any]:
    """Return what the same dice make of the same shop, twice; the second stays."""
    with transaction.atomic():
        furnish(store=store, at=NOON, rng=Random("1"))
        first = facts()
        transaction.set_rollback(True)
    furnish(store=store, at=NOON, rng=Random("1"))
    return first, facts()
