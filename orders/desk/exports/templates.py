"""Which columns a file has: the built-in templates, and those a store saved."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.common.audit import write_audit
from backoffice.common.models import Store, User
from orders.desk.exports.columns import COLUMN_BY_KEY, EXPORT_COLUMNS, LINE, ORDER, ExportColumn, columns_of
from orders.desk.exports.errors import ExportError
from orders.desk.models import ExportTemplate

DEFAULT = "full"
GRAINS = {ORDER: gettext_lazy("One row per order"), LINE: gettext_lazy("One row per line; order money once per order")}
MAX_TEMPLATES = 50


@dataclass(frozen=True, slots=True)
class Template:
    key: str  # what a request names it by
    label: Any
    grain: str
    columns: tuple[str, ...]
    pk: int | None = None  # None: built in

    @property
    def grain_label(self) -> str:
        return str(GRAINS[self.grain])

    @property
    def export_columns(self) -> list[ExportColumn]:
        """Return its columns; a key that the product no longer has is left out."""
        known = {column.key for column in columns_of(self.grain)}
        return [COLUMN_BY_KEY[key] for key in self.columns if key in known]


_PICKING = (
    "number", "ship_by", "line_title", "line_spec", "line_sku_code", "line_quantity", "line_shipped", "note",
    "latest_remark", "flag", "recipient_name", "recipient_phone", "province", "city", "district", "street",
)  # fmt: skip
_FINANCE = (
    "number", "status", "buyer", "placed_at", "paid_at", "completed_at", "payment_method", "total", "postage",
    "coupon_amount", "paid", "refunded", "received", "refund_status",
)  # fmt: skip
_ALL = tuple(column.key for column in EXPORT_COLUMNS if column.key != "products")
BUILT_IN = (
    Template("picking", gettext_lazy("Picking"), LINE, _PICKING),
    Template("finance", gettext_lazy("Finance"), ORDER, _FINANCE),
    Template("full", gettext_lazy("Everything"), LINE, _ALL),
)


def _saved(row: ExportTemplate) -> Template:
    return Template(row.name, row.name, row.grain, tuple(row.columns), row.pk)


def templates_of(store: Store) -> list[Template]:
    return [*BUILT_IN, *map(_saved, ExportTemplate.objects.filter(store=store).order_by("name"))]


def find_template(store: Store, name: str) -> Template:
    """Return the template of this key, label or saved name; the fullest one without a name.

    Raises:
        ExportError: the store has no such template.
    """
    wanted = name or DEFAULT
    found = templates_of(store)
    for template in found:
        if wanted in {template.key, str(template.label)}:
            return template
    names = ", ".join(template.key for template in found)
    raise ExportError(
        _("There is no export template %(name)s. There are: %(names)s.") % {"name": name[:40], "names": names}
    )


@transaction.atomic
def save_template(
    *, store: Store, name: str, grain: str, columns: Sequence[str], actor: User, at: datetime, pk: int | None = None
) -> ExportTemplate:
    """Save a template of the store, over the one of this pk if given.

    Raises:
        ExportError: the name is taken, no column is left, or the store has too many.
        ExportTemplate.DoesNotExist: the store has no template of this pk.
    """
    kept = _check(store, name, grain, columns)
    if pk is None:
        row = ExportTemplate(store=store, created_by=actor, created_at=at)
        if ExportTemplate.objects.filter(store=store).count() >= MAX_TEMPLATES:
            raise ExportError(
                _("A store keeps at most %(count)s templates. Delete one first.") % {"count": MAX_TEMPLATES}
            )
    else:
        row = ExportTemplate.objects.select_for_update().get(store=store, pk=pk)
    row.name, row.grain, row.columns = name, grain, kept
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise ExportError(_("The store already has a template named %(name)s.") % {"name": name}) from error
    write_audit(store=store, actor=actor, action="export_template_saved", at=at, subject=name, data={"columns": kept})
    return row


def _check(store: Store, name: str, grain: str, columns: Iterable[str]) -> list[str]:
    if name.casefold() in {word.casefold() for built in BUILT_IN for word in (built.key, str(built.label))}:
        raise ExportError(_("%(name)s is a built-in template. Choose another name.") % {"name": name})
    allowed = {column.key for column in columns_of(grain)}
    kept = [key for key in dict.fromkeys(columns) if key in allowed]
    if not kept:
        raise ExportError(_("Choose at least one column."))
    return kept


@transaction.atomic
def delete_template(*, store: Store, pk: int, actor: User, at: datetime) -> str:
    """Delete a template of the store and return its name.

    Raises:
        ExportTemplate.DoesNotExist: the store has no such template.
    """
    row = ExportTemplate.objects.get(store=store, pk=pk)
    row.delete()
    write_audit(store=store, actor=actor, action="export_template_deleted", at=at, subject=row.name)
    return row.name
