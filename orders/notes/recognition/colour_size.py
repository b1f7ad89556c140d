"""Another colour or size, or the one that was ordered said again."""

import re

from orders.notes.recognition.draft import Draft
from orders.notes.recognition.results import CONTRADICTION, Problem
from orders.notes.recognition.specs import KIND, bare, compare, known_values, next_size, ordered_values, same
from orders.notes.recognition.text import number_of

_SHADE = (
    "雾霾|奶油|海军|卡其|薄荷|荧光|樱花|豆沙|焦糖|牛油果|燕麦|香槟|克莱因|孔雀|橄榄|莫兰迪|"
    "月光|象牙|珍珠|星空|柠檬|哑光|亮面|珊瑚|西瓜|丁香|薰衣草|葡萄|玫瑰|太空|"
    "牛仔|复古|抹茶|宝石|深|浅|淡|暗|亮|藏|墨|军|酒|玫|宝|天|湖|奶|米|咖|砖|枣|大|粉|雾|银|"
    "炭|烟|冰|碧|翠|草|姜|土|鹅|嫩|正|纯|藕|高级"
)
_TONE = (
    "咖啡|卡其|藏青|香槟|焦糖|豆沙|透明|原木|奶茶|玫瑰金|彩虹|迷彩"
    "|黑|白|红|橙|黄|绿|蓝|青|紫|灰|粉|棕|褐|咖|金|银|杏|驼|米|橘|裸|肤|茶|靛"
)
_FULL = (
    rf"(?:{_SHADE}){{0,2}}(?:{_TONE}){{1,2}}色|(?:酒|彩|藕|天空|天湖|"
    rf"[\u4e00-\u9fff])色(?<=[酒彩藕肤裸杏驼米橘]色)"
)
_SHADED = rf"(?:{_SHADE}){{1,2}}(?:{_TONE})(?![酒茶糖米豆包票人水天云菜油面])|卡其|藏青|驼色?|墨绿|香槟金"
_ENGLISH = {
    "black": "黑色",
    "white": "白色",
    "red": "红色",
    "blue": "蓝色",
    "green": "绿色",
    "grey": "灰色",
    "gray": "灰色",
    "pink": "粉色",
    "yellow": "黄色",
    "purple": "紫色",
    "brown": "棕色",
    "beige": "米色",
    "orange": "橙色",
    "silver": "银色",
    "gold": "金色",
    "navy": "藏青",
}
_COLOUR = re.compile(rf"{_FULL}|{_SHADED}|(?<![A-Za-z])(?:{'|'.join(_ENGLISH)})(?![A-Za-z])", re.IGNORECASE)
_BARE_COLOUR = re.compile(
    rf"(?:(?:要|换成?|改成?|改为|换为|发成?|选|来|拿|整|那?个|件|双|条|款|就|只要|[SMLX]码?|想要|的|颜色|[:=])\s*|"
    rf"(?<![\u4e00-\u9fffA-Za-z0-9]))"
    rf"(?P<value>(?:{_TONE}))(?=的(?![\u4e00-\u9fff]{{0,3}}[盒袋纸])|[SMLX\d]|$|[\s,;。!~】\x1f]|吧|谢|哦|呗)"
)
_SIGNED_COLOUR = re.compile(
    r"(?:颜色(?:分类)?|色号|花色|款式颜色)】?\s*[:=]\s*(?P<value>[^\s,;。:/、\x1f【】换改错尺]{1,10})"
)
_SIZE = re.compile(
    r"(?<![A-Za-z0-9&'.])(?P<letters>[2-6]X[LS]|X{1,5}[LS]|[SML])(?![A-Za-z0-9&'.])(?:码|号)?|"
    r"(?<![\d.A-Za-z*])(?P<number>\d{2,3}(?:\.5)?|[二三四]十[一二三四五六七八九]?)\s*码(?P<half>半)?|"
    r"(?<=[色黑白红蓝绿灰粉紫黄])\s?(?P<after>[34]\d(?:\.5)?)(?![\d月.点号元块])|"
    r"(?P<dims>\d{2,3}\s?[×xX*]\s?\d{2,3}|1[3-9]\d/\d{2,3}[A-Z]?|[12]\.\d{1,2}\s?[米m]床?)|"
    r"(?<!最)(?P<word>加大|特大|均|大|中|小)码",
    re.IGNORECASE,
)
_LABELLED_SIZE = re.compile(
    r"(?:尺码|尺寸|鞋码|码数|码子|号码|大小|size|鞋子?)】?\s*(?:请|我|帮我)?(?:换|改|要|选|发|拍)?(?:为|"
    r"是|成|要|:|=|,|个|到|改|\bto\b|\bis\b|\s)*\s*(?P<value>(?!to\b|is\b|"
    r"please)[A-Za-z0-9][A-Za-z0-9./×*]{0,9}|[二三四]十[一二三四五六七八九]?)(?![\d月点])(?:号|"
    r"码)?(?P<half>半)?",
    re.IGNORECASE,
)
_NUMBERED = re.compile(
    r"(?:要|换成?|改成?|发|换|鞋|拿)(?:一?[双个件])?\s*(?P<value>3[3-9]|4[0-8])(?:\s*号(?!之?前|送|到|发|"
    r"收|以|楼)|的|(?=$|[\s,;。!~吧谢哦]))"
)
_WISH = re.compile(
    r"(?:(?<!不)(?<!就)要|换(?!了)成?|改成?|改为|换为|换到|改到|发(?!成|错)|选(?!成|错)|来|拿|应该?[是为]|"
    r"应为|想要|整|[为:=]|请发|需要|只要|want)\s*:?\s*(?:的)?(?:一?[个件双条款]|那个|我|的是|:|"
    r"{colour})*\s*$".replace("{colour}", rf"(?:{_FULL}|{_SHADED}|{_TONE})的?|[SMLX]+码?"),
    re.IGNORECASE,
)
_LABEL = re.compile(r"(?:颜色|色号|尺码|尺寸|鞋码|码数|大小|colou?r|size)[^;。\n]{0,8}$", re.IGNORECASE)
_REFUSED = re.compile(
    r"(?:不要(?:给我)?(?:再)?发?|不是|别(?:给我|再|又)*发?成?|勿发|不想要?|不喜欢|除了|而不是|拍错成|拍成|"
    r"错拍成?|错选成?|误拍成?|选成|选了|拍了|原来|原本|之前拍?的?|我?拍的是?|从|把|将|由|上次.{0,6}|"
    r"换了个?|发成|买的是?|买成|没有|下单的?)\s*了?的?\s*$|\x1f(?:要|用|选|是|来)?$"
)
_OF_A_BOX = re.compile(r"的?[^\s,;。]{0,2}(?:盒|袋|纸|丝带|缎带|笔|字|绳|胶|箱|信封|布包|墨|贴)")
_LEFT = re.compile(
    r"(?:的|那?[件双个条款]|码|号)?(?:要|请|麻烦|帮我?|给我|想|能|可以|都)*(?:换(?!货)|改|变|调)(?:成|为|"
    r"到|一下)?|的?\s?(?:拍错|缺货|没货|没有了?|没意思|紧|太[小大]|不要|我有了)"
)
_ASKED = re.compile(
    r"(?:换|改|调|变更?|修改)(?:一?下|一?个|别的|其他|其它|成|掉|种|款|另外|大|小|我的)*的?(?:颜色|尺码|"
    r"尺寸|码数|码子|码(?!头)|色|号(?!码)|规格)|(?:颜色|尺码|尺寸|码数?|型号|规格|码子)(?:我|都|要|想|"
    r"需要|能|可以|请|麻烦|帮我?|给我)*(?:换|改|拍错|选错|搞错|弄错|下错|点错|变更|错)|"
    r"(?:拍|选|买|点|下)错了?(?:颜色|尺码|码|色|号|规格)|(?:要|想要|换)(?:别|其他|其它|另外?)(?:的|"
    r"一?种|一?个)*(?:颜色|尺码|色)|change.{0,8}(?:colou?r|size)",
    re.IGNORECASE,
)
_NEXT = re.compile(r"(?P<way>加?大|小)(?P<count>一|1|两|2|半)?个?[码号](?!字|的?(?:袋|盒|箱))")
_TRADE = re.compile(r"(?:换|改|发)(?:成|个|到|一个)*$")
_BODY = re.compile(
    r"身高\s*\d|体重\s*\d|\d{2,3}\s*斤.{0,10}(?:码|穿)|1[4-9]\d\s*(?:cm|厘米|公分)?[,/ ]\s*\d{2,3}\s*斤|"
    r"(?:看着|帮我)(?:发|选)个?合适的?(?:尺码|码|大小)"
)
_OPEN = re.compile(
    r"(?:颜色|尺码|花色)[^,;。]{0,2}(?:随机|随意|随便|都行)|颜色[^,;。]{0,3}(?:[深浅]|看着|搭配|"
    r"你们定)|随机(?:发)?(?:颜色|色|花色)|"
    r"要(?!别|其他|其它|另)[^,;。]{1,5}(?:的颜色|色的|色款)|色号\s*\d"
)
_QUANTITY = re.compile(
    r"(?:数量|件数)】?\s*(?:要|是|为|:|=|改成|改为)*\s*(\d{1,2}|[一二两三四五六七八九十]{1,3})|(?:一共|"
    r"总共|拍了?|改成|改为)要?(\d{1,2}|[一二两三四五六七八九十]{1,3})[件双条套只瓶盒支](?:$|[\s,;。!~])"
)
_CHOICE = re.compile(
    r"或|随机|都行|都可以|各|还是|一[件个双条]|两[件个双条]|\d[件个双条]|没货|缺货|没有|不行|[和、/及跟]"
)
_MEASURE = re.compile(r"\d\s?[xX×*]\s?\d|床|\d\s?(?:m|cm|ml|mm)$")
_COMPARED = ("colour", "size")
_STEPS = {"半": 0.5, "两": 2.0, "2": 2.0}


