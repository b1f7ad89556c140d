"""Gift wrap, gifts and packing: wishes that the packer fulfils."""

import re

from orders.notes.recognition.draft import Draft
from orders.notes.recognition.refusal import is_refused
from orders.notes.recognition.text import GONE, STOP, clause_after, clause_before, trim
from orders.notes.statuses import NoteType

_FINE = r"漂亮|精美|好看|精致|高档|高级|美[观腻丽一]|像样|有心|喜庆|大气|上档次|体面|有面子|好D|靓"
_WRAP = re.compile(
    r"(?:[黑白红蓝绿粉金银紫黄]色?的?)?(?:(?:礼品?|礼物|喜糖|伴手礼?)(?:盒子?|袋子?)|手[提拎]袋|礼物?包装|"
    r"礼[品物](?:包装|纸)|包装纸|丝带|丝绸带|蝴蝶结|缎带|彩带|拉菲草|火漆)(?:包装?|装|打包)?|"
    rf"包装?(?:得|的|成|做|要|弄|尽量|请|整|打得)*(?:{_FINE})[^{STOP} ]*|(?:{_FINE})(?:一?点儿?|一?些|"
    rf"的)*(?:包装|盒子?|袋子)|包装?成礼[物品]?|包装[^{STOP}]{{0,4}}送人[^{STOP} ]*|(?:当|按)礼物(?:包|打包)|"
    r"(?<![A-Za-z])gift[ -]?(?:box|wrap(?:ped|ping)?|pack(?:ed|ing)?|bag)(?![A-Za-z])",
    re.IGNORECASE,
)
_UNIT = (
    r"(?:[一两二几俩仨半三多\d]?[个点些份包双条瓶支张只袋片套根把盒块对件本枚颗粒罐串束朵顶副卷样节俩仨](?![货子])|"
    r"(?=小(?!区|心|姐|哥|朋友))|几|两(?=[\u4e00-\u9fff]))"
)
_THING = (
    r"袜|鞋[带垫]|面膜|小样|贴纸|钥匙扣|挂件|玩具|湿巾|纸巾|毛巾|杯子|收纳袋|备用|试用|试吃|零食|糖|书签|"
    r"明信片|发圈|头绳|口罩|雨伞|帽子|手套|围巾|勺|筷|杯垫|滤芯|电池|替芯|数据线|贴膜|钢化膜|手机壳|"
    r"礼[物品]|赠品|惊喜|福袋|优惠券|香囊|种子|肥料|猫条|罐头|冻干|样品"
)
_GIFT = re.compile(
    rf"赠品|赠送|附赠|随赠|小样|试用装|试吃装?|小?礼[物品](?![盒袋纸包])|小惊喜|(?:多|再|能|可以|给我|给|"
    rf"帮)*(?:(?<![赠配派周末天午上点发六日号前后直接分运])送|塞(?!点?[纸泡气满报])|白给)(?:我|俺|们)?(?:多|的|个)?(?:{_UNIT}|"
    rf"(?={_THING}))|"
    r"(?:^|[\s,。!~])(?:给|来|多给|多放)(?:我)?点(?:东西|好东西|礼|福利)|有没有(?:啥|什么)?送的?|"
    r"free (?:gift|sample)s?|(?:有啥|"
    r"有什么)好(?:东西|玩意)|顺手塞",
    re.IGNORECASE,
)
_NOT_GIFT = re.compile(
    r"(?:送(?:女|男|朋友|客户|闺蜜|老|妈|爸|人)|当|作为|做|是|买来的?|生日|做个?|包成|包装成|节日|[一-龥]节的?)\s*$"
)
_THANKED = re.compile(r"(?:感谢|谢谢|多谢)(?:.*送的?)?(?:老板|你们|店家|掌柜|卖家)?$")
_HEAD = re.compile(
    rf"^(?:的话|可以|能不能|请|要求|就|也|想|希望|麻烦|我|给我?|给|放|的|是|为|:|=|要|选|换成|换|改成|记得|"
    rf"别忘了?|别漏了?|加|带|发|送|多|再|来|一?下|\s|{_UNIT}(?=[\u4e00-\u9fff]))+"
)
_NAME = re.compile(
    r"^([^,;。!?~\n\x1f ]{1,12}?)(?:[一两][个份双条包]|的|吗|么|吧|呗|啊|哦|哈|呢|嘛|可以.*|行.*|好[吗不].*|"
    r"尝尝|试试|玩玩|please|pls|谢.*|哟|啦|了|不要.*|别.*|请.*|漏.*|也.*|就.*|要.*|老细|老板|老铁)*(?=$|"
    r"[,;。!?~\n\x1f ])"
)
_NO_NAME = re.compile(r"一?[点些个节]|吗|啥|什么|吧|呢|东西|的|了|么|没有?|什么.*|啥.*|please|pls")
_BROAD = {
    "赠品",
    "赠送",
    "附赠",
    "随赠",
    "小样",
    "礼物",
    "礼品",
    "小礼物",
    "小礼品",
    "小惊喜",
    "试用装",
    "试吃",
    "试吃装",
}
_PACK = re.compile(
    r"包装|打包|包[好严实紧厚结牢稳]|包多|多套|套[个层]|塞点?[纸泡气满报]|压痕|包扎|裹(?!挟)|气泡|泡泡[膜纸]|泡沫|珍珠棉|防[震摔压撞潮水碎]|"
    r"纸箱|木[架箱]|加固|缠|胶带|小票|价格单|发货单|价格(?:标签|牌|信息|条|单)|清单|标价|价签|吊牌|保密|"
    r"匿名|隐私|隐蔽|"
    r"真空|分开(?:包|装|打)|一起(?:包|打包)|单独(?:包|装)|易碎|轻拿轻放|别(?:压|摔|碰|折)|(?:不要|别|避免|"
    r"防止)(?:给我|我)?(?:压|摔|折|挤|弄)[坏碎皱烂]?|密封|硬盒|外箱|箱子|冰袋|保温[袋箱]|填充|报纸|"
    r"(?<![A-Za-z])(?:pack(?:ed|ing|age)?|wrap|bubble|fragile)[a-z ]*",
    re.IGNORECASE,
)
_WORDS = re.compile(rf"[^{STOP} ]*")
_NO_THING = re.compile(r"不|别|重复|有|没|呢|吧|和|跟|或|一起|也")
_SPACE = re.compile(r" (?!\w*[a-z])")  # English words go on
_BOX = re.compile(r"(?:外)?(?:包装)(?:盒|袋)|(?:外)?(?:盒子?|鞋盒|纸盒|塑料袋|袋子)(?=$|[\s,;。!~])")
_SLIP = re.compile(r"小票|价格|清单|标价|价签|发货单|吊牌|别|不要|避免|防|包装|打包")
_COMPLAINT = re.compile(r"的?(?:问题|坏了|破了|差|太差|烂)|(?:里|内)?(?:有|是)(?:什么|几)|清单|规格|完好")
_LEAD = re.compile(
    r"^(?:请|麻烦|帮忙?|帮我|给我|你们?|一定|务必|老板|亲|就一个要求|记得|然后|里面(?=小票|价)|另外|再|和|"
    r"跟|还有|两个都|要(?!求)|要求|用(?!气))+"
)


