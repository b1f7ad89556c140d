"""What the acts on a case ask for. Each form is made for a situation and returns the values of its act."""

from aftersales.refunds.forms import deciding, goods, noting
from aftersales.refunds.forms.base import ActForm

__all__ = ["FORMS", "ActForm"]

FORMS: dict[str, type[ActForm]] = {
    "agree": deciding.AgreeForm,
    "refuse": deciding.RefuseForm,
    "approve": deciding.ApproveForm,
    "decline": deciding.ReasonForm,
    "withdraw": deciding.ReasonForm,
    "turn_to_refund": deciding.TurnForm,
    "receive": goods.ReceiveForm,
    "send_out": goods.SendOutForm,
    "send_back": goods.SendBackForm,
    "correct_number": goods.CorrectNumberForm,
    "say": noting.SayForm,
    "assign": noting.AssignForm,
    "remark": noting.RemarkForm,
    "freight": noting.FreightForm,
}
