"""When the parcel should come, and whether the buyer urges."""

import re
from datetime import date

from orders.notes.recognition.dates import UNWANTED, WEEK_PARTS, Day, days, slots
from orders.notes.recognition.draft import Draft
from orders.notes.recognition.text import GONE, clause_after, clause_before
from orders.notes.statuses import NoteType

KIND = NoteType.DELIVERY_TIME.value
_ARRIVES = re.compile(
    r"送|(?<!迟)到(?!付|时|底|处)|派|收(?!藏|费)|用|前|内|配送|发(?!票|现|烧)|寄|签|取件|人在|在家|"
    r"以?后再|交货|拿|不在|没人|deliver|arrive",
    re.IGNORECASE,
)
_PAST = re.compile(
    r"\s*(?:那[单个]|晚上|上午|下午|中午|早上|\d{1,2}点)?\s*(?:才|就|刚|我)?(?:拍|下的?单|买|付|定|订|问|"
    r"联系|说|聊|客服|活动|促销|大促|价|到现在|是[^,]*(?:生日|节))"
)
_LIMIT_AFTER = re.compile(
    r"\s*(?:号|日|当天)?(?:上午|中午|下午|晚上|早上)?\s*(?:\d{1,2}点)?\s*(?:(?:之|以)?前(?!台)|(?:急|要|"
    r"着|需要|得|必须|等着|就)+(?:着急)?(?:用|穿|送人|戴|吃)|用)"
)
_LIMIT_BEFORE = re.compile(
    r"(?:赶在|最晚|最迟|不晚于|不迟于|截止|至迟|不超过|by|before)(?:到|是|在)?\s*$", re.IGNORECASE
)
_NOT_SENT = re.compile(r"前(?:不要|别|勿|请勿|先别|不用|不)(?:给我|急着)?(?:送|发|寄|派)")
_AND = r"(?:到|至|-|~|—|、|和|或者?)\s*"
_JOINS = re.compile(rf"\s*{_AND}(?=\d|[一二三四五六七八九十]|周|星期|礼拜|[明后]天)")
_JOINED = re.compile(rf"(?:号|日|\d|[周期拜].|天)\s*{_AND}$")
_NOT_THEN = re.compile(r"(?:别|不要|勿|不能)(?:在|给我)?$")
_QUESTION = re.compile(r"能|可以|吗|行")
_SHIP = re.compile(r"(?<!再)(?<!后)发|寄出|出货|出库")
_SHIP_LATER = re.compile(
    r"(?:晚|迟|延[迟后期]|推迟|缓|过)(?:一?点|一?些|几天|一?[两几俩]天|一?周|一?阵子?|段时间)?(?:再|"
    r"给我)?(?:发(?!票)|寄)|等(?:我)?(?:的)?通知(?:了)?(?:再|后)?(?:发|寄|送)?|(?:发货|送货)(?:时间|日期)|"
    r"延[迟后期]"
)
_ASKED = re.compile(
    r"指定(?:的)?(?:时间|日期|日子)|(?:送货|配送|派送|收货|到货|送达)的?(?:时间|日期)|(?:预约|"
    r"约定?)(?:一?个|好|下)?(?:送货|配送|时间|日期)|定时(?:送|配)|约好?时间|"
    r"(?:按|在)[^,;。]{0,8}(?:时间|日期|日子|点)(?:送|派|配|发|来)|(?:挑|选|定)个?(?:时间|日子|日期)|"
    r"(?:具体|什么)?时间(?:我)?(?:再|另外)?(?:通知|告诉|联系)[^,]{0,4}"
)
_SLOT_CONTEXT = re.compile(r"送|到|派|收(?!藏)|配|取|在家|家里|家没|有人|没人|人在|不在|签|发(?!票)|寄|方便|休|deliver")
_TODAY = re.compile(r"今[天日儿]")
_SOON = re.compile(
    r"(?:[这本下]个?(?:周|星期|礼拜|月)|下下周|月初|月中|过[几两一]天|[晚迟](?:[几两]天|一周|"
    r"一个月))[^,;。]{0,6}(?:发|送|寄|到|收)"
)
_GREETING = re.compile(r"(?:上午|早上|下午|晚上|中午|周末|节日|新年|端午|中秋|国庆|圣诞|元旦|春节)(?:好|快乐|安康)")


def read_delivery(draft: Draft) -> None:
    """Note the day, the last day or the time of day; 指定时间送 without one is a question to the buyer."""
    text = _GREETING.sub(lambda found: GONE * len(found[0]), draft.rest)
    has_day = _read_days(draft, WEEK_PARTS.sub(lambda found: " " * len(found[0]), text))
    has_slot = _read_slot(draft, text)
    if has_day or has_slot or _SOON.search(text):
        draft.types.add(KIND)
    elif _ASKED.search(text) or _SHIP_LATER.search(text):
        draft.types.add(KIND)
        draft.miss(KIND, "delivery_date")