def read_wrap(draft: Draft) -> None:
    """Note that gift wrap is wanted: its words are used up, 礼盒包装 is no wish of packing."""
    for found in _all(_WRAP, draft.rest):
        draft.types.add(NoteType.GIFT_WRAP.value)
        draft.use_up(*found.span())
    for found in list(_WRAP.finditer(draft.rest)):
        draft.use_up(*found.span())


def read_gift(draft: Draft) -> None:
    """Note a gift that the buyer asks for; the rest of its clause describes it."""
    for found in _all(_GIFT, draft.rest):
        before = clause_before(draft.rest, found.start())
        if draft.rest[found.end() : found.end() + 1] == GONE or _NOT_GIFT.search(before) or _THANKED.search(before):
            continue
        draft.types.add(NoteType.GIFT.value)
        start, name = _gift_name(draft, found)
        draft.keep("gift", name)
        after = _WORDS.match(draft.rest, start)
        draft.use_up(found.start(), max(found.end(), start + len(after[0] if after else name)))
        return


def _gift_name(draft: Draft, found: re.Match[str]) -> tuple[int, str]:
    """Return where the name of the gift stands and the name: after the verb, else the word that was found."""
    start = found.end()
    head = _HEAD.match(clause_after(draft.rest, start))
    start += head.end() if head else 0
    name = _NAME.match(draft.rest[start:])
    if name and _NO_NAME.fullmatch(name[1]):
        name = None
    if found[0].lower() in _BROAD:
        is_named = name and (head or found[0] == "赠品") and not _NO_THING.match(name[1])
        return (start, draft.text[start : start + len(name[1])]) if is_named and name else (found.start(), found[0])
    return (start, draft.text[start : start + len(name[1])]) if name else (start, "")


def read_packing(draft: Draft) -> None:
    """Note how to pack; a slip that should stay out is a wish of packing as well."""
    for found in _PACK.finditer(draft.rest):
        after = clause_after(draft.rest, found.end())
        is_box = _BOX.match(draft.rest, found.start())
        is_unwanted = not is_box and is_refused(draft.rest, found.start(), found.end()) and not _SLIP.match(found[0])
        if is_unwanted or _COMPLAINT.match(after):
            continue
        draft.types.add(NoteType.PACKING.value)
        draft.keep("packing", _clause(draft, found))
        return


def _clause(draft: Draft, found: re.Match[str]) -> str:
    """Return the words around the one that was found, between stops or spaces, without a courtesy before them."""
    before = clause_before(draft.rest, found.start()).rsplit(" ")[-1]
    after = _SPACE.split(clause_after(draft.rest, found.end()))[0]
    begin = found.start() - len(before)
    lead = _LEAD.match(draft.rest[begin : found.start()])
    begin += lead.end() if lead else 0
    return trim(draft.text[begin : found.end() + len(after)])


def _all(pattern: re.Pattern[str], text: str) -> list[re.Match[str]]:
    return [found for found in pattern.finditer(text) if not is_refused(text, found.start(), found.end())]
