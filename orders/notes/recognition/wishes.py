"""Gift wrap, gifts and packing: wishes that the packer fulfils."""

import re

from orders.notes.recognition.draft import Draft
from orders.notes.recognition.refusal import is_refused
from orders.notes.recognition.text import clause_after, clause_before, trim
from orders.notes.statuses import NoteType

_WRAP = re.compile(
    r"礼盒|礼品盒|礼物盒|礼袋|礼品袋|礼物袋|手提袋|手拎袋|礼物?包装|礼品包装|礼品纸|礼物纸|包装纸|丝带|蝴蝶结|缎带|彩带|包装(?:得|的|成|做|要|弄|尽量|请)*(?:漂亮|精美|好看|精致|高档|高级|美|像样|礼物|有心|喜庆|大气|上档次)|"
    r"(?:精美|漂亮|好看|精致|高档|喜庆)(?:一?点|一?些|的)*包装|包(?:得|的|成)?(?:漂亮|精美|好看|精致)|包成礼|礼物(?:的)?(?:形式|样子)|当礼物包"
)
_GIFT = re.compile(
    r"赠品|小礼[物品]|赠送|附赠|随赠|小样|试用装|试吃|(?<![赠配派周末天午上点发六日号前后直接])(?:多|再|能|可以|给我|给|帮)*送(?:我|俺)?(?:一?[个点些份包双条瓶支张只袋片]|小|几|两|袜|试|样|东西|礼品)(?!货|到|上门)"
)
_GIFT_NAME = re.compile(
    r"(?:多|再|一?[个点些份包双条瓶支张只袋片套]|几[个包张双]?|两[个包张双]?|我|给|放|的|是|:|要|选|记得|别忘了?|加|带|发)*([\u4e00-\u9fffA-Za-z0-9]{2,12}?)(?:吗|么|吧|呗|啊|哦|哈|呢|可以.*|行.*|好.*|谢.*|哟|啦|了|~)*$"
)
_PACK = re.compile(
    r"包装|打包|包[好严实紧厚结]|包扎|裹|气泡[膜垫纸袋柱]?|泡泡[膜纸]|泡沫|珍珠棉|防[震摔压撞潮水碎]|纸箱|木[架箱]|加固|缠|胶带|(?:小票|价格单|发货单|价格|清单|标价|吊牌价|价签|价格标签|购物清单)|保密|匿名|隐私|隐蔽|"
    r"真空|分开(?:包|装|打)|一起(?:包|装|打包)|单独(?:包|装)|易碎|轻拿轻放|别(?:压|摔|碰|折)|(?:不要|别|避免)(?:压|摔|折|挤|弄)[坏碎皱]?|密封|硬盒|外箱|箱子|冰袋|保温[袋箱]|填充"
)
_NO_SLIP = re.compile(r"小票|价格|清单|标价|价签|发货单")


def read_wrap(draft: Draft) -> None:
    found = _first(_WRAP, draft.rest)
    if found:
        draft.types.add(NoteType.GIFT_WRAP.value)


def read_gift(draft: Draft) -> None:
    """Note a gift that the buyer asks for."""
    found = _first(_GIFT, draft.rest)
    if not found:
        return
    draft.types.add(NoteType.GIFT.value)
    after = clause_after(draft.rest, found.end())
    name = _GIFT_NAME.match(after) if found[0].endswith(tuple("个点些份包双条瓶支张只袋片小几两我送")) else None
    draft.keep("gift", trim(name[1]) if name else found[0])


def read_packing(draft: Draft) -> None:
    """Note how to pack; a slip that should stay out is a wish of packing as well."""
    for found in _PACK.finditer(draft.rest):
        if _NO_SLIP.match(found[0]) or not is_refused(draft.rest, found.start(), found.end()):
            draft.types.add(NoteType.PACKING.value)
            before, after = clause_before(draft.rest, found.start()), clause_after(draft.rest, found.end())
            draft.keep("packing", trim(before + found[0] + after))
            return


def _first(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    return next((found for found in pattern.finditer(text) if not is_refused(text, found.start(), found.end())), None)
