"""Gifts on top of what was ordered: samples, small things, what a campaign promised."""

import re

from orders.notes.recognition.draft import Draft
from orders.notes.recognition.refusal import unrefused
from orders.notes.recognition.text import GONE, STOP, clause_after, clause_before, trim
from orders.notes.statuses import NoteType

_IN = rf"[^{STOP} ]"
_UNIT = (
    r"(?:[一二两几俩仨半三多\d]?[个点些份包双条瓶支张只袋片套根把盒块对件本枚颗粒罐串束朵顶副卷样节俩仨](?![货子])|"
    r"(?=小(?!区|心|姐|哥|朋友))|几|两(?=[\u4e00-\u9fff]))"
)
_THING = (
    r"袜|鞋[带垫]|面膜|小样|贴纸|钥匙扣|挂件|玩具|湿巾|纸巾|毛巾|杯子|收纳[袋包]|备用|试用|试吃|"
    r"试[戴穿喝香]|零食|糖|书签|"
    r"明信片|发圈|头绳|口罩|雨伞|帽子|手套|围巾|勺|筷|杯垫|滤芯|电池|替芯|数据线|贴膜|钢化膜|手机壳|"
    r"礼[物品]|赠品|惊喜|福利|福袋|优惠券|香囊|种子|肥料|猫条|罐头|冻干|样品|小东西|小玩意|好东西|小礼|发夹|笔芯"
)
# What is given without being a gift: help, answers, means of packing and the goods themselves.
_NO_GIFT_THING = (
    r"(?:冰袋|冰|泡沫|气泡|泡泡|纸箱|纸板|箱子|胶带|填充|干燥剂|护角|层|报纸|纸(?!巾)|发票|票|"
    r"收据|小票|单号|清单|贺?卡片?(?!贴)|"
    r"说法|回复|答复|电话|时间|照片|视频|准话|话|建议|实惠|优惠(?!券)|便宜|折扣?|差价|红包|家|朋友|闺蜜|老师|同学|"
    r"人|户|位|地[方址]|处|微信|好友|群|[vV]|月|星期|天|周|年|小时|分钟|班|保|钱|单|包裹|箱|"
    r"[A-Za-z\d]|[男女]款|款|型|链接|机会|面子|说明|信|"
    r"好评|活路|[黑白红黄蓝绿灰粉紫棕米杏咖](?:色|的)|[大中小均SMLX]+[码号]|货|耐心|心|力|新鲜|好看|好的|大的|小的|"
    r"快|急|暖宝宝|丝带|蝴蝶结|礼盒|盒子|吊牌|保护|运费|信息|提示|通知|消息)"
)
_NO_PARCEL = (
    r"(?!货|到|上门|去|达|来|过来|过去|楼|家|公司|单位|学校|人|检|修|给|下|回|错|的是|完|出|"
    r"件|快递|老|女|男|朋|妈|爸|客|同[学事]|长辈|领导|亲|闺|孩)"
)
_ONCE = r"(?:多|再|能|可以|给我|给|帮我?|白|免费|另外|额外|顺便|随机|顺手|附|加|随便)*"
_GIFT = re.compile(
    rf"赠品|赠送|附赠|随赠|(?:旅行装?)?小样|茶样|福袋(?!$)|样品(?=送|给|呗)|试用装|试吃装?|体验装|"
    rf"小?礼[物品](?![盒袋纸包])|小惊喜|(?:新[人客]|见面|会员|入会|老客|回购|开业)礼|"
    rf"{_ONCE}(?:(?<![赠配派周末天午上点发六日号前后直接分运晚早])送|塞(?!点?[纸泡气满报])|白给|"
    rf"(?<![捐转受馈])赠(?![送品与予]))(?:我|俺|们)?(?:多|的|个)?(?>{_UNIT}|"
    rf"(?={_THING}))(?!{_NO_GIFT_THING})|"
    rf"(?:多|再|另外?|额外|顺便|帮忙?|帮我|麻烦)?(?:搭|捎|附|配|饶)(?:送|上|带)?(?:我|俺)?(?>{_UNIT})(?!{_NO_GIFT_THING})|"
    rf"(?:多|再)(?:给|放|来|加|带)(?:我|俺)?(?:多)?(?:配|塞|放|送)?(?>{_UNIT})(?!{_NO_GIFT_THING})|"
    rf"(?:给|放|来|加|带|求|讨|蹭|发|装)(?:我|俺)?{_UNIT}(?!{_NO_GIFT_THING})(?=[^{STOP} 色]{{0,5}}?(?:{_THING}))|"
    rf"(?<!少)(?:给|放|来|加|求|讨|蹭)(?:我|俺)?点?(?=小?(?:{_THING}))|"
    rf"(?:给|放|来|加|带|搞|整)(?:我|俺|上)?(?>{_UNIT})(?!{_NO_GIFT_THING})(?={_IN}{{2,7}}?(?:吧|"
    rf"呗|嘛|吗|行不|可以|好不|进去|里面|尝|试试|玩|哈|呀|哟)(?:$|[{STOP} ]))|"
    rf"(?:(?<=把)|(?<![^{STOP} ]))送的(?={_IN}{{1,8}}(?:要|换|别|不要|选|给|发|记得|能))|"
    r"(?:^|[\s,。!~])(?:给|来|多给|多放|整)(?:我)?点(?:东西|好东西|礼|好货)|有(?:没有)?(?:啥|"
    r"什么)?(?:可以)?送的?(?=$|[吗么呀啊的吧没不\s,。!?~])|"
    rf"(?:随机|随便|随意|看着|看心情|看情况|尽量|多多|多)(?:多)?(?:送|给我送|塞)(?=$|[{STOP} 点些就个两几多吧呗啊哦])|"
    r"买[一二两三四五1-9][件个双盒]?[送赠][一二两三1-9]?[件个双盒]?|"
    rf"(?:满{_IN}{{1,6}}?|买{_IN}{{0,3}}?[\d一二三四五两件套盒瓶个双箱]|前{_IN}{{1,6}}?|下单|"
    rf"拍下|复购|收藏|关注|入会|晒图|晒单|好评|直播间?|主播|客服|说好|说了|说过|"
    rf"答应|承诺|活动|页面|详情页?|讲好|不是|写着)(?:{_IN}(?!周|星期|号|月|点|天)){{0,6}}?(?:送|"
    rf"赠(?!品))(?:过)?(?:的|我|个|一?[份双条盒件瓶])*{_NO_PARCEL}(?={_IN})|"
    rf"(?:会|有|能|可以)送(?:我)?[点些]?(?=东西|礼|什么|啥)|给{_IN}{{1,4}}?(?:带|捎|放|塞)(?>{_UNIT})(?!{_NO_GIFT_THING})(?={_IN})|"
    rf"(?:满赠|买赠|抽[奖中到]{{1,3}}|中奖|赢|赠)的(?={_IN})|送(?:点|些|我)?(?:啥|什么)(?!时)|"
    rf"(?:再|多)(?:来|给|送)(?:我)?[点些](?=$|[{STOP} 吧呗啊哦])|"
    rf"送(?={_IN}{{1,6}}的?活动)|"
    r"free (?:gift|sample)s?|(?:有啥|"
    r"有什么)好(?:东西|玩意)|顺手塞",
    re.IGNORECASE,
)
_FOR_SOMEBODY = re.compile(
    r"(?:送(?:女|男|朋友|客户|闺蜜|老|妈|爸|人|同|对|孩|亲|长)[^,;。]{0,4}|当|作为|做|是|[买选挑带备]来?(?:的|"
    r"给[^,;。]{1,5}的)?|"
    r"(?:给|送)[^,;。]{1,6}的|生日|做个?|包成|包装成|节日|收到的?|结婚|订婚|毕业|圣诞|新年|新婚|"
    r"乔迁|满月|回礼|[一-龥]节的?)\s*$"
)
_GIVEN_TO = re.compile(
    r"(?:是|要)?(?:[买拿]|用?来|送)(?:来|去)?(?:给|老|女|男|朋|妈|爸|人|客|同|领|长|孩|对|的|送)|是给|用的?$|要送"
)
_ASKS_FOR = re.compile(
    rf"(?:送|给|有|有啥|什么|没|放|来|求|塞|附|随|加|带|多|要|点|{_UNIT})(?:我|俺|的|啥|什么|多|好|{_UNIT}|小)*$"
)
_IS_GIVEN = re.compile(
    r"(?:也|都|要|记得|可以|能|请|麻烦|就)*(?:多|有|送|给|放|呢|吗|别忘|别漏|一起|寄|发|$|[\s,。!~])"
)
_THANKED = re.compile(r"(?:感谢|谢谢|多谢)(?:.*送的?)?(?:老板|你们|店家|掌柜|卖家)?$")
_LAST_TIME = re.compile(r"上一?次|上回|之前|以前|前几次|上一单")
_PROMISED = re.compile(r"说|答应|承诺|讲|忘|漏|没|缺")
_STILL = re.compile(r"说|要|答应|承诺|讲|忘|漏|没|补|再|还|这次|别|多|不要|换")
_FAULT = re.compile(
    r"(?:里面|里|都|也|是|又|全|已经|上次)*(?:坏|破|碎|烂|怎么(?!没|还)|有问题|质量|是什么|是啥|"
    r"价?值|多少|多大|什么颜色|好用|收到|少了?|很|真|挺|太|不错|过期)"
)
_HEAD = re.compile(
    rf"^(?:的话|可以|能不能|请|要求|就|也|想|希望|麻烦|我|给我?|给|放|的|是|为|:|=|要|选|换成|换|改成|记得|"
    rf"别忘了?|别漏了?|加|带|发|送|多|再|来|一?下|\s|{_UNIT}(?=[\u4e00-\u9fff]))+"
)
_NAME = re.compile(
    rf"^([^{STOP} ]{{1,12}}?)(?:[一两][个份双条包]|的|吗|么|亲|吧|呗|啊|呀|哟|哦|哈|呢|嘛|没|没有|"
    rf"可以.*|可不可以.*|行.*|好[吗不].*|"
    r"尝尝|试试|玩玩|用用|please|pls|谢.*|啦|了|不要.*|别.*|请.*|漏.*|也.*|就.*|要.*|老细|老板|"
    r"老铁|记得.*|放.*|给.*|能.*|"
    rf"我有.*|的?活动.*|一起.*|都.*|方便.*|不然.*|免得.*|以后.*|备用|送[啊吗么呀不]?|一下|不)*(?=$|[{STOP} ])"
)
_NO_NAME = re.compile(
    r"一?[点些个节]|吗|啥|什么|吧|呢|啊|呀|哈|哦|呗|东西|的|了|么|没有?|什么.*|啥.*|please|pls|"
    r"送.?|一?[点些]?儿|俩|不|没|好.?|多|什|[个份包双条瓶支张只袋片套根把盒块对件颗粒罐]"
)
_NO_DESCRIPTION = re.compile(
    r"不|别|重复|有|没|呢|吧|和|跟|或|一起|也|随机|随便|随意|足|够|啊|呀|多|都|可|一定|吗|必|"
    r"全|给|放|送|装|寄|还|呗|在|到|记|千万|务必|什么|啥|里|箱|盒|进|怎|贵|[女男](?!款|式|士)|"
    r"孩"
)
_OTHERWISE = re.compile(r"(?:就|都|能|可以)*(?:换(?:别|其他|其它|一?个|一下)|不要|别(?![忘漏少])|勿|不想要)")
_UNNAMED = re.compile(r"(?:随机|随便|随意|看着|看心情|看情况|尽量|多)(?:送|给我送|塞)|买.{1,2}[送赠].{0,2}")
_SAID_BEFORE = re.compile(rf"(?:多|再)(?:给|放|来|加|带)(?:我|俺)?多?{_UNIT}")
_ASIDE = re.compile(r"^(?:麻烦|请|老板|能不能|可不可以|可以|能|帮我|那个)*")
_CHOICE = re.compile(r"或|还是|要么")
_NO_GIFT_BEFORE = re.compile(_NO_GIFT_THING)
_BARE = frozenset({"礼物", "礼品"})
_EITHER = re.compile(r"(?:或者?|还是)$")
_FILLS = re.compile(r"易碎|怕[碎压摔]|缝|空隙|填|防|晃|泡沫")
_WORDS = re.compile(rf"{_IN}*")
_BROAD = re.compile(  # names of any gift: what follows may describe it
    r"赠品|赠送|[附随]赠|(?:旅行装?)?小样|福袋|样品|茶样|小?礼[物品]|小惊喜|试用装|试吃装?|体验装|"
    r"(?:新[人客]|见面|会员|入会|老客|回购|开业)礼"
)


