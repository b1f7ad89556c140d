"""The demo shop: two stores, one account per role, and orders that end now, imported through the real importer."""

import tempfile
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from random import Random

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string

from backoffice.common.access import Role
from backoffice.common.models import Membership, Store, User
from orders.intake.demo.files import write_files
from orders.intake.demo.generator import DemoOrder
from orders.intake.services import import_path

STORE, OTHER_STORE = "demo", "other"
_PER_FILE = 10_000
_NAMES: Mapping[str, str] = {
    "agent": "王芳",
    "warehouse": "李强",
    "finance": "陈静",
    "manager": "张敏",
    "ops": "赵磊",
    "admin": "周宁",
    "other": "吴迪",
}


@transaction.atomic
def create_accounts() -> Store:
    """Create the demo stores and accounts where they are missing; return the store `demo`."""
    store = _store(STORE, "示例旗舰店")
    other = _store(OTHER_STORE, "另一家店")
    for role in Role.values:
        _member(role, store, role)
    _member("other", other, Role.AGENT)
    return store


def _store(code: str, name: str) -> Store:
    return Store.objects.get_or_create(code=code, defaults={"name": name})[0]


def _member(username: str, store: Store, role: str) -> None:
    user, is_new = User.objects.get_or_create(username=username, defaults={"display_name": _NAMES[username]})
    if is_new:
        user.set_password(f"{username}-demo-1")
        user.save(update_fields=["password"])
    Membership.objects.get_or_create(user=user, store=store, defaults={"roles": [role]})


def ends_at(until: datetime | None, now: datetime) -> datetime:
    """Return the end of the invented period, to the minute: files are named by it."""
    return (until or now).replace(second=0, microsecond=0)


def import_demo(store: Store, orders: Iterable[DemoOrder], *, seed: int, until: datetime) -> tuple[int, int]:
    """Write the orders as files and import them through the real importer; return how many orders and lines."""
    order_count = line_count = 0
    with tempfile.TemporaryDirectory() as folder:
        for path in write_files(orders, folder=Path(folder), seed=seed, until=until, per_file=_PER_FILE):
            rows = import_path(store=store, path=path, snapshot_at=None, at=until).counts.as_dict()["rows"]
            if "Detail" in path.name:
                line_count += rows
            else:
                order_count += rows
    return order_count, line_count


def furnish_further(store: Store, *, at: datetime, seed: int) -> None:
    """Let the apps above this one furnish their pages, each with dice of its own."""
    for name in settings.DEMO_FURNISHERS:
        import_string(name)(store=store, at=at, rng=Random(f"{seed}/{name}"))
