"""Another colour or size, or the one that was ordered said again."""

import re

from orders.notes.recognition.draft import Draft
from orders.notes.recognition.results import CONTRADICTION, Problem
from orders.notes.recognition.specs import compare, known_values, same
from orders.notes.recognition.text import number_of
from orders.notes.statuses import NoteType

KIND = NoteType.COLOUR_SIZE.value
_SHADE = r"深|浅|淡|暗|亮|雾霾|藏|墨|军|酒|玫|宝|天|湖|海军|奶油|奶|米|咖|卡其|薄荷|荧光|樱花|豆沙|焦糖|牛油果|燕麦|香槟|克莱因|孔雀|橄榄|砖|枣|大|粉|莫兰迪|雾|银|炭|烟|月光|象牙|珍珠|星空|冰|碧|翠|草|柠檬|姜|土|鹅|嫩|正|纯|哑光|亮面|珊瑚|西瓜|藕|丁香|薰衣草|葡萄|玫瑰"
_TONE = r"黑|白|红|橙|黄|绿|蓝|青|紫|灰|粉|棕|褐|咖|金|银|杏|驼|米|咖啡|卡其|藏青|橘|香槟|裸|肤|茶|靛|焦糖|豆沙|雾霾蓝|玫瑰金|藕粉|透明|原木|奶茶|彩虹|迷彩"
_COLOUR = re.compile(rf"(?:{_SHADE}){{0,2}}(?:{_TONE}){{1,2}}色|(?:{_SHADE}){{1,2}}(?:{_TONE})(?![酒茶糖米豆金银包丝票人])|(?:卡其|藏青|驼|玫瑰金|墨绿|香槟|咖啡)色?|(?:透明|裸|肤|彩|豆沙|焦糖|奶茶|酒|米|杏)色")
_BARE = rf"(?:{_SHADE}){{0,2}}(?:{_TONE})色?"
_LABELLED_COLOUR = re.compile(rf"(?:颜色(?:分类)?|色号)\s*(?:请|我)?(?:换|改|要|选|发|拍)?(?:为|是|成|要|:|=)*\s*(?P<value>[^\s,;。:/、\x1f换改错尺]{{1,10}})")
_CHANGED_COLOUR = re.compile(rf"(?:换|改|要|发|选|拿|来|给我|想要|发成|是|成|为)(?:一?[个件双条款]|的)?\s*(?P<value>{_BARE})(?=$|[\s,;。!~\x1f的款那]|吧|谢|哦|哈|可以|尺|码|[SML\d])")
_SIZE = re.compile(
    r"(?<![A-Za-z0-9])(?P<letters>[2-6]?X{0,4}[SL]|X{1,4}L|M|均)(?![A-Za-z0-9])(?:码|号|的)?|"
    r"(?<![\d.A-Za-z*])(?P<number>\d{2,3}(?:\.5)?)\s*(?:码|号(?!楼|院|线|店|之?前|送|到|发|收|以|要|用|左|后))|"
    r"(?P<word>大|小|中|特大|加大|加小|均)(?:码|号)(?!的?字)|(?<!\d)(?P<body>1[3-9]\d/\d{2,3}[A-Z]?)",
    re.IGNORECASE,
)
_LABELLED_SIZE = re.compile(r"(?:尺码|尺寸|鞋码|码数|码子|号码|大小|规格)\s*(?:请|我)?(?:换|改|要|选|发|拍)?(?:为|是|成|要|:|=|个|到)*\s*(?P<value>[A-Za-z0-9一二三四五六七八九十][^\s,;。:、\x1f换改错颜]{0,9})")
_FROM = re.compile(r"(?:换成|改成|改为|换为|换|改|变成|改发|换到|改到|调成|改换)(?:一?[个件双条款]|的)?\s*$")
_LEFT = re.compile(r"\s*(?:的|那?[件双个款条]|码|号)?\s*(?:(?:要|请|麻烦|帮我?|给我|想|能|可以|都)*(?:换|改|变|调)(?:成|为|到|一下)?|拍错|错了|不要|缺货|没货|没有?了?|的?话)")
_REFUSED = re.compile(r"(?:不要|不是|别发|别|不想要|不喜欢|除了|而不是|拍错成|拍成|错拍成?|错选成?|误拍成?|选成|原来|之前拍的?|拍的是?|从|把|将|由)\s*(?:了|的|发)?\s*$")
_ASKED = re.compile(
    r"(?:换|改|调|变更?|修改)(?:一?下|一?个|别的|其他|其它|成|掉|种|款|另外|大|小)*的?(?:颜色|尺码|尺寸|码数|码子|码|色|号|规格)|(?:颜色|尺码|尺寸|码数?|型号|规格)(?:我|要|想|需要|能|可以|请|麻烦|帮我?|给我)*(?:换|改|拍错|选错|搞错|弄错|下错|点错|变更|错)|"
    r"(?:拍|选|买|点|下)错了?(?:颜色|尺码|码|色|号|规格)"
)
_BIGGER = re.compile(r"(?:换|改|要|发|来|大|小)?(?:大|小)(?:一|1|两|2)?个?[码号]")
_BODY = re.compile(r"身高|体重|净重|\d{2,3}\s*斤|1[4-9]\d\s*(?:cm|厘米|公分)|(?:推荐|看看?|建议|合适)(?:的|什么)?(?:尺码|码|大小)|脚[长宽胖]")
_QUANTITY = re.compile(r"(?:一共|总共|数量|要|拍了?|发|买了?|共|各)(?:要|拍了?|买了?|是|为|:|改成|改为)*\s*(\d{1,3}|[一二两三四五六七八九十]{1,3})\s*(?:[件个双条套只瓶盒包箱支份对张本把台]|$)(?!月|号|日|点|天)")
_CHOICE = re.compile(r"[或和、/及]|随机|都行|都可以|各|一[件个双条]|两[件个双条]|\d[件个双条]")
_SURE = {"colour": "黑白红蓝绿灰", "size": ""}


