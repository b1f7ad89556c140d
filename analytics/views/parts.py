"""What the pages of figures share: the periods one click away, and the way to the other pages."""

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from analytics.forms import PRESETS, PeriodForm
from analytics.queries import Period
from backoffice.common.ui import Tab


def preset_tabs(form: PeriodForm, period: Period) -> list[Tab]:
    return [
        Tab(
            key=str(days), url=f"?days={days}", is_active=not form.is_custom and period.day_count == days,
            label=ngettext("%(days)s day", "%(days)s days", days) % {"days": days},
        )
        for days in PRESETS
    ]  # fmt: skip


def page_tabs(current: str) -> list[Tab]:
    """Return the pages of figures; `current` is the URL name of the one that is open."""
    pages = (
        ("analytics:sales", _("Sales")), ("analytics:products", _("Products")), ("analytics:topics", _("Topics")),
        ("analytics:refunds", _("After-sales")),
    )  # fmt: skip
    return [
        Tab(key=name.partition(":")[2], label=label, url=reverse(name), is_active=name == current)
        for name, label in pages
    ]