def read_colour_size(draft: Draft) -> None:
    """Note colour, size and quantity; 换颜色 without a colour is a question to the buyer."""
    colours = _values(draft, "colour", (_SIGNED_COLOUR, _COLOUR, _BARE_COLOUR))
    sizes = _relative(draft) or _values(draft, "size", (_LABELLED_SIZE, _NUMBERED, _SIZE))
    _read_quantity(draft)
    for key, values in (("colour", colours), ("size", sizes)):
        _keep(draft, key, values)
    wanted = {key: value for key, value in draft.pairs.items() if key in _COMPARED}
    draft.problems += compare(wanted, draft.lines)
    if not colours and not sizes:
        _ask(draft)


def _ask(draft: Draft) -> None:
    asked = _ASKED.search(draft.rest)
    if _OPEN.search(draft.rest):
        draft.types.add(KIND)
        return
    if asked or _NEXT.search(draft.rest) or _BODY.search(draft.rest):
        draft.types.add(KIND)
        draft.miss(KIND, "colour" if asked and "色" in asked[0] else "size")


def _keep(draft: Draft, key: str, values: list[str]) -> None:
    if values:
        draft.types.add(KIND)
    if len(values) == 1:
        draft.keep(key, values[0])
    elif values and not _CHOICE.search(draft.rest):
        draft.problems.append(Problem(CONTRADICTION, KIND, key, "/".join(values)))


