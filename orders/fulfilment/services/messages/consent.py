"""Whether a buyer agreed to greetings, and where that is written."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.common.audit import write_audit
from backoffice.common.masking import mask_text
from backoffice.common.models import Store, User
from orders.core.models import Buyer
from orders.fulfilment.models import BuyerConsent
from orders.fulfilment.services.messages.templates import MessageError


@transaction.atomic
def set_consent(
    *, store: Store, buyer_id: int, is_given: bool, evidence: str, actor: User | None, at: datetime
) -> BuyerConsent:
    """Write down that a buyer agreed to greetings, or does not want any; giving needs where it is written.

    Raises:
        Buyer.DoesNotExist: the store has no such buyer.
        MessageError: the evidence is missing or too long.
    """
    buyer = Buyer.objects.select_for_update().get(store=store, pk=buyer_id)
    words = mask_text(evidence.strip())
    if len(words) > 200 or (is_given and len(words) < 2):  # noqa: PLR2004
        raise MessageError(_("Say in 2 to 200 characters where the buyer agreed."), "field")
    values = {"is_given": is_given, "evidence": words, "changed_by": actor, "changed_at": at}
    consent, _is_new = BuyerConsent.objects.update_or_create(buyer=buyer, defaults=values)
    data = {"is_given": is_given, "evidence": words}
    write_audit(store=store, actor=actor, action="consent_changed", at=at, subject=buyer.nick, data=data)
    return consent
