"""Which courier to use, and which not."""

import re

from orders.notes.recognition.draft import Draft
from orders.notes.recognition.results import CONTRADICTION, Problem
from orders.notes.recognition.text import clause_after, clause_before
from orders.notes.statuses import NoteType

KIND = NoteType.COURIER.value
_NAMES = {
    "顺丰": r"顺丰(?!顺水|车|得利)|(?<![A-Za-z])SF(?![A-Za-z])",
    "中通": r"中通(?!道)|\bZTO\b",
    "圆通": r"圆通|\bYTO\b",
    "韵达": r"韵达|\bYunda\b",
    "申通": r"申通|\bSTO\b",
    "京东": r"京东|(?<![A-Za-z])JD(?![A-Za-z])",
    "邮政": r"邮政|(?<![A-Za-z])EMS(?![A-Za-z])|邮局",
    "极兔": "极兔",
    "德邦": "德邦",
    "百世": "百世|汇通",
    "天天": "天天快递",
}
_ANY = "|".join(_NAMES.values())
_COURIER = re.compile("|".join(f"(?P<c{at}>{pattern})" for at, pattern in enumerate(_NAMES.values())), re.IGNORECASE)
_BY_GROUP = {f"c{at}": name for at, name in enumerate(_NAMES)}
_PLAIN_WORDS = frozenset({"京东", "邮政", "百世"})  # words of other matters as well
_USES = re.compile(
    r"(?:发|走|用|寄|选|是|改|换|要|可以|通|递|和|或|或者|、|/|:|^|流|认|默|跟|达|兔|丰|优先|最好|别|不|"
    r"除了|成|拒收|整|用的|给|使|就|只有|有|找|邦)\s*$"
)
_IS_USED = re.compile(
    r"\s*(?:快递|物流|配送|快运|包邮|发|寄|不|也|或|到|:|$|和|、|/|除外|吧|可以|的话|哦|谢|都|优先|小包|"
    r"包裹|行|送|特快|邮|最好|慢|快)"
)
_NOT_USED = re.compile(r"上|价|买|卖|也有|更|活动|自营|那边|比|商城|旗舰|超市|才|只要|到家")
_NO_COURIER = re.compile(r"路|街|大道|大厦|小区|花园|广场")
_PAST = re.compile(r"(?:上次|上回|之前|以前|上一?单)[^,;。]{0,7}$")
_AND = r"\s*(?:快递|快运)?\s*(?:和|跟|及|或者?|、|/|也|还有)?\s*(?:发|用|走)?\s*"
_REFUSED = re.compile(
    r"(?:(?<![能可要])不要|请?勿|别|不发|不用|不想|不能|不走|不收|不寄|除了?|拒收|拒绝|不接受|禁止|"
    r"(?<!能)不选|不支持|不喜欢|避开|莫|甭|讨厌|don'?t|\bnot?\b|never)"
    r"\s*(?:再|又|给我|给俺|给|发|用|走|寄|选|邮|的|是|通过|安排|快递|整|搞|弄|拿|放|使|让|找|叫|那个|"
    r"什么|垃圾|破|送|换|我|use|send|ship|via|with|by|\s)*\s*"
    rf"(?:(?:{_ANY}){_AND})*$",
    re.IGNORECASE,
)
_IS_REFUSED = re.compile(
    rf"(?:快递|物流|快运|的)?\s*(?:(?:和|、|跟|/)(?:{_ANY})\s*)*(?:都|就|一律|真的|我们这|我们村|我们|我|"
    rf"这边|这里|俺们?|根本|千万)*"
    rf"(?:除外|以外|之外|不要(?!\s*(?:发|走|用|给我)*(?:{_ANY}))|不行|别发|别|不发|不到|到不了|"
    rf"收不到|不送|太慢|很慢|不好|不可以|勿发|勿|"
    r"送不[到了]|没网点|没有网点|不派|不用|老?丢件|不能|拒收|太差|不靠谱|免)",
    re.IGNORECASE,
)
_ONLY = re.compile(r"(?:快递)?(?:其他|其它|别的)?的?(?:都|一律|全)?(?:不|别|拒)")
_BUT = re.compile(r"除了?\s*$")
_UNNAMED = re.compile(
    r"(?:换|指定|选|最快的?|快一?点的?|好一?点的?|靠谱的?|贵的|稳的|别用|"
    r"用)[^,;。!?\s]{0,4}(?<!找)快递(?![柜站员费单盒袋])"
)
_LATE = re.compile(
    r"(?:不行|没有?|不到|发不了|到不了|用不了)(?:的话)?(?:就|再|也)|或|要么|其他都行|都行|都可以|随便|二选一|还是"
)


def read_courier(draft: Draft) -> None:
    """Note the courier that is wanted and the one that is not."""
    wanted: list[str] = []
    refused: list[str] = []
    for found in _COURIER.finditer(draft.rest):
        name = _BY_GROUP[str(found.lastgroup)]
        before, after = clause_before(draft.rest, found.start()), clause_after(draft.rest, found.end())
        if _NO_COURIER.match(after) or _PAST.search(before):
            continue
        if name in _PLAIN_WORDS and (_NOT_USED.match(after) or not (_USES.search(before) or _IS_USED.match(after))):
            continue
        names = refused if _is_refused(before, after) else wanted
        if name not in names:
            names.append(name)
    if wanted or refused or _UNNAMED.search(draft.rest):
        draft.types.add(KIND)
        _settle(draft, wanted, refused)


def _is_refused(before: str, after: str) -> bool:
    if _BUT.search(before) and _ONLY.match(after):
        return False
    return bool(_REFUSED.search(before)) or bool(_IS_REFUSED.match(after) and not _LATE.match(after))


def _settle(draft: Draft, wanted: list[str], refused: list[str]) -> None:
    """Keep one wanted courier; two of them are a choice of the shop, or a contradiction."""
    wishes = [name for name in wanted if name not in refused] or wanted
    if len(wishes) == 1:
        draft.keep("courier", wishes[0])
    draft.keep("courier_not", "/".join(refused))
    is_contradiction = wishes == wanted and set(wanted) & set(refused)
    if is_contradiction or (len(wishes) > 1 and not _LATE.search(draft.rest)):
        draft.problems.append(Problem(CONTRADICTION, KIND, "courier", "/".join(wishes)))
