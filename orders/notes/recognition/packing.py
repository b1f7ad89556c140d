"""How to pack: how firmly and in what, what should stay out of the parcel or off it."""

import re
from collections.abc import Iterator

from orders.notes.recognition.dictated import REQUEST
from orders.notes.recognition.draft import Draft
from orders.notes.recognition.refusal import is_refused
from orders.notes.recognition.text import GONE, STOP, trim
from orders.notes.statuses import NoteType

_NOT = r"(?:不要|别|勿|莫|避免|防止|不能|不可以?|不许|禁止|不得|免得|不)(?:给我|把我的|我|再|被|随便)?"
_FIRMLY = r"[好严实紧厚结牢稳密]|仔细|扎实|妥当"
_STUFF = (
    r"气泡|泡泡[膜纸袋柱]|泡沫(?!地垫|胶|轴|之|剂|洗|丰)|珍珠棉|海绵(?=$|[垫包])|木架|木箱|冰袋|冰块|"
    r"干燥剂|填充|报纸|旧纸|胶带|胶布|纸筒|硬?纸板|护角|网套|牛皮纸|缠绕膜|保鲜膜|防[水潮震撞]袋|自封袋|密封袋|"
    r"保温[袋箱膜]|硬盒|外箱|纸箱|箱子|飞机盒|编织袋|蛇皮袋"
)
_PART = r"[盒箱袋]子|外包装|包裹|面单|快递单|瓶[口盖]|杯口|四角|边角|缝隙|空隙|里面|中间|之间|底部|四周|外面"
_SLIPS = (
    r"小票|价格单|发货单|送货单|出货单|配货单|价格(?:标签|牌|信息|条|单)|清单|标价|价签|"
    r"(?:宣传|广告|优惠)(?:单|页|卡|册|语)|(?:好评|返现|五星|售后|刮刮|红包|会员|加微信的?)(?:返现)?卡片?"
)
_OUTSIDE = (
    r"(?:外面|外边|外头|外表|外箱|外盒|箱子|盒子|包裹|包装|袋子|单子|快递单|面单|快递[盒袋箱]|"
    r"纸箱|表面)(?:上面?|外面?|外边)?"
)
_PACK = re.compile(
    # how firmly
    r"包装|打包(?!的?(?:人|小|师|同|员|阿|姐|哥))|外包|内包|"
    rf"包(?:得|的)?(?:{_FIRMLY})|包[一二两三四五多几]?(?:层|圈)|包一?下|包起来|"
    r"(?:小心|仔细|好好|用心|认真|分别|分开|单独|独立|各自|一起|多|再|全部|都|重新|轻轻|一个个|逐个|每.)"
    r"地?(?:用.{1,5})?(?:打?包(?![包括含邮退换赔里治])|装(?![修饰]))|"
    r"多套|套[个层上](?!.?(?:码|餐|装))|多塞|塞[点满些]?[纸泡气报]?[^STOP]{0,2}|压痕|包扎|(?<!包)裹(?!挟)|"
    r"隔[纸层板]|保护(?:好|一下|起来)|缠|垫(?:点|好|一|上|些|几|厚|满|"
    r"着|纸|泡|层|多)|多垫|捆[好紧绑]|绑[好紧牢]|"
    # in what, against what
    rf"{_STUFF}|加固|防[震摔压撞潮水碎漏氧冻晒刮磕](?!手|的?那|款|性|系|霜|喷)|{_SLIPS}|"
    # tags and papers
    r"吊牌[^STOP]{0,5}(?:剪|拆|撕|去|拿|摘|取|扔|留|不要)|(?:剪|拆|撕|去|摘|取下|拿)[掉了下]?[^STOP]{0,4}(?:吊牌|标签)|"
    r"标签[^STOP]{0,4}(?:撕|剪|拆|去掉|摘)|说明书(?=[^STOP]{0,3}[不别勿省])|(?:不|别|勿)[^STOP]{0,3}说明书|"
    r"(?:粘|垫|夹|加)[^STOP]{0,2}板|保密|匿名|隐私|隐蔽|隐秘|低调(?:点|发|包)|"
    r"(?:真空|无菌)(?!杯|保温|壶|管|袋多少|泵)|易碎|轻拿|轻放|小心(?:搬|运|碎|轻)|密封|保温(?=发|寄|包|装|$|处)|"
    r"(?:两|一|多|几)?[两个件样本]?(?:放|装)(?:一|1|同一?)个?(?:箱|盒|袋|包裹)|"
    rf"(?:用|拿|换)[^STOP]{{0,8}}(?:箱|盒|袋)子?(?=$|装|包|发|寄|吧|打|就)|[盒袋箱]子?装(?=就|吧|$|好|即)|"
    # where to stick, stuff or pad
    rf"(?:{_PART})[^STOP]{{0,5}}?(?:贴|印|套|垫|裹|封|缠|包(?![邮装裹])|绑|塞|隔|固定|填|衬|捆|"
    rf"拧紧|写)|(?:贴|印|套|垫|裹|封|缠|绑|塞|填|衬|写)[^STOP]{{0,5}}?(?:箱|盒|袋)子?(?:上|里|"
    rf"外|$)|"
    r"(?:立|竖|平|横|正)着?放|朝上|倒(?:置|放|着|立|扣|过来)|(?:不能|别|不要|勿)倒|隔开|分隔|"
    r"隐晦|低调|(?:不|别|不要)(?:太|那么)?(?:明显|显眼|招摇)|放冰|封[好口箱紧]|double box|"
    rf"(?:去|拆|扔|丢|不要|不留|压扁?)掉?外?(?:盒|箱)|原[盒箱](?=发|寄|不|别|装|包)|挂装|装[盒箱袋](?=$|"
    rf"不|发|里|寄|就)|简[装包](?!修)|卷(?:起来|好|成)|"
    # what must not happen to it
    r"[盒箱袋]子?(?:别|不要|勿|不能)[^STOP]{0,2}(?:破|坏|瘪|脏|湿|烂)|"
    rf"{_NOT}(?:[^STOP]{{0,3}})?(?:压(?![价力货])|摔|(?<!打)折(?![扣后上])|挤|碰|磕|叠(?!加)|"
    rf"拆[原封盒箱]|拆开|暴力|倒[置放]|颠倒|晃|散[开架]|露|洒|漏[出液水气油]|"
    r"弄[坏碎皱烂脏湿破折]|看[得到见]?出)|看不出|怕[压摔碎碰磕折]|"
    r"(?:别|不要|勿|不能)让[^STOP]{0,6}(?:看|知道|发现)|"
    # what nobody should read
    rf"{_OUTSIDE}[^STOP]{{0,3}}(?:别|不要|勿|不能|不得|不|请勿|莫)[^STOP]{{0,5}}(?:写|标|印|贴|"
    rf"出现|有|露|显示|体现|填|打)|"
    r"(?:品名|物品(?:名称?|信息)?|货品|内件|内物|托寄物|寄件人|发件人|商品名)[^STOP]{0,6}?(?:写|填|标|打|改|备注|保密)|"
    r"(?:别|不要|勿|不)(?:写|填|标|印|出现|显示|体现)[^STOP]{0,6}?(?:品名|物品|内容|名称|店名|"
    r"产品|商品|字|店|价|信息|logo)|"
    r"(?:不要|别|没有|不带|无|去掉?|遮住?)[^STOP]{0,4}?(?:logo|店名|店铺名|品牌名)|"
    r"(?:扎|打|留|戳)[几个点些两]*(?:透?气)?[孔洞眼]|暖宝宝(?=保温)|"
    # in English
    r"(?<![A-Za-z])(?:pack(?:ed|ing|age|aging)?|wrap(?:ped|ping)?|bubble|fragile|discreet|price tags?|"
    r"invoice slip|padding)"
    r"(?![A-Za-z])[a-z ]*".replace("STOP", f"{STOP} "),
    re.IGNORECASE,
)
_BOX = re.compile(r"外?(?:包装)?盒子?(?=$|[\s,;。!~])|鞋盒|纸盒|塑料袋|外?包装袋")
_OUT = re.compile(
    rf"{_NOT}(?:放|要|用|带|附|塞|夹|装|有|弄|加|留|出现|给|寄)*(?:任何|什么|那个|那种|这种|各种|"
    rf"外|快递)?的?(?:{_BOX.pattern})|"
    rf"{_NOT}(?:放|带|附|塞|夹|装|有|出现|留)[^{STOP} ]{{0,6}}?(?:价格|价钱|金额|广告|宣传|卡)|"
    rf"{_NOT}把?(?:价格|价钱|金额|小票)[^{STOP} ]{{0,4}}(?:放|写|贴|装|带|留)"
)
_PAST = re.compile(
    r"(?:上次|上回|之前|以前|前几次|每次|上一?次|那次|收到)[^要请再]{0,12}(?:坏|破|碎|烂|瘪|"
    r"扁|漏|差|问题|皱|湿|开了|裂)|"
    r"(?:包装|箱子|盒子|外箱|纸箱|打包)(?:都|也|就|已经|全|被|有点)*(?:的问题|破了|坏了|碎了|"
    r"烂了|瘪了|扁了|湿了|破损|太差|很差|差)"
)
_PRAISE = re.compile(
    r"(?:包装|打包|包)(?:得|的|[和跟与、][^,;。 ]{1,3})?(?:也|都|总是|一直|一向)?(?:很|真|太|"
    r"非常|挺|特别|超|蛮|好)(?:好|"
    r"用心|精[美致]|仔细|严实|"
    r"不错|满意|喜欢|赞|漂亮|结实|到位|棒)(?!点|一|些)"
)
_QUESTION = re.compile(
    r"吗|[么呢]$|[?]|还是|(?:什么|啥)(?:样|材|颜|规|做|东)|[有是](?:几|多)|(?<![扎打留放加套缠包戳多垫])几[个种层]|"
    r"多[少大重]|是不是|有没有|可以退|能退|完好"
)
_WISHED = re.compile(
    r"能|可以|帮|请|要|麻烦|给|加|多(?![少大重久长宽高])|别|希望|最好|务必|记得|有没有(?:气泡|泡沫|冰袋)"
)
_NO_PACKING = re.compile(r"保密(?:柜|箱)|规格|[箱盒袋]子?大小|清单(?:发|给)|(?:一|几|整)箱(?:是|有)?多少")
_CLAUSE = re.compile(rf"(?:[^{STOP} ]|(?<=[A-Za-z]) (?=[A-Za-z]))+")
_LEAD = re.compile(
    r"^(?:please |pls |请|麻烦|帮忙?|帮我|给我|你们?|一定|务必|老板|亲|就一个要求|记得|然后|里面(?=小票|价)|另外|再|和|"
    r"跟|还有|两个都|要(?!求)|要求|用(?!气|纸|泡|黑|硬|没|大))+"
)
_EXEMPT = re.compile(
    rf"{_SLIPS}|价格|别|不|勿|避免|防|包装|打包|易碎|看不出|{_OUTSIDE}|品名|吊牌|logo|原盒|去|"
    rf"拆|没有|无|price|invoice|discreet",
    re.IGNORECASE,
)
_FORBIDS = re.compile(r"(?:不要|别|勿|禁止|不能)(?:再|给我)?[用拿]")
_REASON = re.compile(r".{0,4}(?:易碎|怕.{1,2}|脆|fragile)[品物的件]?", re.IGNORECASE)  # says why, not how
_MOST = 2  # clauses of something else between two wishes that are kept as one


