"""When the parcel should come, and whether the buyer urges."""

import re
from datetime import date

from orders.notes.recognition.dates import Day, days, slots
from orders.notes.recognition.draft import Draft
from orders.notes.recognition.text import clause_after, clause_before
from orders.notes.statuses import NoteType

_ARRIVES = re.compile(r"送|到|派|收|用|前|内|赶|必须|要|在家|有空|方便|取|配送|再发|发货|安排|可以|过生日|婚礼|出发|出差|寄|等")
_PAST = re.compile(r"\s*(?:晚上|上午|下午|中午|早上)?\s*(?:才|就|刚)?(?:拍|下的?单|买|付|定|订|问|联系|说|聊|客服|活动|促销|大促|价|到现在)")
_LIMIT_AFTER = re.compile(
    r"\s*(?:上午|中午|下午|晚上|早上)?\s*(?:\d{1,2}点)?\s*(?:(?:之|以)?前|急?(?:要|着|需要?|得|必须|等着)(?:着急)?(?:用|穿|送人|戴|吃|出)|就?(?:是|要)?(?:过|办|我)?(?:生日|婚礼|结婚|出发|出差|出国|活动|比赛|急用|要走|开业)|用)"
)
_LIMIT_BEFORE = re.compile(r"(?:赶在|最晚|最迟|不晚于|不迟于|截止|赶得上|赶上|至迟)(?:到)?\s*$")
_SHIP = re.compile(r"(?<!再)(?<!后)发|寄出|出货|出库")
_SHIP_LATER = re.compile(r"(?:再|才|后|以后|之后)\s*(?:给我|帮我|安排)?\s*(?:发|寄|出货)|发货时间|(?:晚|迟|延[迟后期]|推迟|缓)(?:点|些|几天|一?[两几]?天)?(?:再)?(?:发|寄)|先(?:不要|别|不)(?:着急)?发|不要(?:那么|这么)早发|等(?:我)?通知")
_ASKED = re.compile(r"指定(?:的)?(?:时间|日期|日子)|(?:送货|配送|派送|收货|到货)(?:的)?(?:时间|日期)|(?:预约|约定?)(?:一?个)?(?:送货|配送|时间|日期|上门)|定时(?:送|配)|约好?时间|(?:按|在)(?:规定|约定|我)?(?:的)?时间(?:送|配|派)")
_SLOT_CONTEXT = re.compile(r"送|到|派|收|在家|有空|方便|配送|取|人|再|安排|时间|有时间|休息|打电话|联系|投递")
_GREETING = re.compile(r"(?:上午|早上|下午|晚上|中午)好")


def read_delivery(draft: Draft) -> None:
    """Note the day, the last day or the time of day; 指定时间送 without one is a question to the buyer."""
    text = _GREETING.sub(lambda found: "\x1f" * len(found[0]), draft.rest)
    has_time = _read_days(draft, text)
    has_time = _read_slot(draft, text) or has_time
    if has_time:
        draft.types.add(NoteType.DELIVERY_TIME.value)
    elif _ASKED.search(text) or _SHIP_LATER.search(text):
        draft.types.add(NoteType.DELIVERY_TIME.value)
        draft.miss(NoteType.DELIVERY_TIME.value, "delivery_date")


def _read_days(draft: Draft, text: str) -> bool:
    has_day = False
    for found in days(text, draft.today):
        before, after = clause_before(text, found.start), clause_after(text, found.end)
        if _PAST.match(after) or not _ARRIVES.search(before + after) or _is_urge(found.day, before + after, draft.today):
            continue
        has_day = True
        draft.keep(_key(found, before, after), found.day.isoformat())
    return has_day


def _key(found: Day, before: str, after: str) -> str:
    is_limit = found.is_limit or _LIMIT_AFTER.match(after) or _LIMIT_BEFORE.search(before)
    return "deliver_before" if is_limit else "delivery_date"


def _is_urge(day: date, clause: str, today: date) -> bool:
    """Return whether the day is one to ship on, not to deliver on: 今天发货, 明天能发吗."""
    is_near = (day - today).days <= 1
    return is_near and bool(_SHIP.search(clause)) and not _SHIP_LATER.search(clause)


def _read_slot(draft: Draft, text: str) -> bool:
    for name, start, end in slots(text):
        if _SLOT_CONTEXT.search(clause_before(text, start) + clause_after(text, end)):
            draft.keep("delivery_slot", name)
            return True
    return False


_HURRY = re.compile(
    r"尽快|尽早|赶快|赶紧|抓紧|快[点些]|快一[点些]|早[点些]|早日|速(?:度|速)?发|速度|速寄|马上|立[刻即马]|及时|优先|加急|火速|第一时间|越快越好|急[用需要单]|[很太好比较非常挺超特]急|着急|急着|急急|"
    r"等着?(?:急)?(?:用|穿)|等不及|催|(?:怎么|为什么|咋)?还[没未不](?:有)?(?:发|寄|出货)|(?:什么时候|啥时候?|何时|几时|多久|几天|哪天)(?:才|能|可以|会|给|我)*(?:发|寄|到)|"
    r"(?:今[天日晚]|当天|明[天早])(?:能|可以|就|会|给|我|务必|必须|一定|可|要|帮|安排|之?[内前]|下午|上午|晚上|中午|\d点|以前)*(?:发|寄|出货|出库)|早发|快发|快递快|ASAP|asap"
)
_CALM = re.compile(r"(?:不|不用|不要|别|不太|不必|不那么|没那么|不是很|没有?)$")
_OTHER_HURRY = re.compile(
    r"[的地]?(?:给我|给|帮我|帮|与我|和我|跟我|通知|安排)*(?:回[复答电]?|联系|答复|告[知诉]|退|改|开(?:具|票|发票)|打电话|通知|确认|处理售后|加我|补发票)|(?:休息|过去|通过)"
)
_HURRY_NEEDS = {"早点", "早些", "马上", "立刻", "立即", "立马", "及时", "优先", "快点", "快些", "速度", "第一时间", "赶紧"}
_SENDS = re.compile(r"发|寄|出|送|到|安排|货|单|$|[,，。!！~ ]|吧|哈|哦|啊|收|拿|点|拍|给|谢|一?些|好|处理|的|用|揽")


def read_urge(draft: Draft) -> None:
    """Note that the buyer presses for the goods; to press for an answer is nothing of the kind."""
    for found in _HURRY.finditer(draft.rest):
        before, after = clause_before(draft.rest, found.start()), clause_after(draft.rest, found.end())
        if _CALM.search(before) or _OTHER_HURRY.match(after):
            continue
        if found[0] not in _HURRY_NEEDS or _SENDS.match(after):
            draft.types.add(NoteType.URGE.value)
            return
