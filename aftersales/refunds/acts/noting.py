"""The acts that move nothing: talking, remarks, who handles the case, who pays the freight."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from aftersales.refunds import services
from aftersales.refunds.acts.base import CaseAct, CaseCall, Row, Situation, Values, said
from aftersales.refunds.acts.deciding import keep_pictures
from aftersales.refunds.models import Refund
from aftersales.refunds.statuses import FreightPayer
from backoffice.common.access import Right

_WORK = frozenset({Right.WORK_REFUNDS})
_BOTH = frozenset({Right.WORK_REFUNDS, Right.RECEIVE_RETURNS})


def _say(call: CaseCall, values: Values) -> Refund:
    pictures = keep_pictures(call, values["pictures"])
    return services.say(**call.arguments(), text=values["text"], role=values["role"], attachments=pictures)


def _owner_rows(refund: Refund, values: Values) -> list[Row]:
    return [Row(_("Handled by"), str(refund.owner or _("nobody")), str(values.get("owner") or _("you, or nobody")))]


def _take_problem(situation: Situation) -> str:
    is_mine = situation.refund.owner_id == situation.actor.pk
    return _("The case is yours already.") if is_mine else _over(situation)


def _over(situation: Situation) -> str:
    return "" if situation.refund.is_open else _("The case is over.")


NOTING = (
    CaseAct(
        key="say", label=gettext_lazy("Write a message"), icon="message", rights=_WORK, run=_say,
        done=said(gettext_lazy("The message stands in case %(number)s.")), shortcut="t", is_told=True,
    ),
    CaseAct(
        key="take", label=pgettext_lazy("a case", "Take"), icon="user-check", rights=_BOTH, problem=_take_problem,
        run=lambda call, _values: services.assign_case(**call.arguments(), owner=call.actor),
        done=said(gettext_lazy("Case %(number)s is yours.")), rows=_owner_rows, needs_form=False, shortcut="c",
    ),
    CaseAct(
        key="assign", label=pgettext_lazy("a case", "Give to somebody"), icon="users", rights=_BOTH, problem=_over,
        run=lambda call, values: services.assign_case(**call.arguments(), **values),
        done=lambda refund: (
            _("%(who)s has case %(number)s now.") % {"who": refund.owner, "number": refund.number}
            if refund.owner else _("Case %(number)s is nobody's now.") % {"number": refund.number}
        ), rows=_owner_rows,
    ),
    CaseAct(
        key="remark", label=gettext_lazy("Remark"), icon="note", rights=_BOTH,
        run=lambda call, values: services.note_case(**call.arguments(), **values),
        done=said(gettext_lazy("The remark of case %(number)s was saved.")),
        rows=lambda refund, values: [Row(_("Remark"), refund.remark or _("none"), values["remark"] or _("none"))],
        shortcut="m",
    ),
    CaseAct(
        key="freight", label=gettext_lazy("Who pays the return"), icon="truck", rights=_WORK,
        run=lambda call, values: services.set_freight_payer(**call.arguments(), **values),
        done=said(gettext_lazy("Who pays the return freight of case %(number)s was saved.")),
        rows=lambda refund, values: [
            Row(_("Return freight"), refund.get_freight_payer_display(),
                str(FreightPayer(values["freight_payer"]).label))
        ],
    ),
)  # fmt: skip
