"""Finding by a part of a text: the two-character pieces that an index has, as Chinese needs them."""

from django.contrib.postgres.fields import ArrayField
from django.db.models import BooleanField, Func, TextField
from django.db.models.expressions import Combinable

PIECE = 2  # characters; an index has all pieces of a text


def pieces_of(text: Combinable) -> Func:
    """Return the two-character pieces of a text, which an index finds: see migration 0002 of orders.core."""
    return Func(text, function="orders_grams", output_field=ArrayField(TextField()))


class Holds(Func):
    """Whether an array has all items of another, as a GIN index tells."""

    template = "%(expressions)s"
    arg_joiner = " @> "
    output_field = BooleanField()


class IsAny(Func):
    """Whether a value is among those of an array, or of a subquery that is read once: a join is planned for fewer."""

    template = "%(expressions)s)"
    arg_joiner = " = ANY("
    output_field = BooleanField()


def has_case(text: str) -> bool:
    """Tell whether a text has letters of two cases, as Chinese has not."""
    return text.lower() != text.upper()
