"""What the platform's refusals mean for us, and the sentence for staff."""

import re
from enum import Enum

from django.utils.translation import gettext as _


class Meaning(Enum):
    """What to do after a refusal."""

    LATER = "later"  # the same request may succeed
    LIMITED = "limited"  # nothing will succeed before the ban is over
    DONE = "done"  # it says that this was done already: compare
    REFUSED = "refused"  # somebody has to look
    LOCKED_OUT = "locked_out"  # the connection itself is refused


class PlatformError(Exception):
    """Talking to the platform failed; `sentence` says why, fit for staff."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class Unanswered(PlatformError):
    """No answer came that can be understood: whether the request was carried out is not known."""


class Refusal(PlatformError):
    """The platform answered with an error."""

    def __init__(self, code: int, sub_code: str = "", text: str = "") -> None:
        self.code, self.sub_code, self.text = code, sub_code, text
        super().__init__(refusal_sentence(code, sub_code, text))

    @property
    def meaning(self) -> Meaning:
        return meaning_of(self.code, self.sub_code)

    @property
    def ban_seconds(self) -> int:
        """How long the rate limit lasts; the platform says it in words."""
        found = _BAN.search(self.text)
        return min(int(found[1]), _LONGEST_BAN) if found else _BAN_UNSAID

    @property
    def short_code(self) -> str:
        return (self.sub_code or str(self.code))[:80]


_BAN = re.compile(r"last for (\d+)")
_BAN_UNSAID, _LONGEST_BAN = 60, 24 * 3600
_LIMIT = 7
_LATER_CODES = frozenset({10, 15, 30, 31})
_LOCKED_OUT_CODES = frozenset({11, 12, 13, 24, 25, 26, 27, 28, 29})
_SESSION_CODES, _KEY_CODES, _SIGN_CODES = (26, 27), (28, 29), (24, 25)
_SHIP_CODE = re.compile(r"^isv\.logistics-(?:offline|online)-service-error:([A-Z]+\d*)")
_DONE, _SHIP_LATER = frozenset({"B04", "B27"}), frozenset({"B150", "S01"})
_FAKE = re.compile(r"F\d{0,2}")


def ship_code(sub_code: str) -> str:
    """Return B04 of `isv.logistics-offline-service-error:B04`."""
    found = _SHIP_CODE.match(sub_code)
    return found[1] if found else ""


def meaning_of(code: int, sub_code: str) -> Meaning:
    """Sort a refusal: the detailed code decides where there is one."""
    if code == _LIMIT:
        return Meaning.LIMITED
    ship = ship_code(sub_code)
    if ship:
        return Meaning.DONE if ship in _DONE else Meaning.LATER if ship in _SHIP_LATER else Meaning.REFUSED
    if sub_code.startswith("isv.") and code not in _LOCKED_OUT_CODES:
        return Meaning.REFUSED
    if code in _LOCKED_OUT_CODES:
        return Meaning.LOCKED_OUT
    return Meaning.LATER if sub_code.startswith("isp.") or code in _LATER_CODES else Meaning.REFUSED


def refusal_sentence(code: int, sub_code: str, text: str) -> str:
    ship = ship_code(sub_code)
    sentence = _ship_sentence(ship) if ship else _code_sentence(code)
    return sentence or _("The platform refused: %(text)s (%(code)s).") % {
        "text": text[:160] or _("no reason given"), "code": sub_code or code,
    }  # fmt: skip


def _ship_sentence(ship: str) -> str:
    if _FAKE.fullmatch(ship):
        return _("The platform judges the tracking number fake (%(code)s): check the number with the courier.") % {
            "code": ship
        }
    sentences = {
        "B01": _("The platform does not know this order."),
        "P02": _("The platform does not know this order."),
        "B04": _("The platform has this order as shipped or closed already."),
        "B27": _("The platform has a shipping order for this already."),
        "B02": _("The order's state on the platform does not allow shipping."),
        "B55": _("The order's state on the platform does not allow shipping."),
        "B56": _("The platform was told no courier."),
        "B57": _("The platform does not take this courier for this shop."),
        "B58": _("The courier's name is too long for the platform."),
        "B59": _("The platform was told no tracking number."),
        "B60": _("The tracking number breaks the courier's rule or was used before."),
        "B98": _("This kind of order ships in another way on the platform: ship it there."),
        "B101": _("The shop's address book on the platform has an entry that is not valid."),
    }
    return sentences.get(ship, "")


def _code_sentence(code: int) -> str:
    if code == _LIMIT:
        return _("The platform limits how often we may ask; it goes on by itself.")
    if code in _SESSION_CODES:
        return _("The platform does not take the session any more: sign in there again and enter the new one.")
    if code in _KEY_CODES:
        return _("The platform does not know the app key.")
    if code in _SIGN_CODES:
        return _("The platform does not take our signature: check secret and sign method.")
    if code in _LOCKED_OUT_CODES:
        return _("The app lacks a permission on the platform for this.")
    return _("The platform is not available right now.") if code in _LATER_CODES else ""
