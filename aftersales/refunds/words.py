"""What events of cases say, in words: the label of each value, and how it is written. See settings.HISTORY_WORDS."""

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext_lazy, pgettext_lazy

from aftersales.refunds.statuses import (
    Act,
    ComplaintKind,
    FreightPayer,
    InspectionOutcome,
    RefundKind,
    RefundState,
    ViolationKind,
)
from backoffice.common.display import listed, money_text


def _labelled(choices: Any) -> Callable[[Any], str]:
    return lambda value: str(dict(choices.choices).get(value, value))


def _pieces(value: Any) -> str:
    if not isinstance(value, Mapping):
        return str(value)
    labels = dict(InspectionOutcome.choices)
    return listed(f"{labels.get(outcome, outcome)} ×{count}" for outcome, count in value.items())


HISTORY: Mapping[str, tuple[Any, Callable[[Any], str]]] = {
    "refund": (pgettext_lazy("after-sales", "Case"), str),
    "act": ("", _labelled(Act)),
    "case_number": (gettext_lazy("Case number"), str),
    "superseded_by": (gettext_lazy("Gives way to case"), str),
    "case_status": (gettext_lazy("State"), _labelled(RefundState)),
    "kind": (gettext_lazy("Kind"), _labelled(RefundKind)),
    "amount": (gettext_lazy("Amount"), money_text),
    "owner": (gettext_lazy("Handled by"), str),
    "proposed": (gettext_lazy("Proposed"), money_text),
    "agreed_before": (gettext_lazy("Agreed in other cases of the order"), money_text),
    "freight_payer": (gettext_lazy("Return freight"), _labelled(FreightPayer)),
    "pieces": (gettext_lazy("Found"), _pieces),
    "complaint": (gettext_lazy("Complaint"), _labelled(ComplaintKind)),
    "violation": (gettext_lazy("Violation"), _labelled(ViolationKind)),
}
