"""Whether a word is refused where it stands: 不用发票, 礼盒就不要了; but not 别忘了发票, 能不能开发票."""

import re

from orders.notes.recognition.text import STOP, clause_after, clause_before

_NOT = r"(?:不要|不用|不需要?|无需|无须|[请]?勿|别|不必|不想要?|不|免|莫|拒绝|没必要|取消|甭|用不着|没要)"
_FILLER = (
    r"再|给我|给|帮我|帮|放|送|开具?|发|带|附|加|配|用|弄|装|任何|什么|那个|这个|包|寄|做|走|搞|选|写|"
    r"电子|纸质|个|的|赠|小|"
    r"塞|套|要|买|多|额外|另外|其他|啥|搭|刻|绣|印"
)
_LIST = rf"[^{STOP} 要用]{{1,5}}?(?:和|跟|及|或者?|、|/)"
_BEFORE = re.compile(rf"(?<![要能可是送开会])(?:{_NOT})(?:{_FILLER})*(?:{_LIST})*(?:{_FILLER})*$")
_ENGLISH = re.compile(r"(?:\bno|n'?t|\bnot|without|never)\s+(?:\w+\s){0,2}$", re.IGNORECASE)
_AFTER = re.compile(
    r"(?:[盒纸袋品卡]|我们?|的|类|就|都|也|啥的|什么的|包装|之类的?|这些)*(?:(?:可以|请)?(?:不要|不用|"
    r"不需要|不必|无需|不开|不刻|免|别[放送给发装寄带开刻包](?=了|里|进|$|\s))|算了|取消)"
    r"(?:了|的|哈|啊|啦|开|给|送|刻|带|吧|写|发|寄|放了|里|进|\s|$|谢)"
)


def is_refused(text: str, start: int, end: int) -> bool:
    """Return whether the words around a place in its clause turn it down."""
    before = clause_before(text, start)
    return bool(_BEFORE.search(before) or _ENGLISH.search(before) or _AFTER.match(clause_after(text, end)))


def unrefused(pattern: re.Pattern[str], text: str) -> list[re.Match[str]]:
    return [found for found in pattern.finditer(text) if not is_refused(text, found.start(), found.end())]
