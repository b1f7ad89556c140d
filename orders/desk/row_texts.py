"""The texts of the queue's rows, translated once for each language."""

from functools import lru_cache
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from backoffice.common.display import SCRIPT_TEXTS
from backoffice.common.models import Store
from backoffice.common.quick_html import escaped
from orders.core.statuses import ShipByRule
from orders.desk.queues import PAYMENT_METHODS


def rule_texts(store: Store) -> dict[str, str]:
    """Return the arithmetic behind a deadline, by ShipByRule; `%(paid)s` stands for the pay time."""
    texts: dict[str, str] = {str(value): str(label) for value, label in ShipByRule.choices}
    texts[ShipByRule.PROMISE] = _("Paid %(paid)s + %(hours)s h") % {"paid": "%(paid)s", "hours": store.promise_hours}
    return texts


# Texts of a language, the same for every page: it is in force where they are asked for


@lru_cache(maxsize=64)
def choice_texts(choices: Any, _language: str | None) -> dict[str, str]:
    return {value: str(label) for value, label in choices.choices}


@lru_cache(maxsize=8)
def payment_texts(_language: str | None) -> dict[str, str]:
    return {code: str(label) for code, label in PAYMENT_METHODS.items()}


@lru_cache(maxsize=8)
def escaped_words_of(_language: str | None) -> dict[str, str]:
    """Return what stands in the cells, as HTML; what is put in place of a name must be escaped as well."""
    words = {
        **{key: str(SCRIPT_TEXTS[key]) for key in ("left", "late", "days")},
        "select": _("Select order %(number)s"),
        "new": _("New: nobody has opened it yet"),
        "copy": _("Copy the order number"),
        "unreviewed": _("Not reviewed"),
        "gift": _("Gift"),
        "paid": _("Paid %(time)s"),
        "placed": _("Placed %(time)s"),
        "accept": _("Accept"),
        "claim": pgettext("act", "Claim"),
        "remark": _("Remark"),
        "printed": _("Printed"),
        "claimed": _("%(who)s until %(time)s"),
        "age_hours": _("%(count)s h ago"),
        "age_days": _("%(count)s d ago"),
    }
    return {key: escaped(text) for key, text in words.items()}
