"""The acts on goods: what the buyer sent back, taking it in, what goes out to the buyer."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from aftersales.refunds import services
from aftersales.refunds.acts.base import CaseAct, CaseCall, Row, Situation, Values, refusal, said, status_row
from aftersales.refunds.acts.deciding import waiting_problem, why_second_person
from aftersales.refunds.models import Refund
from aftersales.refunds.services import goods
from aftersales.refunds.statuses import Act, RefundState
from backoffice.common.access import Right
from backoffice.common.display import money_text

_WORK = frozenset({Right.WORK_REFUNDS})
_FLOOR = frozenset({Right.RECEIVE_RETURNS, Right.WORK_REFUNDS})


def _receive_problem(situation: Situation) -> str:
    refund = situation.refund
    return refusal(lambda: services.check_shop_decides(refund, Act.RECEIVE)) or waiting_problem(situation)


def _received(refund: Refund) -> str:
    if refund.proposed is not None:
        text = _("%(amount)s for case %(number)s waits for a second person now.")
        return f"{text % {'amount': money_text(refund.proposed), 'number': refund.number}} {why_second_person(refund)}"
    return _("The goods of case %(number)s are received.") % {"number": refund.number}


def _parcel_rows(refund: Refund, values: Values) -> list[Row]:
    theirs = ", ".join(refund.parcels.order_by("pk").values_list("tracking_number", flat=True)) or _("none")
    return [
        Row(_("State"), refund.get_status_display(), ""),
        Row(_("Parcel"), theirs, f"{values['courier']} {values['tracking_number']}".strip()),
    ]


def _send_back(call: CaseCall, values: Values) -> Refund:
    return goods.send_back(**call.arguments(), **values)


def _number_problem(situation: Situation) -> str:
    refund = situation.refund
    if refund.status == RefundState.AWAITING_RECEIPT and refund.inspected_at is None:
        return ""
    text = _("Case %(number)s has no return parcel on its way: there is no number to correct.")
    return text % {"number": refund.number}


def _correct_number(call: CaseCall, values: Values) -> Refund:
    return goods.correct_return_number(**call.arguments(), **values)


def _send_out(call: CaseCall, values: Values) -> Refund:
    return goods.send_out(**call.arguments(), **values)


def _receive(call: CaseCall, values: Values) -> Refund:
    return goods.receive_case(**call.arguments(), **values)


GOODS = (
    CaseAct(
        key="receive", label=Act.RECEIVE.label, icon="package", rights=_FLOOR, move=Act.RECEIVE,
        problem=_receive_problem, run=_receive, done=_received, rows=status_row(Act.RECEIVE.label), shortcut="v",
        is_told=True, money_rights=_WORK,  # taking goods in is the floor's; where money goes by it, it is a decision
    ),
    CaseAct(
        key="send_out", label=Act.SEND_OUT.label, icon="truck-delivery",
        rights=frozenset({Right.RECEIVE_RETURNS, Right.SHIP}), move=Act.SEND_OUT,
        problem=lambda situation: refusal(lambda: services.check_act(situation.refund, Act.SEND_OUT)),
        run=_send_out, done=said(gettext_lazy("The parcel of case %(number)s is on its way.")), rows=_parcel_rows,
        shortcut="s", is_told=True,
    ),
    CaseAct(
        key="send_back", label=Act.SEND_BACK.label, icon="truck", rights=_FLOOR, move=Act.SEND_BACK,
        problem=lambda situation: refusal(lambda: services.check_act(situation.refund, Act.SEND_BACK)),
        run=_send_back, done=said(gettext_lazy("The return parcel of case %(number)s is known.")), rows=_parcel_rows,
        shortcut="s",
    ),
    CaseAct(
        key="correct_number", label=gettext_lazy("Correct the number"), icon="pencil", rights=_FLOOR,
        problem=_number_problem, run=_correct_number,
        done=said(gettext_lazy("The return parcel of case %(number)s has its right number.")), rows=_parcel_rows,
    ),
)  # fmt: skip