def read_packing(draft: Draft) -> None:
    """Note every wish of packing, from the first to the last one when little else stands between them."""
    found = list(_wishes(draft.rest))
    if not found:
        return
    draft.types.add(NoteType.PACKING.value)
    found = [span for span in found if not _REASON.fullmatch(draft.rest, *span)] or found
    start, end = found[0]
    for begin, stop in found[1:]:
        between = draft.rest[end:begin]
        if GONE in between or REQUEST.search(between) or len(_CLAUSE.findall(between)) >= _MOST:
            break
        end = stop
    lead = _LEAD.match(draft.rest[start:end])
    draft.keep("packing", trim(draft.text[start + (lead.end() if lead else 0) : end]))


def _wishes(text: str) -> Iterator[tuple[int, int]]:
    for clause in _CLAUSE.finditer(text):
        said = clause[0]
        if (
            _NO_PACKING.search(said)
            or _PAST.search(said)
            or _PRAISE.search(said)
            or _is_question(said, text, clause.end())
        ):
            continue
        if _OUT.search(said) or any(_is_wanted(text, found) for found in _PACK.finditer(text, *clause.span())):
            yield clause.span()


def _is_question(said: str, text: str, end: int) -> bool:
    """Return whether the clause asks about the product: 是原包装吗, but not 能加固吗."""
    return bool(_QUESTION.search(said + text[end : end + 1]) and not _WISHED.search(said))


def _is_wanted(text: str, found: re.Match[str]) -> bool:
    if _EXEMPT.match(found[0]) or _FORBIDS.search(text, max(0, found.start() - 8), found.end()):
        return True
    return not is_refused(text, found.start(), found.end())