def _read_days(draft: Draft, text: str) -> bool:
    named: dict[str, list[str]] = {}
    for found in days(text, draft.today):
        before, after = _around(text, found)
        if (
            _PAST.match(after)
            or not _ARRIVES.search(before + after)
            or _is_urge(found.day, before + after, draft.today)
        ):
            continue
        is_refused = any((UNWANTED.match(after), _NOT_THEN.search(before), _JOINS.match(after), _JOINED.search(before)))
        named.setdefault(_key(found, before, after), []).extend([] if is_refused else [found.day.isoformat()])
    for key, values in named.items():
        if len(set(values)) == 1:
            draft.keep(key, values[0])
    if "deliver_before" in draft.pairs and draft.pairs.get("delivery_date") == draft.pairs["deliver_before"]:
        del draft.pairs["delivery_date"]
    return bool(named)


def _around(text: str, found: Day) -> tuple[str, str]:
    """Return the words before and after a day in its clause; before it a space ends them unless nothing follows."""
    before, after = clause_before(text, found.start), clause_after(text, found.end)
    return before.rsplit(" ")[-1] if after.strip() else before, after


def _key(found: Day, before: str, after: str) -> str:
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
        if _SLOT_CONTEXT.search(before + after) and not _TODAY.search(before) and not _PAST.match(after):
            found.append(name)
    if len(set(found)) == 1:
        draft.keep("delivery_slot", found[0])
    return bool(found)


_HURRY = re.compile(
    r"尽快|尽早|赶快|赶紧|抓紧|快[点些D]|快一[点些]|早[点些]|早日|速(?:度|速)?发|速度|速速|速寄|马上|"
    r"立[刻即马]|及时|优先|加急|火速|飞速|第一时间|越快越好|急[用需要单]|[很太好比较非常挺超特蛮老]急|"
    r"着急|急着|急{2,}|快{2,}(?!乐)|急(?=$|[\s,。!~\x1f])|"
    r"赶时间|火烧眉毛|加塞|插队|别拖|别磨蹭|麻溜|麻利|搞快|等米下锅|十万火急|等着?(?:急)?(?:用|穿)|等着呢|等唔切|等不及|等不了|催|"
    r"(?:怎么|为什么|咋|为啥)?还[没未不](?:有)?(?:给我|给)?(?:发(?!票)|寄|出货)|"
    r"(?:什么时候|啥时候?|何时|几时|多久|几天|哪天)(?:才|能|可以|会|给|我|安排)*(?:发(?!票)|寄)|"
    r"(?:今[天日晚]|当天|今儿|明[天早儿])(?:能|可以|就|会|给|我|务必|必须|一定|可|要|帮|安排|之?[内前]|"
    r"下午|上午|晚上|中午|\d点|以前)*(?:发(?!票)|寄|出货|出库)|"
    r"今[天日晚儿][^,;。!~\x1f]{0,8}(?:发(?!票)|寄出|出货)|早发|快发|秒发|(?<![A-Za-z])(?:asap|hurry|"
    r"urgent(?:ly)?|as soon as possible|rush|quick(?:ly)?|ship (?:it )?(?:fast|soon|today))(?![A-Za-z])",
    re.IGNORECASE,
)
_CALM = re.compile(r"(?:不|不用|不要|别|不太|不必|不那么|没那么|不是很|没有?|唔使|不是特别|不会|不算)$")
_OTHER_HURRY = re.compile(
    r"[的地]?(?:给我|给|帮我|帮|与我|和我|跟我|通知|安排|您|你|再)*(?:回[复答电]?|联系|答复|告[知诉]|退|"
    r"改|开(?:具|票|发票)|打电话|通知|确认|加我|补发票|处理(?!发))|(?:休息|过去|通过)"
)
_VAGUE = {
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
    r"[^,。]{0,3}(?:发|寄|出|送|到|安排|货|收|拿|处理|揽|打包|整)|$|[,。!~ \x1f]|吧|哈|哦|啊|呀|啦|谢|呗|好|的?$"
)


def read_urge(draft: Draft) -> None:
    """Note that the buyer presses for the goods; to press for an answer is nothing of the kind."""
    for found in _HURRY.finditer(draft.rest):
        before, after = clause_before(draft.rest, found.start()), clause_after(draft.rest, found.end())
        if _CALM.search(before) or _OTHER_HURRY.match(after):
            continue
        is_later = found[0].startswith("明") and NoteType.DELIVERY_TIME in draft.types
        if not is_later and (found[0] not in _VAGUE or _SENDS.match(after)):
            draft.types.add(NoteType.URGE.value)
            return