def _relative(draft: Draft) -> list[str]:
    """Return the size that 大一码 means when one size was ordered."""
    found, ordered = _NEXT.search(draft.rest), ordered_values(draft.lines, "size")
    if not found or (found["count"] is None and not _TRADE.search(draft.rest[: found.start()])):
        return []
    steps = _STEPS.get(found["count"] or "", 1.0) * (-1 if found["way"] == "小" else 1)
    size = next_size(ordered[0], steps) if len(ordered) == 1 else ""
    return [size] if size else []


def _values(draft: Draft, key: str, patterns: tuple[re.Pattern[str], ...]) -> list[str]:
    """Return the wanted values: those with a verb of wishing before them count more than those merely named."""
    spans = _known_spans(draft, key)
    for pattern in patterns:
        for match in pattern.finditer(draft.rest):
            span = match.span("value") if "value" in pattern.groupindex else match.span()
            if not any(span[0] < end and start < span[1] for start, end, _ in spans):
                spans.append((*span, _normal(key, match)))
    ranked = [(_rank(draft.rest, start, end), value) for start, end, value in sorted(spans)]
    refused = [value for rank, value in ranked if not rank]
    best = max((rank for rank, _ in ranked), default=0)
    wanted: list[str] = []
    for rank, value in ranked:
        is_new = value and not any(same(value, other) for other in wanted)
        if rank == best and rank and is_new and (rank > 1 or not any(same(value, other) for other in refused)):
            wanted.append(value)
    return wanted


def _known_spans(draft: Draft, key: str) -> list[tuple[int, int, str]]:
    """Return where the text names a value that the ordered products come in."""
    found: list[tuple[int, int, str]] = []
    values = {bare(value) for value in known_values(draft.lines, key)}
    for value in sorted(values, key=len, reverse=True):
        at = draft.rest.find(value) if len(value) > 1 and not value.isascii() else -1
        if at >= 0 and not any(at < end and start < at + len(value) for start, end, _ in found):
            has_suffix = draft.rest.startswith("色", at + len(value))
            found.append((at, at + len(value) + has_suffix, value + "色" * has_suffix))
    return found


def _normal(key: str, match: re.Match[str]) -> str:
    groups = match.groupdict()
    text = next((text for name, text in groups.items() if name != "half" and text), match[0]).strip()
    if key == "colour":
        return _colour(text)
    if text[:1] in "二三四" and "十" in text:
        text = str(number_of(text))
    text = text if _MEASURE.search(text) else text.upper()
    if groups.get("word"):
        return f"{text}码" if text != "均" else "均码"
    return f"{text}.5" if groups.get("half") else text


def _colour(text: str) -> str:
    text = _ENGLISH.get(text.lower(), text).removesuffix("的")
    return f"{text}色" if len(text) == 1 or text in {"咖啡", "豆沙", "焦糖", "奶茶"} else text


def _rank(text: str, start: int, end: int) -> int:
    """Return 2 for a value that is asked for, 1 for one that is named, 0 for one that is turned away."""
    before = text[max(0, start - 16) : start]
    if _REFUSED.search(before) or _OF_A_BOX.match(text, end):
        return 0
    if _WISH.search(before):
        return 2
    if _LEFT.match(text, end):
        return 0
    return 2 if _LABEL.search(before) else 1


def _read_quantity(draft: Draft) -> None:
    found = _QUANTITY.search(draft.rest)
    if found:
        draft.keep("quantity", str(number_of(found[1] or found[2])))
