"""Which courier to use, and which not."""

import re

from orders.notes.recognition.draft import Draft
from orders.notes.recognition.results import CONTRADICTION, Problem
from orders.notes.recognition.text import STOP, clause_after, clause_before
from orders.notes.statuses import NoteType

_NAMES = {
    "顺丰": r"顺[丰风](?!顺水|车|得利)|(?<![A-Za-z])SF(?![A-Za-z])", "中通": "中通(?!道)", "圆通": r"[圆园]通", "韵达": r"韵达|运达快", "申通": "申通",
    "京东": r"京东|(?<![A-Za-z])JD(?![A-Za-z])", "邮政": r"邮政|(?<![A-Za-z])EMS(?![A-Za-z])|邮局", "极兔": "[极吉]兔", "德邦": "德邦",
    "百世": "百世|汇通", "天天": "天天快递",
}  # fmt: skip
_ANY = "|".join(_NAMES.values())
_COURIER = re.compile("|".join(f"(?P<c{at}>{pattern})" for at, pattern in enumerate(_NAMES.values())), re.IGNORECASE)
_BY_GROUP = {f"c{at}": name for at, name in enumerate(_NAMES)}
_PLAIN_WORDS = frozenset({"京东", "邮政", "百世"})  # words of other matters as well
_USES = re.compile(r"(?:发|走|用|寄|选|是|改|换|要|可以|通|递|和|或|或者|、|/|:|^|流|的|认|默|跟|达|兔|丰|优先|最好|别|不|除了|成|拒收)\s*$")
_IS_USED = re.compile(r"\s*(?:快递|物流|配送|快运|包邮|发|寄|不|也|或|到|:|$|和|、|/|除外|吧|可以|的话|哦|谢|都|优先|小包|包裹|行|送|特快|邮)")
_LIST = rf"(?:[^{STOP} ]{{0,4}}(?:{_ANY})(?:快递|快运)?\s*(?:和|跟|及|或者?|、|/|也|还有|,)?\s*(?:不要|别)?(?:发|用|走)?)"
_REFUSED = re.compile(
    rf"(?:(?<![能可要])不要|请?勿|别|不发|不用|不想|不能|不走|不收|不寄|除了|除|拒收|拒绝|不接受|禁止|换掉|(?<!能)不选|不支持|不喜欢|避开|以外的)\s*(?:再|给我|发|用|走|寄|选|邮|的|是|要|通过|安排|快递)*\s*{_LIST}*$",
    re.IGNORECASE,
)
_IS_REFUSED = re.compile(
    r"(?:快递|物流|快运|的)?\s*(?:和[^,;。]{2,6}|、[^,;。]{2,6})?(?:都|就|一律|真的|我们这|这边|这里|我们?|根本)*(?:除外|以外|之外|不要|不行|别发|不发|不到|到不了|收不到|不送|太慢|很慢|慢|不好|不可以|勿发|勿|送不[到了]|没网点|没有网点|不派|不用|丢件|不能|拒收|别|太差)(?!错)"
)
_ONLY = re.compile(r"(?:快递)?(?:其他|其它|别的)?(?:的)?(?:都|一律|全)?(?:不|别|拒)")
_BUT = re.compile(r"除了?\s*$")


def read_courier(draft: Draft) -> None:
    """Note the courier that is wanted and the one that is not."""
    wanted: list[str] = []
    refused: list[str] = []
    for found in _COURIER.finditer(draft.rest):
        name = _BY_GROUP[str(found.lastgroup)]
        before, after = clause_before(draft.rest, found.start()), clause_after(draft.rest, found.end())
        if name in _PLAIN_WORDS and not (_USES.search(before) or _IS_USED.match(after)):
            continue
        names = refused if _is_refused(before, after) else wanted
        if name not in names:
            names.append(name)
    _settle(draft, wanted, refused)


def _is_refused(before: str, after: str) -> bool:
    if _BUT.search(before) and _ONLY.match(after):
        return False
    return bool(_REFUSED.search(before) or _IS_REFUSED.match(after))


def _settle(draft: Draft, wanted: list[str], refused: list[str]) -> None:
    if not wanted and not refused:
        return
    draft.types.add(NoteType.COURIER.value)
    draft.keep("courier", "/".join(wanted))
    draft.keep("courier_not", "/".join(refused))
    both = [name for name in wanted if name in refused]
    if both:
        draft.problems.append(Problem(CONTRADICTION, NoteType.COURIER.value, "courier", both[0]))
