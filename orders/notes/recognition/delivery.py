"""When the parcel should come, and whether the buyer urges."""

import re
from datetime import date

from orders.notes.recognition.dates import UNWANTED, WEEK_PARTS, Day, days, slots
from orders.notes.recognition.draft import Draft
from orders.notes.recognition.text import GONE, STOP, clause_after, clause_before
from orders.notes.statuses import NoteType

KIND = NoteType.DELIVERY_TIME.value
_ARRIVES = re.compile(
    r"送(?!亲|人(?!家)|老|女|男|朋|妈|爸|客户|领导|长辈|礼|同|闺|对象)|(?<!迟)到(?!付|时|底|"
    r"处)|派|收(?!藏|费)|用|前|内|配送|发(?!票|现|烧)|穿|戴|寄|签|取件|人在|在家|"
    r"以?后再|交货|拿|不在|没人|deliver|arrive|ship|send|receive|get",
    re.IGNORECASE,
)
_PAST = re.compile(
    r"\s*(?:那[单个]|晚上|上午|下午|中午|早上|\d{1,2}点)?\s*(?:才|就|刚|我)?(?:拍|下的?单|买|付|定|订|问|"
    r"联系|说|聊|看|想起|发现|客服|活动|促销|大促|价|到现在|是[^,]*(?:生日|节))"
)
_LIMIT_AFTER = re.compile(
    r"\s*(?:号|日|当天)?(?:上午|中午|下午|晚上|早上)?\s*(?:\d{1,2}点)?\s*(?:(?:之|以)?前(?!台)|"
    r"(?:过?生日|结婚|婚礼|聚会|比赛|活动|出门|出差|考试|演出)?(?:急|要|"
    r"着|需要|得|必须|等着|就)+(?:着急)?(?:用|穿|送人|戴|吃)|用)"
)
_LIMIT_BEFORE = re.compile(
    r"(?:赶在|最晚|最迟|不晚于|不迟于|截止|至迟|不超过|by|before)(?:到|是|在|这个?|本)?\s*$", re.IGNORECASE
)
_NOT_SENT = re.compile(
    r"前(?:我|都|人|家里?|还)*(?:不在|没人|没空|不方便|收不了|回不来|出差)|前(?:不要|别|勿|请勿|"
    r"先别|不用|不)(?:给我|急着)?(?:送|发|寄|派)"
)
_OCCASION = (
    r"(?:过?生日|婚礼|结婚|订婚|出发|出门|要走|出差|出国|出游|开学|搬家|满月|百日|周岁|聚会|聚餐|活动|比赛|考试|演出|"
    r"开业|回家|回老家|过节|旅游|旅行|年会|寿宴|办酒|办事|手术|高考|中考|毕业|放(?:寒|暑)?假|"
    r"乔迁|团建|生产|预产期|开工|春游|军训|面试)"
)
_BEFORE_THEN = re.compile(
    rf"(?:[^{STOP} ]{{0,5}}?(?:{_OCCASION}|用|走)的?)[,\s]{{0,2}}(?:希望|请|麻烦|最好|能|可以|"
    rf"可不可以|必须|一定|要|就|在|那|这|赶|送到|到)*"
    r"(?:(?:之|以|这)前(?!别|不要|不)|来得及|赶得上|赶得及|能赶上)"
)
_EVENT = re.compile(
    rf"(?:{_OCCASION}|(?<![\d春])节|年)(?:之|以)?前[^{STOP} ]{{0,8}}(?:到|收|送|发(?!票)|寄|拿)|"
    rf"(?:{_OCCASION}|回来|回去|到家|(?<![\d春])节|年)[^{STOP} ]{{0,3}}(?:之|以)?后?(?:了)?再[^{STOP} ]{{0,3}}(?:送|"
    rf"发(?!票)|寄|派)|"
    r"等[^,;。]{0,4}(?:回|到家|放假|出差|搬|忙完|有空|在家)[^,;。]{0,5}再[^,;。]{0,2}(?:送|发(?!票)|寄|派)|"
    r"(?:暑假|寒假|天[气冷凉热暖晴]{1,3}|[春夏秋冬]天|入[春夏秋冬]|过完?年)[^,;。]{0,4}再[^,;。]{0,2}(?:送|"
    r"发(?!票)|寄)|"
    r"(?:等|到)[^,;。]{0,3}月(?:份)?再[^,;。]{0,2}(?:送|发(?!票)|寄)|"
    r"(?:年|节|假期|放假|过完年|出差|旅游)(?:之|以)?后(?:再)?(?:送|发(?!票)|寄|派)"
)
_AND = r"(?:到|至|-|~|—|、|和|跟|及|或者?|(?<=[周期拜][一二三四五六日天])(?=[周星礼]))\s*"
_LISTED = re.compile(r"[到至\-~—、和或者跟及 ]*")
_JOINS = re.compile(rf"\s*{_AND}(?=\d|[一二三四五六七八九十]|周|星期|礼拜|[明后]天)")
_JOINED = re.compile(rf"(?:号|日|\d|[周期拜].|天)\s*{_AND}$")
_NOT_THEN = re.compile(r"(?<![能可要会行])(?:别|不要|勿|不能|除了?|除开|避开)(?:在|给我)?$")
_QUESTION = re.compile(r"能|可以|吗|行")
_SHIP = re.compile(r"(?<!再)(?<!后)发|寄出|出货|出库")
_SHIP_LATER = re.compile(
    r"(?:(?<![今明昨每后别勿])(?<!不要)晚|迟|延[迟后期]|推迟|缓|过)(?:一?点|一?些|几天|一?[两几俩]天|"
    r"一?周|一?阵子?|段时间)?(?:再|"
    r"给我)?(?:派|配?送(?!人|的)|发(?!票)|寄)|等[^,;。!?~\n\x1f]{0,4}(?:通知|消息|信儿?(?!息)|"
    r"电话)(?:了)?(?:再|后|才|$|[,。!~\s])|"
    r"(?:时候|需要|回来)(?:了)?(?:再|会|我)*(?:告诉|通知|联系|跟|说)[^,;。!?~\n\x1f]{0,4}(?:发(?!票)|寄|送)|"
    r"(?:先|暂时|暂|这几天|最近|现在|目前)(?:别|不要?|勿)(?:急着|着急|给我)?(?:发(?!票|现)|寄|"
    r"送)[^\n。]{0,12}(?:再[发寄送说]|通知|消息|告诉|联系|回来|出差|在外)|"
    r"(?:别|不要|勿|不想)(?:给我)?(?:太早|过早|那么早|这么早|提前|提早)(?:给我)?(?:发(?!票)|"
    r"寄|送|到)|(?:别|不要|勿)(?:发|寄|送|到)(?:得|的)?(?:太|过)早|(?:改[天日]|回头|以后|过后)再(?:给我)?(?:发(?!票)|"
    r"寄|送)|"
    r"(?:发货|送货)(?:时间|日期)|"
    r"延[迟后期]"
)
_ASKED = re.compile(
    r"指定(?:的)?(?:时间|日期|日子)|(?:送货|配送|派送|收货|到货|送达)的?(?:时间|日期)|(?:预约|"
    r"约定?)(?:一?个|好|下)?(?:送货|配送|时间|日期)|定时(?:送|配|达)|约好?时间|"
    r"(?:按|在)[^,;。]{0,8}(?:时间|日期|日子|点)(?:送|派|配|发|来)|(?:挑|选|定)个?(?:时间|日子|日期)|"
    r"(?:具体|什么)?时间(?:我)?(?:再|另外)?(?:通知|告诉|联系)[^,]{0,4}"
)
_SLOT_CONTEXT = re.compile(
    r"送(?!亲|人(?!家)|老|女|男|朋|妈|爸|客户|领导|长辈|礼|同|闺|对象)|(?<![看想听说买提])到|"
    r"派|收(?!藏)|配|取|在家|家里|家没|有人|没人|人在|不在|签|发(?!票)|寄|方便|休|达(?!到)|来(?![不得]及|的)|deliver|"
    r"ship"
)
_TODAY = re.compile(r"今[天日儿]")
_NEXT_HOURS = re.compile(r"[今明][晚早]")
WEEK_SLOTS = frozenset({"weekend", "workday"})
_SOON = re.compile(
    r"(?:[这本下]个?(?:周|星期|礼拜|月)|下下周|月初|月中|[上中下]旬|(?:过|隔|等|缓|晚|迟|推迟|推后|延[迟后期])个?"
    r"(?:[几两一二三四五十\d]|十几|好几)(?:来|多)?(?:天|周|个?星期|个?礼拜|个?月)|[几两一二三\d]个月(?:之|"
    r"以)?后|半个?月(?:之|以)?后|过(?:一?阵子?|段时间|些天))"
    r"[^,;。]{0,6}(?:发|送|寄|到|收)"
)
_GREETING = re.compile(r"(?:上午|早上|下午|晚上|中午|周末|节日|新年|端午|中秋|国庆|圣诞|元旦|春节)(?:好|快乐|安康)")


