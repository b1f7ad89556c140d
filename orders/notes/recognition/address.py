"""A new address or another recipient."""

import re
from itertools import islice

from orders.notes.recognition.draft import Draft
from orders.notes.recognition.text import trim
from orders.notes.statuses import NoteType

KIND = NoteType.ADDRESS_CHANGE.value
_CHANGE = r"(?:改|换|变更|修改|更改|更换|更正|更新|调整|纠正)"
_WHOSE = r"(?:收货|收件|配送|寄送|寄货|邮寄|送货|快递|寄件|订单)?"
_FAULT = (
    r"(?:[写填选留搞弄整点]|选择|下单)?(?:的|得)?(?:错|差了|岔|不对|有误|有变|变了|有问题|老的|旧的|"
    r"以前的|少写|漏|不全|不完整)"
)
_COURIER = "顺丰|圆通|中通|韵达|申通|京东|邮政|极兔|德邦"
_TRIGGER = re.compile(
    rf"{_CHANGE}[^,;。!\n]{{0,8}}?(?:地址|收货地|地方)|{_WHOSE}(?:地址|收货人|收件人|收货信息|收件信息|"
    rf"联系电话|联系人|手机号?码?|电话|门牌号?|小区名?字?|楼层|单元号?|房间?号|"
    rf"楼栋号?)[^,;。!\n:]{{0,12}}?(?:{_CHANGE}|{_FAULT})|"
    rf"(?:收[货件]人|联系人)(?:姓名|名字?)?(?:请|就|要)?(?:写|填|用|留)(?!错)|(?:新|正确|实际|"
    rf"真实|现在)的?{_WHOSE}(?:地址|收货人)|地址(?:后面|前面|里|上)?(?:再|要|请|帮我|"
    rf"麻烦)*(?:加上?|补充?|补上?|添加?)|"
    rf"(?:改|换|转)(?:寄|发|送|邮)|{_CHANGE}(?:一下|下)?(?:收货人|收件人|联系电话|电话|手机号?)|(?:老|旧|"
    rf"以前的|原来的)地址|地址[^,;。:]{{0,4}}(?:私信|发[你您]|发给|旺旺|微信|稍后|待会|晚点|另外|一会)|"
    rf"(?:别|不要|不|勿)(?:往)?(?:寄|发|送)(?:到|往|去)?(?!货|票|错|{_COURIER})[^,;。]{{1,8}}(?:,|了|;|"
    rf"\s)\s*(?:请|麻烦|直接|帮我|给我)?(?:寄|发|送|改)(?:到|往|去)?(?:我)?(?:家|公司|单位|学校|老家|店|"
    rf"办公|宿舍)|(?:寄|发)(?:到|去|往)我?们?(?:公司|单位|学校|家里|老家|办公室|宿舍|店里)|"
    rf"change[^,.]{{0,15}}address|address[^,.]{{0,8}}change|new address",
    re.IGNORECASE,
)
_ADDRESS_WORD = re.compile(r"地址")
_NOT_POSTAL = re.compile(
    r"(?:网络|网站|店铺|退货|你们|邮箱|链接|发货|店|IP|公司的?)地址|地址(?:发我|给我|在哪|是哪|是多少)|"
    r"地址(?:别|不要|不用|无需|不|没有?|无)(?:错|动|变|改|误|问题)"
)
_SEND_TO = re.compile(r"(?:寄|发|送|邮|快递|配送|发货|改)(?:到|往|至|去|成|给)|改成|改为|换成|换到")
# A run that reads like a place: a word before a word for a kind of place, or a number of a house.
_KIND = (
    r"(?:省|市|自治[区州县]|新区|县|镇|乡|村|路|大街|街|大道|巷|弄|胡同|小区|社区|大厦|广场|花园|公寓|"
    r"大学|学院|中学|小学|学校|医院|宿舍|校区|园区|产业园|写字楼|家园|国际|中心|驿站|(?<![小社地园校])区|"
    r"\d\s*(?:号|栋|幢|室|楼|座|单元|层|院|期|组|队))"
)
_HOUSE = r"\d[\d\s-]*(?:号楼?|栋|幢|室|楼|座|单元|层|院)"
_HAN = r"[\u4e00-\u9fffA-Za-z0-9#\-()·]"
_PLACE_WORD = re.compile(_KIND)
_STOP = re.compile(r"[,;。\n]")
_PLACE = re.compile(rf"(?:{_HAN}{{1,14}}?{_KIND}|{_HOUSE}){_HAN}*")
_MORE = re.compile(rf"[ ,]{{1,2}}(?={_HAN}{{0,12}}?{_KIND}|\d+[-\d室]*(?:[\s,;。]|$)){_HAN}+")
_HEAD = re.compile(
    r"^(?:.*?(?:住的?是|搬到了?|寄到|发到|送到|邮到|改成|改为|改到|换成|换到|更正为|变更为|应该是|应为|"
    r"应是|正确的?是|地址是|地址为|加上|补上|补充)|"
    r"(?:啦|了|吧|哈|呢|就|应该|请|麻烦|帮忙?|改|成(?!都|县|武|华)|为|到|是|往|至|去|"
    r"新(?![\u4e00-\u9fff]{0,2}[区市县路街村镇]|疆|乡|余|泰)|的|我|家里|公司|学校|单位|地址|门牌号|寄|发|"
    r"送|加|一下|下|给|个(?!旧)|返|直接|现在|正确|实际|收货|另|这个|"
    r"如下)+(?![路街道市区县镇村楼门园学校]))"
)
_CUT = re.compile(
    r"(?:行不行?|可以吗|可以不|行吗|好吗|好不好|谢谢.*|麻烦.*|哦|哈|吧|呗|啊|收$|不是.*|而不是.*|别.*|"
    r"不要.*|这个地址.*|这里.*|就行.*|就好.*|才对.*|拜托.*|才是.*)$"
)
_REQUESTED = re.compile(
    r"颜色|尺码|发票|快递(?![柜站点超])|包装|礼盒|刻字|尽快|谢谢|麻烦|(?:顺丰|圆通|中通|韵达|申通|京东|"
    r"极兔|德邦)(?![路街大小花广站驿])|明天|周[一-日末]|电话|手机"
)
_NEEDS_NO_PLACE = re.compile(r"收货人|收件人|联系人|电话|手机")
_REFUSED = re.compile(r"(?:不用|不要|别|不|不需要|无需|勿|不能|没)(?:再|给我|乱|随便)?$")
_MOST = 8  # places of one word that are looked at: a text that repeats it a hundred times is no address
_ENOUGH = 2  # kinds of place that make an address of 寄到… without the word


