"""What must not stand in a text that leaves the shop: bank cards, contacts, promises that the platform punishes."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator

from django.utils.translation import gettext as _

from backoffice.common.masking import fold_digits, mask_text, normalise_phone
from backoffice.common.models import Store

FORBIDDEN = (  # longest first where one holds another, so that the refusal names the whole of it
    "好评返现", "好评返红包", "好评返", "好评红包", "好评有奖", "好评有礼", "晒图返现", "晒图返", "五星返现",
    "评价返现", "返现", "返红包", "加微信", "加我微信", "微信联系", "微信号", "加v信", "加vx", "加wx", "加qq", "扫码加",
    "私下交易", "私下转账", "线下交易", "线下转账", "微信转账", "支付宝转账", "直接转账", "刷单", "删差评", "删除差评",
    "删掉差评", "改好评", "修改评价返",
)  # fmt: skip
_GROUPS = re.compile(r"\d+")
_GAP = re.compile(r"[ \t_.·\-—–\u00a0\u2000-\u200f\u2060\ufeff]{0,2}")
_SHORTEST, _LONGEST = 16, 19


class OutgoingError(Exception):
    """A text that must not go out, with a sentence for who wrote it."""

    code = "field"


def check_outgoing(text: str, *, store: Store, is_known: Callable[[str], bool] | None = None) -> None:
    """Refuse a text to buyers that holds a bank card, a contact or a promise that the shop must not make.

    `is_known` tells long numbers that are something else, such as an order's.

    Raises:
        OutgoingError: it does; the sentence names what.
    """
    if problem := outgoing_problem(text, store=store, is_known=is_known):
        raise OutgoingError(problem)


def outgoing_problem(text: str, *, store: Store, is_known: Callable[[str], bool] | None = None) -> str:
    """Say what a text to buyers must not hold; empty: nothing."""
    problem = card_problem(text, is_known=is_known) or contact_problem(text, store=store)
    return problem or promise_problem(text, store=store)


def card_problem(text: str, *, is_known: Callable[[str], bool] | None = None) -> str:
    if card_numbers(text, is_known=is_known):
        return _("The text holds what looks like a bank card number. The shop never asks buyers for money this way.")
    return ""


def contact_problem(text: str, *, store: Store) -> str:
    own = str((store.sender or {}).get("phone", ""))
    rest = text.replace(own, "") if normalise_phone(own) else text
    if mask_text(rest) != rest:
        return _("The text holds a phone number, an identity number or an e-mail address. Only the shop's own phone "
                 "may stand there.")  # fmt: skip
    return ""


def promise_problem(text: str, *, store: Store) -> str:
    found = forbidden_word(text, (*FORBIDDEN, *store.forbidden_words))
    if not found:
        return ""
    return _("The text holds “%(word)s”, which must not be written to buyers. Say it without.") % {"word": found}


def forbidden_word(text: str, words: Iterable[str]) -> str:
    """Return the first of the words that the text holds, however it is spaced, cased or broken up; else nothing."""
    plain = _plain(text)
    return next((word for word in words if (bare := _plain(word)) and bare in plain), "")


def _plain(text: str) -> str:
    """Return letters and digits alone, full-width ones as their ASCII twins, in lower case."""
    return "".join(sign for sign in unicodedata.normalize("NFKC", text).casefold() if sign.isalnum())


# Bank cards


def card_numbers(text: str, *, is_known: Callable[[str], bool] | None = None) -> list[str]:
    """Return the numbers of 16 to 19 digits that pass the check digit of bank cards, spaces left out.

    One long number in ten passes by chance: `is_known` tells those that are something else, such as an order's.
    """
    found = [number for run in _runs(fold_digits(text)) for number in _within(run) if _is_card(number)]
    return [number for number in dict.fromkeys(found) if is_known is None or not is_known(number)]


def _runs(text: str) -> Iterator[list[str]]:
    """Yield groups of digits that stand together, at most two signs apart."""
    run: list[str] = []
    end = 0
    for group in _GROUPS.finditer(text):
        if run and not _GAP.fullmatch(text, end, group.start()):
            yield run
            run = []
        run.append(group[0])
        end = group.end()
    if run:
        yield run


def _within(run: list[str]) -> Iterator[str]:
    """Yield whole neighbouring groups that make a number of a card's length."""
    for first in range(len(run)):
        number = ""
        for group in run[first:]:
            number += group
            if len(number) > _LONGEST:
                break
            if len(number) >= _SHORTEST:
                yield number


def _is_card(number: str) -> bool:
    """Tell by its check digit (Luhn) whether this is the number of a bank card."""
    if len(set(number)) == 1:  # a row of zeros is a divider
        return False
    digits = [int(sign) for sign in number]
    doubled = (digit if place % 2 == 0 else sum(divmod(digit * 2, 10)) for place, digit in enumerate(reversed(digits)))
    return sum(doubled) % 10 == 0