def read_delivery(draft: Draft) -> None:
    """Note the day, the last day or the time of day; 指定时间送 without one is a question to the buyer."""
    text = _GREETING.sub(lambda found: GONE * len(found[0]), draft.rest)
    has_day = _read_days(draft, WEEK_PARTS.sub(lambda found: " " * len(found[0]), text))
    has_slot = _read_slot(draft, text)
    if has_day or has_slot or _SOON.search(text) or _EVENT.search(text):
        draft.types.add(KIND)
    elif _ASKED.search(text) or _SHIP_LATER.search(text):
        draft.types.add(KIND)
        draft.miss(KIND, "delivery_date")


def _read_days(draft: Draft, text: str) -> bool:
    named: dict[str, list[str]] = {}
    found = days(text, draft.today)
    for at, day in enumerate(found):
        following = found[at + 1].start if at + 1 < len(found) else len(text)
        before, after = _around(text, day, following)
        if _is_wish(draft, day, before, after):
            key = _key(day, text, before, after)
            named.setdefault(key, []).extend([] if _is_unwanted(text, day, before) else [day.day.isoformat()])
    for key, values in named.items():
        if len(set(values)) == 1:
            draft.keep(key, values[0])
    if "deliver_before" in draft.pairs and draft.pairs.get("delivery_date") == draft.pairs["deliver_before"]:
        del draft.pairs["delivery_date"]
    return bool(named)