def read_gift(draft: Draft) -> None:
    """Note a gift that the buyer asks for; the rest of its clause describes it."""
    asked = [found for found in unrefused(_GIFT, draft.rest) if _is_asked(draft.rest, found)]
    if not asked:
        return
    found = min(asked, key=lambda each: _is_of_last_time(draft.rest, each))
    draft.types.add(NoteType.GIFT.value)
    start, name = _gift_name(draft, found)
    draft.keep("gift", name)
    after = _WORDS.match(draft.rest, start)
    draft.use_up(found.start(), max(found.end(), start + len(after[0] if after else name)))


def _is_of_last_time(text: str, found: re.Match[str]) -> bool:
    said = clause_before(text, found.start()).rsplit(" ")[-1]
    return bool(_LAST_TIME.search(said) and not _PROMISED.search(said))


def _is_asked(text: str, found: re.Match[str]) -> bool:
    """Return whether the shop should give it: neither thanks nor a complaint, nor something of the last time."""
    before, after = clause_before(text, found.start()), clause_after(text, found.end())
    is_past = _LAST_TIME.search(before) and not _STILL.search(text)
    if text[found.end() : found.end() + 1] == GONE or _THANKED.search(before) or _FAULT.match(after) or is_past:
        return False
    return _names_gift(found[0], before, after) and not _is_of_packing(text, found, before, after)