def read_colour_size(draft: Draft) -> None:
    """Note colour, size and quantity; 换颜色 without a colour is a question to the buyer."""
    colours, sizes = _colours(draft), _sizes(draft)
    for key, values in (("colour", colours), ("size", sizes)):
        if values:
            _wanted(draft, key, values)
    _read_quantity(draft)
    asked = _ASKED.search(draft.rest)
    if not colours and not sizes and (asked or _BIGGER.search(draft.rest) or _BODY.search(draft.rest)):
        draft.types.add(KIND)
        is_colour = asked and re.search("色", asked[0])
        draft.miss(KIND, "colour" if is_colour else "size")


def _wanted(draft: Draft, key: str, values: list[str]) -> None:
    draft.types.add(KIND)
    draft.keep(key, values[0])
    if len(values) > 1 and not _CHOICE.search(draft.rest):
        draft.problems.append(Problem(CONTRADICTION, KIND, key, "/".join(values)))
        return
    problem = compare(key, values[0], draft.lines)
    if problem:
        draft.problems.append(problem)


def _colours(draft: Draft) -> list[str]:
    spans = _known_spans(draft, "colour")
    patterns = (_LABELLED_COLOUR, _CHANGED_COLOUR, _COLOUR)
    return _values(draft, spans, patterns)


def _sizes(draft: Draft) -> list[str]:
    spans = [span for span in _known_spans(draft, "size") if len(draft.text[slice(*span)]) > 1]
    return [value.upper() for value in _values(draft, spans, (_LABELLED_SIZE, _SIZE))]


def _known_spans(draft: Draft, key: str) -> list[tuple[int, int]]:
    """Return where the text names a value that the ordered products come in."""
    found = []
    for value in sorted(known_values(draft.lines, key), key=len, reverse=True):
        at = draft.rest.find(value) if len(value) > 1 and not value.isdigit() else -1
        if at >= 0 and not _overlaps(at, at + len(value), found):
            found.append((at, at + len(value)))
    return found


def _values(draft: Draft, spans: list[tuple[int, int]], patterns: tuple[re.Pattern[str], ...]) -> list[str]:
    """Return the wanted values in the order of the text: none that the buyer turns away from."""
    for pattern in patterns:
        for match in pattern.finditer(draft.rest):
            span = match.span("value") if "value" in pattern.groupindex else match.span()
            if not _overlaps(*span, spans):
                spans.append(span)
    wanted: list[str] = []
    for start, end in sorted(spans):
        value = draft.rest[start:end]
        if not _is_left(draft.rest, start, end) and not any(same(value, other) for other in wanted):
            wanted.append(value)
    return wanted


def _is_left(text: str, start: int, end: int) -> bool:
    if _REFUSED.search(text[:start]):
        return not _FROM.search(text[:start])
    return bool(_LEFT.match(text, end)) and not _FROM.search(text[:start])


def _overlaps(start: int, end: int, spans: list[tuple[int, int]]) -> bool:
    return any(start < other_end and other_start < end for other_start, other_end in spans)


def _read_quantity(draft: Draft) -> None:
    found = _QUANTITY.search(draft.rest)
    if found:
        draft.keep("quantity", str(number_of(found[1])))