def _is_wish(draft: Draft, found: Day, before: str, after: str) -> bool:
    if _BEFORE_THEN.match(draft.rest, found.end):
        return True
    if _PAST.match(after) or _is_urge(found.day, before + after, draft.today):
        return False
    return bool(_ARRIVES.search(before + after) or _LIMIT_AFTER.match(after))


def _is_unwanted(text: str, found: Day, before: str) -> bool:
    """Return whether the day is one that does not suit, or one of several."""
    after = clause_after(text, found.end)
    return any((UNWANTED.match(after), _NOT_THEN.search(before), _JOINS.match(text, found.end), _JOINED.search(before)))


def _around(text: str, found: Day, following: int) -> tuple[str, str]:
    """Return the words before and after a day in its clause, up to the next day.

    Before it a space ends them unless nothing follows.
    """
    before, after = clause_before(text, found.start), clause_after(text, found.end)
    if following < found.end + len(after) and not _LISTED.fullmatch(text, found.end, following):
        after = text[found.end : following]
    return before.rsplit(" ")[-1] if after.strip() else before, after


def _key(found: Day, text: str, before: str, after: str) -> str:
    if _BEFORE_THEN.match(text, found.end):
        return "deliver_before"
    is_limit = found.is_limit or _LIMIT_AFTER.match(after) or _LIMIT_BEFORE.search(before)
    return "deliver_before" if is_limit and not _NOT_SENT.search(after) else "delivery_date"


def _is_urge(day: date, clause: str, today: date) -> bool:
    """Return whether the day only presses: 今天发货, 明天能发吗."""
    ahead = (day - today).days
    is_question = ahead == 1 and bool(_QUESTION.search(clause))
    return (ahead == 0 or is_question) and bool(_SHIP.search(clause)) and not _SHIP_LATER.search(clause)


def _read_slot(draft: Draft, text: str) -> bool:
    found = []
    for name, start, end in slots(text):
        before, after = clause_before(text, start), clause_after(text, end)
        is_press = _NEXT_HOURS.match(text, start) and _SHIP.search(after) and not _SHIP_LATER.search(after)
        if (
            _SLOT_CONTEXT.search(before + after)
            and not _TODAY.search(before)
            and not _PAST.match(after)
            and not is_press
        ):
            is_limit = name in WEEK_SLOTS and (_LIMIT_AFTER.match(after) or _LIMIT_BEFORE.search(before))
            found.append("" if is_limit else name)
    named = {name for name in found if name}
    if len(named) == 1:
        draft.keep("delivery_slot", named.pop())
    return bool(found)


