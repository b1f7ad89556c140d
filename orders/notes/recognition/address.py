"""A new address or another recipient."""

import re

from orders.notes.recognition.draft import Draft
from orders.notes.recognition.text import GONE, trim
from orders.notes.statuses import NoteType

_CHANGE = r"(?:改|换|变更|修改|更改|更换|更正|更新)"
_WHOSE = r"(?:收货|收件|配送|寄送|寄货|邮寄|送货|快递|寄件)"
_ASK = r"(?:我?想|需要?|要|请|麻烦|帮忙?|帮我|给我|能否?|可以|已经?|一下|下|我|你们|店家|掌柜|老板|的|有)"
_TO = r"(?:一下|下|个|成|为|到|至|寄|了|送|这个|这里|新|的|一个|另一个|吗|吧)"
_TRIGGER = re.compile(
    rf"{_CHANGE}{_TO}*(?:我的)?{_WHOSE}?(?:地址|地方)(?:{_TO}|是)*|"
    rf"{_WHOSE}?(?:地址|收货人|收件人|收货信息|收件信息|联系电话|联系人|手机号?码?|电话){_ASK}*{_CHANGE}{_TO}*(?:地址)?|"
    rf"新的?{_WHOSE}?地址(?:是|为)?|(?:正确|实际|真实)的?{_WHOSE}?(?:地址|收货人)(?:是|为)?|"
    rf"{_WHOSE}?地址(?:我)?(?:写|填|选|留|搞|弄|选择|下单)?(?:错|不对|有误|有变|变了|有问题)了?(?:[,，;。 ]?\s*(?:应该|应|正确)(?:的)?(?:是|为)|[,，;。 ]?\s*(?:请|麻烦|帮忙|帮我)*{_CHANGE}{_TO}+)?|"
    rf"(?:改|换|转)(?:寄|发|送|邮)(?:到|往|至|给|去)?|{_CHANGE}(?:一下|下)?(?:收货人|收件人|联系电话|电话|手机号?)(?:{_TO}|是)*"
)
_SEND_TO = re.compile(
    rf"(?:(?:请|麻烦|帮忙?|直接|给我|帮我)*(?:寄|发|送|邮|快递|配送|发货)(?:到|往|至|去)|{_WHOSE}?地址(?=\s*:))\s*:?\s*(?=[^,;。\n]*(?:"
    r"[省市区县镇村]|路|街|\d+[号栋幢室楼]))"
)
_ADDRESSY = re.compile(r"省|市|[^小社地]区|县|镇|乡|村|路|街|道|巷|弄|胡同|\d\s*-?\d*\s*(?:号|栋|幢|室|楼|座|单元|层|院)|小区|大厦|广场|花园|公寓|大学|学校|中学|医院|宿舍|校区|园区|产业园|写字楼|家园|[苑庄]")
_PERSON = re.compile(r"收货人|收件人|联系人|电话|手机|\d{3}\*+\d+|1\d{10}|^\s*[^\d\s]{2,4}(?:先生|女士|小姐)?\s*(?:收)?$|^\s*[^\d\s]{2,4}\s*\d")
_PIECE = re.compile(r"[^,;。!?\n" + GONE + r"]+")
_REQUEST = re.compile(r"谢|麻烦|尽快|发顺丰|发货|快递|包装|不要|发票|颜色|尺码|周[一-日末]|礼盒|刻字|急|送|赠|发(?:顺丰|中通|圆通|韵达|申通|京东|邮政|极兔)|辛苦|请|上午|下午")
_INSIDE = re.compile(r"\s+(?:谢谢|麻烦|请|尽快|发顺丰|不要|辛苦|急).*$")
_SHORTEST = 4
_NEEDS_NO_PLACE = re.compile(r"收货人|收件人|联系人|电话|手机")
_TAIL = re.compile(r"\s*(?:谢谢.*|麻烦.*|感谢.*|哦|哈|吧|啊|可以吗|可以不|行吗|好吗)$")


def read_address(draft: Draft) -> None:
    """Note the new address; 改地址 without one is a question to the buyer."""
    match = _TRIGGER.search(draft.rest) or _SEND_TO.search(draft.rest)
    if match is None or _is_left_alone(draft.rest, match):
        return
    draft.types.add(NoteType.ADDRESS_CHANGE.value)
    end, address = _address(draft, match.end())
    draft.use_up(match.start(), end)
    draft.keep("address", address)
    if not address and not _NEEDS_NO_PLACE.search(match[0]):
        draft.miss(NoteType.ADDRESS_CHANGE.value, "address")


def _is_left_alone(text: str, match: re.Match[str]) -> bool:
    return text[: match.start()].endswith(("不用", "不要", "别", "不", "不需要", "无需", "勿"))


def _address(draft: Draft, start: int) -> tuple[int, str]:
    """Return where the address ends and the address: pieces that read like one, then recipient and phone."""
    taken = start
    has_place = False
    for piece in _PIECE.finditer(draft.rest, start):
        inside = _INSIDE.search(piece[0])
        is_place = bool(_ADDRESSY.search(piece[0])) and not _is_request(piece[0])
        if not is_place and (not has_place or not _PERSON.search(piece[0]) or _REQUEST.search(piece[0])):
            if has_place or _REQUEST.search(piece[0]):
                break
            continue
        has_place = True
        taken = piece.start() + inside.start() if inside else piece.end()
        if inside:
            break
    address = _TAIL.sub("", trim(draft.text[start:taken]))
    return (taken, address) if len(address) >= _SHORTEST else (start, "")


def _is_request(piece: str) -> bool:
    found = _REQUEST.search(piece)
    return bool(found and not _ADDRESSY.search(piece[: found.start()]))
