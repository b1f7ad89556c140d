"""Tax numbers: the check character of the standard, on numbers that were computed for this test and name nobody."""

import pytest

from orders.fulfilment.tax_numbers import TaxProblem, check_character, check_tax_number, is_identity

STEM = "91350100M0001XXXX"  # invented: no such company
GOOD = f"{STEM}{check_character(STEM)}"


def by_hand(stem):
    signs = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # pragma: allowlist secret
    weights = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
    rest = sum(signs.index(sign) * weight for sign, weight in zip(stem, weights, strict=True)) % 31
    return signs[(31 - rest) % 31]


@pytest.mark.parametrize("stem", [STEM, "91110000MA00000AB", "52440300500000000", "92330106MA2XYTWUR"])
def test_check_character_follows_the_weights_of_the_standard(stem):
    assert check_character(stem) == by_hand(stem)


def test_number_with_its_check_character_is_in_order():
    found = check_tax_number(GOOD)

    assert (found.number, found.problem, found.is_usable, found.sentence) == (GOOD, "", True, "")


@pytest.mark.parametrize(
    "written", [GOOD.lower(), f" {GOOD[:6]} {GOOD[6:]} ", GOOD.translate({ord("9"): "９", ord("M"): "Ｍ"})]
)
def test_number_is_kept_in_plain_capitals(written):
    assert check_tax_number(written).number == GOOD


@pytest.mark.parametrize("place", range(17))
def test_one_mistyped_sign_is_found(place):
    wrong = "2" if GOOD[place] != "2" else "3"
    if place in {0, 1}:
        wrong = "5" if GOOD[place] != "5" else "9"

    found = check_tax_number(f"{GOOD[:place]}{wrong}{GOOD[place + 1 :]}")

    assert (found.problem, found.is_usable) == (TaxProblem.CHECK, False)


def test_two_signs_that_changed_places_are_found():
    swapped = f"{GOOD[:4]}{GOOD[5]}{GOOD[4]}{GOOD[6:]}"

    assert check_tax_number(swapped).problem == TaxProblem.CHECK


@pytest.mark.parametrize("sign", "IOSVZ")
def test_letters_that_the_standard_leaves_out_are_no_part(sign):
    assert check_tax_number(f"{GOOD[:9]}{sign}{GOOD[10:]}").problem == TaxProblem.SIGNS


@pytest.mark.parametrize("number", ["350100000000123", "35010000000012345", "35010000000012345678"])
def test_old_forms_are_taken_with_a_warning(number):
    found = check_tax_number(number)

    assert (found.number, found.problem, found.is_usable) == (number, TaxProblem.LEGACY, True)
    assert found.sentence.startswith(f"{number} is a tax number of the old form")


@pytest.mark.parametrize(
    ("text", "problem"), [("", "missing"), ("  ", "missing"), ("12345", "length"), ("1" * 40, "length")]
)
def test_number_of_no_known_form_is_to_be_asked_for(text, problem):
    found = check_tax_number(text)

    assert (found.problem, found.is_usable) == (problem, False)
    assert len(found.number) <= 20


def test_identity_number_of_a_person_is_not_kept():
    identity = next(f"11010119900101001{sign}" for sign in "0123456789X" if is_identity(f"11010119900101001{sign}"))

    assert check_tax_number(identity) == check_tax_number(f"{identity}00")
    assert (check_tax_number(identity).number, check_tax_number(identity).problem) == ("", "identity")