def read_address(draft: Draft) -> None:
    """Note the new address; 改地址 without one is a question to the buyer."""
    match = _TRIGGER.search(draft.rest)
    if match is not None and (_REFUSED.search(draft.rest[: match.start()]) or _is_no_place(draft.rest, match)):
        match = None
    if match is not None:
        _change(draft, match.start(), match.start(), is_asked=not _NEEDS_NO_PLACE.search(match[0]))
    else:
        _maybe_change(draft)


def _is_no_place(text: str, match: re.Match[str]) -> bool:
    return bool(_NOT_POSTAL.search(text, max(0, match.start() - 3), match.end() + 4))


def _maybe_change(draft: Draft) -> None:
    """Take 寄到 and 地址 as a change when a place follows."""
    for pattern, least in ((_SEND_TO, _ENOUGH), (_ADDRESS_WORD, 1)):
        for match in islice(pattern.finditer(draft.rest), _MOST):
            found = _place(draft, match.end())
            is_near = found is not None and not _STOP.search(draft.rest, match.end(), found[0])
            if found and is_near and len(_PLACE_WORD.findall(found[2])) >= least:
                _change(draft, match.start(), match.end(), is_asked=True)
                return


def _change(draft: Draft, start: int, after: int, *, is_asked: bool) -> None:
    draft.types.add(KIND)
    found = _place(draft, after) or _place(draft, 0)
    if found:
        draft.keep("address", found[2])
        draft.use_up(min(start, found[0]), found[1])
    elif is_asked:
        draft.miss(KIND, "address")


def _place(draft: Draft, start: int) -> tuple[int, int, str] | None:
    """Return where the first place after a point begins and ends, and its text."""
    for match in _PLACE.finditer(draft.rest, start):
        begin = match.start() + _head_length(match[0])
        end = _end(draft.rest, match.end())
        cut = _CUT.search(draft.rest[begin:end])
        end = begin + cut.start() if cut else end
        if _PLACE_WORD.search(draft.rest, begin, end) and not _REQUESTED.search(draft.rest[begin:end]):
            return begin, end, trim(draft.text[begin:end])
    return None


def _head_length(text: str) -> int:
    """Return how much before the place is the sentence around it: 地址改成, 现在住的是."""
    head, length = _HEAD.match(text), 0
    while head and head.end():
        length += head.end()
        head = _HEAD.match(text[length:])
    return length


def _end(text: str, end: int) -> int:
    """Return the end of the address: what follows a space or a comma belongs to it while it reads like a place."""
    more = _MORE.match(text, end)
    if more and not _REQUESTED.search(more[0]):
        return _end(text, more.end())
    return end
