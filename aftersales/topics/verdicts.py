"""What a person said of a mention, and the buttons to say it; they stand in a form that posts to `topics:decide`."""

from functools import lru_cache

from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from aftersales.topics.statuses import Verdict
from backoffice.common.quick_html import escaped
from backoffice.common.templatetags.ui import icon

_SAID = '<span class="{}" title="{{}}">{}{}</span>'
_BUTTON = '<button type="submit" class="btn btn-sm" name="{}" value="{{}}" data-action="{}">{}{}</button>'


@lru_cache(maxsize=8)
def _parts_of(_language: str | None) -> dict[str, str]:
    """Return the patterns of a language, which is in force."""
    check, cross, small = icon("check"), icon("x"), "icon-sm"
    right, wrong = (
        _BUTTON.format(name, act, mark, escaped(text))
        for name, act, mark, text in (
            ("confirmed", "confirm", check, pgettext("topics", "Right")),
            ("rejected", "reject", cross, pgettext("topics", "Wrong")),
        )
    )
    return {
        Verdict.CONFIRMED: _SAID.format("text-good", icon("check", small), escaped(pgettext("topics", "confirmed"))),
        Verdict.REJECTED: _SAID.format("text-bad", icon("x", small), escaped(pgettext("topics", "rejected"))),
        "undo": " " + _BUTTON.format("undecided", "undecide", "", escaped(_("Undo"))),
        "decide": f'<span class="acts">{right}{wrong}</span>',
        "by rule": f'<span class="muted">{escaped(pgettext("topics", "by rule"))}</span>',
    }


def verdict_html(pk: int, verdict: str, decided_by: str | None, *, may_decide: bool) -> str:
    """Write what was said of a mention, by whom in `title`, with the buttons for those who may say it."""
    parts = _parts_of(get_language())
    if not verdict:
        return parts["decide"].format(pk, pk) if may_decide else parts["by rule"]
    said = parts[verdict].format(escaped(decided_by or ""))
    return said + parts["undo"].format(pk) if may_decide else said