def _names_gift(word: str, before: str, after: str) -> bool:
    """Return whether a noun is no present for somebody else; a verb with its measure is none anyway."""
    if _BROAD.fullmatch(word) and _FOR_SOMEBODY.search(before):
        return False
    if word in _BARE:
        return not _GIVEN_TO.match(after) and bool(_ASKS_FOR.search(before) or _IS_GIVEN.match(after))
    return True


def _is_of_packing(text: str, found: re.Match[str], before: str, after: str) -> bool:
    """Return whether the words ask for means of packing: 冰袋多放两个, 易碎 多塞点谷糠."""
    is_said_before = _SAID_BEFORE.fullmatch(found[0]) and not after.strip()
    return bool((is_said_before and _NO_GIFT_BEFORE.match(before)) or ("塞" in found[0] and _FILLS.search(text)))


def _gift_name(draft: Draft, found: re.Match[str]) -> tuple[int, str]:
    """Return where the name of the gift stands and the name: after the verb, else the word that was found."""
    if found[0].isascii():
        return found.start(), found[0]
    if _UNNAMED.fullmatch(found[0]):
        return found.end(), ""
    start, name = _described(draft, found.end())
    has_head = start > found.end()
    if _BROAD.fullmatch(found[0]):
        if _OTHERWISE.match(draft.rest, found.end()) or _EITHER.search(clause_before(draft.rest, found.start())):
            return found.end(), ""
        is_described = name and (has_head or found[0] == "赠品") and not _NO_DESCRIPTION.match(name)
        return (start, name) if is_described else (found.start(), found[0])
    if not name and _SAID_BEFORE.fullmatch(found[0]):
        return found.end(), _named_before(draft, found)
    return start, name


def _described(draft: Draft, start: int) -> tuple[int, str]:
    """Return where the words after a verb or a noun begin that say which gift, and these words."""
    head = _HEAD.match(clause_after(draft.rest, start))
    start += head.end() if head else 0
    name = _NAME.match(draft.rest[start:])
    if name is None or _NO_NAME.fullmatch(name[1]) or _CHOICE.search(name[1]):
        return start, ""
    return start, draft.text[start : start + len(name[1])]


def _named_before(draft: Draft, found: re.Match[str]) -> str:
    """Return 贴纸 of 贴纸多放两张."""
    before = clause_before(draft.rest, found.start()).rsplit(" ")[-1]
    begin = found.start() - len(before)
    return trim(draft.text[begin + len(_ASIDE.match(before)[0]) : found.start()])  # type: ignore[index]