_HURRY = re.compile(
    r"尽[快早速]|尽量快|尽可能快|越[早快]越|赶快|赶紧|抓一?点?紧|时间紧|[很太好挺比较]赶(?=$|"
    r"[\s,。!~\x1f])|等着.{1,3}用|快[点些D]|快一[点些]|早[点些]|早日|速(?:度|速)?发|速度|速速|"
    r"速寄|马上|"
    r"立[刻即马]|及时|优先|加急|火速|飞速|第一时间|越快越好|急[用需要单]|[很太好比较非常挺超特蛮老]急|"
    r"着急|急着|急{2,}|快{2,}(?!乐)|急(?=$|[\s,。!~\x1f])|(?<![^\s,;。!~\x1f])快(?=$|[\s,。!~\x1f])|"
    r"赶时间|火烧眉毛|加塞|插[个一下]*队|(?:别|不要|勿|莫|不能|千万别)再?(?:拖(?!把|鞋|地)|晚[发寄]|"
    r"延误|延迟|磨[蹭叽唧]|"
    r"耽[误搁])|麻溜|麻利|搞快|等米下锅|十万火急|等着?(?:急)?(?:用|穿|救|吃|喝|送|开工|开学)|"
    r"赶着?(?=用|送人|穿|要|急)|断[粮货奶]|没[得有](?:用|吃|喝|穿|换)了?(?=$|[\s,。!~\x1f])|"
    r"[快就要](?:用|吃|喝)(?:完|光|没)了|救急|应急|提速|加快|求快|(?:别|不要)让[^,;。]{0,3}等|"
    r"要得急|急死|(?:下单|拍下|付款|收到)(?:就|马上|后就)(?:能|给)?(?:发(?!票)|寄)|十分急|万分急|"
    r"急[等盼求]|盼快|能[快早](?:就|则)?[快早]?|快手|从速|快马|神速|等着呢|等唔切|等不及|等不了|"
    r"催|"
    r"(?:怎么|为什么|咋|为啥)?还[没未不](?:有)?(?:给我|给)?(?:发(?!票)|寄|出货|动静|揽收|物流|出库)|"
    r"(?:什么时候|啥时候?|何时|几时|多久|几天|哪天)(?:才|能|可以|会|给|我|安排)*(?:发(?!票)|寄)|"
    r"(?:今[天日晚]|当天|今儿|明[天早儿])(?:能|可以|就|会|给|我|务必|必须|一定|可|要|帮|安排|之?[内前]|"
    r"下午|上午|晚上|中午|\d点|以前)*(?:发(?!票)|寄|出货|出库)|"
    r"今[天日晚儿][^,;。!~\x1f]{0,8}(?:发(?!票)|寄出|出货|安排)|(?:当日|即日|即刻|现在|今)(?:就|"
    r"能|可以|给我)*(?:发(?!票|的)|寄)|早发|快发|秒发|(?<![A-Za-z])(?:asap|hurry|"
    r"urgent(?:ly)?|as soon as possible|rush|quick(?:ly)?|fast(?:er|est)?(?= ship| deliver|$)|"
    r"ship (?:it )?(?:fast|soon|today))(?![A-Za-z])",
    re.IGNORECASE,
)
_CALM = re.compile(
    r"(?:不|不用|不要|别|不太|不必|不那么|没那么|不是很|没有?|唔使|不是特别|不会|不算|不是|并不|"
    r"又不|倒不|不怎么|不太|(?:不要|别|不用)(?:那么|这么|太))$"
)
_OTHER_HURRY = re.compile(
    r"[的地]?(?:给我|给|帮我|帮|与我|和我|跟我|通知|安排|您|你|再)*(?:回[复答电]?|联系|答复|告[知诉]|退|"
    r"改|开(?:具|票|发票)|打电话|通知|确认|加我|补发票|处理(?!发))|(?:休息|过去|通过)"
)
_ABOUT_ELSE = re.compile(r"(?:回复|答复|退款|退货|客服|联系|处理|开票|发票|改价|售后)[^,;。]{0,3}$")
_VAGUE = {
    "早日",
    "早点",
    "早些",
    "马上",
    "立刻",
    "立即",
    "立马",
    "及时",
    "优先",
    "快点",
    "快些",
    "速度",
    "第一时间",
    "赶紧",
    "快一点",
    "快一些",
}
_SENDS = re.compile(
    r"儿?(?:$|[,。!~ \x1f吧哈哦啊呀])|儿?[^,。]{0,3}(?:发|寄|出|送|到|安排|货|收|拿|处理|揽|"
    r"打包|整)|$|[,。!~ \x1f]|吧|哈|哦|啊|呀|啦|谢|呗|好|的?$"
)


def read_urge(draft: Draft) -> None:
    """Note that the buyer presses for the goods; to press for an answer is nothing of the kind."""
    for found in _HURRY.finditer(draft.rest):
        before, after = clause_before(draft.rest, found.start()), clause_after(draft.rest, found.end())
        if _CALM.search(before) or _ABOUT_ELSE.search(before) or (found[0] != "加急" and _OTHER_HURRY.match(after)):
            continue
        is_later = found[0].startswith("明") and NoteType.DELIVERY_TIME in draft.types
        if not is_later and (found[0] not in _VAGUE or _SENDS.match(after)):
            draft.types.add(NoteType.URGE.value)
            return
