from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Func
from django.db.models.expressions import Combinable


def pieces_of(text: Combinable) -> Func:
    """Return the two-character pieces of a text, which an index finds: see migration 0002 of orders.core."""
    return Func(text, function="orders_grams", output_field=ArrayField(models.TextField()))
