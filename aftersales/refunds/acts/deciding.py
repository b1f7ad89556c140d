"""The acts that decide a case, and what the buyer does about it."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from aftersales.refunds import services
from aftersales.refunds.acts.base import CaseAct, CaseCall, Row, Situation, Values, refusal, said, status_row
from aftersales.refunds.models import Refund
from aftersales.refunds.statuses import MONEY_KINDS, Act
from backoffice.common.access import Right
from backoffice.common.display import money_text
from backoffice.common.models import Attachment, Store, User
from backoffice.common.services.attachments import AttachmentError, add_attachment

_WORK = frozenset({Right.WORK_REFUNDS})
_APPROVE = frozenset({Right.APPROVE_REFUNDS})


def keep_pictures(call: CaseCall, uploads: Any) -> list[Attachment]:
    """Keep uploaded pictures, sealed; a file that is none is refused as any bad field."""
    try:
        return [_keep(call.store, upload, call) for upload in uploads if upload is not None]
    except AttachmentError as error:
        raise services.RefundError(str(error), "field") from error


def _keep(store: Store, upload: Any, call: CaseCall) -> Attachment:
    actor: User = call.actor
    return add_attachment(store=store, upload=upload, actor=actor, at=call.at)


# Agreeing


def waiting_problem(situation: Situation) -> str:
    """Say that a proposed amount waits; nothing else is to be agreed meanwhile."""
    refund = situation.refund
    if refund.proposed is None:
        return ""
    values = {"who": refund.proposed_by, "amount": money_text(refund.proposed)}
    return _("%(who)s proposed %(amount)s: it waits for a second person.") % values


def _agree_problem(situation: Situation) -> str:
    refund = situation.refund
    return refusal(lambda: services.check_shop_decides(refund, Act.AGREE)) or waiting_problem(situation)


def why_second_person(refund: Refund) -> str:
    """Say why the proposed money of a case waits, with the figures."""
    money, at = refund.proposed or refund.amount, refund.proposed_at or refund.updated_at
    return services.limit_sentence(refund, money, services.policy_of(refund.store), at=at)


def _agree(call: CaseCall, values: Values) -> Refund:
    return services.agree_case(**call.arguments(), **values)


def _agreed(refund: Refund) -> str:
    if refund.proposed is not None:
        text = _("%(amount)s for case %(number)s waits for a second person now.")
        return f"{text % {'amount': money_text(refund.proposed), 'number': refund.number}} {why_second_person(refund)}"
    return _("Case %(number)s was agreed to.") % {"number": refund.number}


def _money_rows(refund: Refund, values: Values) -> list[Row]:
    rows = [Row(_("State"), refund.get_status_display(), str(Act.AGREE.label))]
    if refund.kind in MONEY_KINDS:
        amount = values.get("amount")
        rows.append(Row(_("Amount"), money_text(refund.amount), money_text(amount or refund.amount)))
    return rows


# Refusing


def _refuse_problem(situation: Situation) -> str:
    refund = situation.refund
    return refusal(lambda: services.check_refusable(refund))


def _refuse(call: CaseCall, values: Values) -> Refund:
    proofs = keep_pictures(call, [values["proof"]])
    return services.refuse_case(
        **call.arguments(), reason=values["reason"], text=values["text"], proof=proofs[0] if proofs else None
    )


# The second person


def _approve_problem(situation: Situation) -> str:
    refund = situation.refund
    if refund.proposed is None:
        return _("Nothing waits for a second person.")
    if refund.proposed_by_id == situation.actor.pk:
        return _("You proposed it yourself: a second person must approve it.")
    return ""


def _decline_problem(situation: Situation) -> str:
    return "" if situation.refund.proposed is not None else _("Nothing waits for a second person.")


def _proposal_rows(refund: Refund, values: Values) -> list[Row]:
    theirs = money_text(refund.proposed) if refund.proposed is not None else _("nothing waits")
    return [Row(_("Proposed"), theirs, str(values.get("reason") or _("approve")))]


# What the buyer does


def _by_table(move: Act) -> Any:
    return lambda situation: refusal(lambda: services.check_act(situation.refund, move))


def _turn(call: CaseCall, values: Values) -> Refund:
    return services.turn_to_refund(**call.arguments(), amount=values["amount"])


DECIDING = (
    CaseAct(
        key="agree", label=Act.AGREE.label, icon="check", rights=_WORK, move=Act.AGREE, problem=_agree_problem,
        run=_agree, done=_agreed, rows=_money_rows, shortcut="a", is_told=True,
    ),
    CaseAct(
        key="refuse", label=Act.REFUSE.label, icon="x", rights=_WORK, move=Act.REFUSE, problem=_refuse_problem,
        run=_refuse, done=said(gettext_lazy("Case %(number)s was refused; the buyer's answer is awaited.")),
        rows=status_row(Act.REFUSE.label), shortcut="r", is_told=True,
    ),
    CaseAct(
        key="approve", label=pgettext_lazy("second person", "Approve"), icon="shield-check", rights=_APPROVE,
        move="", problem=_approve_problem,
        run=lambda call, _values: services.approve_case(**call.arguments()),
        done=said(gettext_lazy("The money of case %(number)s was approved.")), rows=_proposal_rows, shortcut="p",
        tone="primary", is_told=True,
    ),
    CaseAct(
        key="decline", label=pgettext_lazy("second person", "Decline"), icon="arrow-back-up",
        rights=_APPROVE | _WORK, problem=_decline_problem,
        run=lambda call, values: services.decline_approval(**call.arguments(), **values),
        done=said(gettext_lazy("The proposed money of case %(number)s was sent back.")), rows=_proposal_rows,
    ),
    CaseAct(
        key="apply_again", label=Act.APPLY_AGAIN.label, icon="rotate", rights=_WORK, move=Act.APPLY_AGAIN,
        problem=_by_table(Act.APPLY_AGAIN), run=lambda call, _values: services.apply_again(**call.arguments()),
        done=said(gettext_lazy("Case %(number)s is to be decided again.")), rows=status_row(Act.APPLY_AGAIN.label),
    ),
    CaseAct(
        key="confirm", label=Act.CONFIRM.label, icon="circle-check", rights=_WORK, move=Act.CONFIRM,
        problem=_by_table(Act.CONFIRM), run=lambda call, _values: services.confirm_case(**call.arguments()),
        done=said(gettext_lazy("Case %(number)s has succeeded.")), rows=status_row(Act.CONFIRM.label),
    ),
    CaseAct(
        key="turn_to_refund", label=Act.TURN_TO_REFUND.label, icon="receipt-refund", rights=_WORK,
        move=Act.TURN_TO_REFUND, problem=_by_table(Act.TURN_TO_REFUND), run=_turn,
        done=said(gettext_lazy("Case %(number)s is about money now.")), rows=status_row(Act.TURN_TO_REFUND.label),
    ),
    CaseAct(
        key="withdraw", label=Act.WITHDRAW.label, icon="arrow-back-up", rights=_WORK, move=Act.WITHDRAW,
        problem=_by_table(Act.WITHDRAW),
        run=lambda call, values: services.withdraw_case(**call.arguments(), **values),
        done=said(gettext_lazy("Case %(number)s was closed.")), rows=status_row(Act.WITHDRAW.label), tone="danger",
    ),
)  # fmt: skip
