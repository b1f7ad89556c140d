"""What the acts on one order ask for. Each form is made for a situation and returns the values of its act."""

from orders.desk.act_forms import agreements, moves, notes
from orders.desk.act_forms.base import ActForm, ItemForm
from orders.desk.act_forms.confirming import ConfirmNoteForm
from orders.desk.act_forms.moves import RevealForm
from orders.desk.act_forms.shipping import ShipForm

__all__ = ["FORMS", "ActForm", "ItemForm", "RevealForm", "ShipForm"]

FORMS: dict[str, type[ActForm]] = {
    "flag": moves.FlagForm,
    "remark": moves.RemarkForm,
    "tags": moves.TagsForm,
    "accept": moves.AcceptForm,
    "hold": moves.HoldForm,
    "release": moves.ReleaseForm,
    "ship": ShipForm,
    "mark_paid": moves.MarkPaidForm,
    "complete": moves.CompleteForm,
    "close": moves.CloseForm,
    "extend": agreements.ExtendForm,
    "withdraw_extension": agreements.WithdrawExtensionForm,
    "appoint": agreements.AppointForm,
    "change_recipient": agreements.ChangeRecipientForm,
    "agree_spec": agreements.AgreeSpecForm,
    "contact": agreements.ContactForm,
    "answer_contact": agreements.AnswerForm,
    "finish_wish": ItemForm,
    "withdraw_wish": agreements.WithdrawWishForm,
    "withdraw_remark": ItemForm,
    "confirm_note": ConfirmNoteForm,
    "ask_note": notes.AskForm,
    "answer_note": agreements.AnswerForm,
    "sort_note": notes.SortForm,
    "assign_note": notes.AssignForm,
    "hand_over_note": notes.HandOverForm,
    "negotiate_note": notes.NegotiateForm,
    "reopen_note": notes.ReopenNoteForm,
    "attach_note": notes.AttachForm,
    "decline_note": notes.DeclineNoteForm,
    "override_note": notes.OverrideNoteForm,
}
