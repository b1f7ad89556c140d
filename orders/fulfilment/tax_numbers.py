"""Tax numbers of companies, checked the way the standards say; nothing here looks anything up.

A company is named by its unified social credit code (统一社会信用代码, GB 32100-2015): 18 characters, the last of them
computed from the others. Older forms of 15, 17 and 20 characters are still in use by some and carry no check character.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext as _

CODE_LENGTH, LONGEST = 18, 20
_SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # no I, O, S, V, Z # pragma: allowlist secret
_MODULUS, _BASE = 31, 3
_SHAPE = re.compile(r"[1-9AN-Y][1-9A-HJ-NP-RTUWXY]\d{6}[0-9A-HJ-NP-RTUWXY]{10}", re.ASCII)
_LEGACY = re.compile(r"[0-9A-Z]{15}|[0-9A-Z]{17}|[0-9A-Z]{20}", re.ASCII)
_IDENTITY = re.compile(r"[1-9]\d{5}(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dX]", re.ASCII)
_IDENTITY_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_IDENTITY_SIGNS = "10X98765432"
_JOINS = re.compile(r"[\s\-_.·:：]+")
_WIDE = {ord("０") + digit: ord("0") + digit for digit in range(10)}
_WIDE |= {ord("Ａ") + letter: ord("A") + letter for letter in range(26)}
_WIDE |= {ord("ａ") + letter: ord("A") + letter for letter in range(26)}


class TaxProblem(StrEnum):
    """What is wrong with a number; LEGACY is only a warning."""

    NONE = ""
    LEGACY = "legacy"
    MISSING = "missing"
    LENGTH = "length"
    SIGNS = "signs"
    CHECK = "check"
    IDENTITY = "identity"


@dataclass(frozen=True, slots=True)
class TaxNumber:
    """A number as it is kept, and what is wrong with it."""

    number: str
    problem: TaxProblem

    @property
    def is_usable(self) -> bool:
        return self.problem in {TaxProblem.NONE, TaxProblem.LEGACY}

    @property
    def sentence(self) -> str:
        """Say what is wrong, for staff; empty when nothing is."""
        return _sentence(self.problem, self.number)


def check_tax_number(text: str) -> TaxNumber:
    """Return the number in plain capitals with what is wrong with it. The number of a person's identity is dropped."""
    number = _JOINS.sub("", text.translate(_WIDE)).upper()
    if not number:
        return TaxNumber("", TaxProblem.MISSING)
    if is_identity(number[:CODE_LENGTH]):
        return TaxNumber("", TaxProblem.IDENTITY)
    return TaxNumber(number[:LONGEST], _problem(number))


def _problem(number: str) -> TaxProblem:
    if len(number) != CODE_LENGTH:
        return TaxProblem.LEGACY if _LEGACY.fullmatch(number) else TaxProblem.LENGTH
    if not _SHAPE.fullmatch(number):
        return TaxProblem.SIGNS
    return TaxProblem.NONE if check_character(number) == number[-1] else TaxProblem.CHECK


def check_character(code: str) -> str:
    """Return the last character that the first 17 of a unified social credit code call for."""
    total = sum(_SIGNS.index(sign) * pow(_BASE, place, _MODULUS) for place, sign in enumerate(code[: CODE_LENGTH - 1]))
    return _SIGNS[-total % _MODULUS]


def is_identity(number: str) -> bool:
    """Tell whether this is the identity number of a person (GB 11643-1999): 18 characters around a date."""
    if not _IDENTITY.fullmatch(number):
        return False
    total = sum(int(sign) * weight for sign, weight in zip(number, _IDENTITY_WEIGHTS, strict=False))
    return _IDENTITY_SIGNS[total % len(_IDENTITY_SIGNS)] == number[-1]


def _sentence(problem: TaxProblem, number: str) -> str:
    sentences = {
        TaxProblem.LEGACY: _("%(number)s is a tax number of the old form, which nothing can check: read it again."),
        TaxProblem.MISSING: _("The tax number is missing: a company needs one."),
        TaxProblem.LENGTH: _("A tax number has 18 characters, this one has %(count)s."),
        TaxProblem.SIGNS: _("%(number)s is no tax number: a sign stands where none of its kind may."),
        TaxProblem.CHECK: _("The check character of %(number)s is wrong: one of its signs was probably mistyped."),
        TaxProblem.IDENTITY: _("This is a person's identity number, which is not kept here."),
    }
    return sentences[problem] % {"number": number, "count": len(number)} if problem else ""
