"""A word about a tracking number while it is typed: a warning, never a refusal."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from backoffice.common.access import Right, requires
from backoffice.common.middleware import StoreRequest
from orders.desk.detail import courier_name
from orders.fulfilment.couriers import TrackingError, check_tracking, find_courier, guess_courier, normalise_tracking


@requires(Right.SHIP)
def tracking_check(request: StoreRequest) -> HttpResponse:
    text = request.GET.get("tracking_number", "").strip()[:80]
    courier = request.GET.get("courier", "")[:30]
    words, is_warning = _words(text, courier) if text else ("", False)
    return render(request, "desk/_tracking_check.html", {"words": words, "is_warning": is_warning})


def _words(text: str, code: str) -> tuple[str, bool]:
    try:
        number = normalise_tracking(text)
    except TrackingError as error:
        return str(error), True
    courier = find_courier(code) if code else None
    if courier is not None:
        warning = check_tracking(courier, number)
        return (
            (warning, True)
            if warning
            else (_("Looks like a number of %(courier)s.") % {"courier": courier_name(code)}, False)
        )
    guessed = guess_courier(number)
    if guessed is None:
        return _("The number does not tell the courier. Choose it."), True
    return _("Reads as %(courier)s.") % {"courier": courier_name(guessed.code)}, False
