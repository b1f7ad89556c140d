"""The text that a buyer dictates for an engraving."""

import re
from itertools import islice

from orders.notes.recognition.dictated import LABEL_WORDS, QUOTES, REQUEST, text_at
from orders.notes.recognition.draft import Draft
from orders.notes.recognition.refusal import is_refused
from orders.notes.recognition.text import trim
from orders.notes.statuses import NoteType

_PLACE = (
    rf"(?:[在到]?(?:[^\s,;:。{QUOTES}]{{0,6}}?)(?:上面|里面|内侧|外侧|内圈|外圈|内壁|背面|反面|正面|表面|"
    rf"盖子|盖上|杯身|杯底|笔身|笔帽|笔夹|"
    r"底部|底下|吊牌|侧面|边上|中间|左边|右边|左下角|右下角|上方|下方|[那这]面)上?)"
)
_ENGRAVE = re.compile(
    r"(?:(?<![立即此时片深镂篆])(?:激光)?(?:雕刻|镌刻|刻印|刻录?|雕)(?![意度薄苦不画塑花])|(?:印|绣|喷|烫|"
    r"雕)(?:字|上|名字?|个)|定制(?:文字|内容|字|刻)|[印绣](?=\s*[:“「『])|"
    r"(?<![A-Za-z])(?:engrav(?:e|ed|ing)|kezi)(?![A-Za-z]))(?:名字|名(?!叫)|[上个]?字)?",
    re.IGNORECASE,
)
_LABEL = re.compile(
    rf"\s*(?:服务|需求|要求)?{_PLACE}?\s*的?\s*(?:{LABEL_WORDS})*{_PLACE}?\s*(?:就?(?:要|是|为|写|用|刻|填|"
    rf"成|叫)\s*)*[:=]?\s*"
)
_HAND_OVER = re.compile(
    rf"(?:把|将)\s*[{QUOTES}]?(?P<text>[^,;。\n]{{1,40}}?)[{QUOTES}]?\s*(?:这[^刻印绣]{{1,4}})?(?:刻|印|绣|"
    rf"雕刻|镌刻)(?:在|到|上|进)"
)
_LATER = re.compile(
    rf"[,;。!?\s]\s*(?:(?:需要)?(?:刻字|刻的|要刻的|刻)?的?(?:内容|文字|"
    rf"字样)\s*(?:就?[是为写])?\s*[:=,。]?|(?=[{QUOTES}]))\s*"
)
_ALONE = re.compile(
    r"[^,;。!?\n]{0,6}[,;。]\s*(?P<text>(?![^,;。!?\n]*(?:买|看|做|行|好的|联系|告诉|客服|我|"
    r"你|吗|色|码|送|礼|急|谢|快|"
    r"请|麻烦|要|发|拍|老板|亲|可以|能|怎|哪|什么|包|说|不|别|是|刻|等|再|给|单))[^,;。!?\n]{1,10})(?=$|"
    r"[,;。!\n])"
)
_TWO = re.compile(
    r"第一行.*第二行|正面.{1,40}(?:背面|反面)|(?:里面|内侧|内圈).{1,40}(?:外面|外侧|外圈)|"
    r"一[个支只把条件].{0,4}刻.{1,40}[一另][个支只把条件]|"
    r"左边.{1,30}右边|另一[个支只把条件面].{0,3}刻|刻两行|分别刻|(?:各|每[个支只把条件人]).{0,4}刻",
    re.DOTALL,
)
_MOST = 8  # words for it that are looked at
KIND = NoteType.ENGRAVING.value


def read_engraving(draft: Draft) -> None:
    """Note what to engrave; 刻字 without a text is a question to the buyer, two texts are for a person."""
    found = [m for m in islice(_ENGRAVE.finditer(draft.rest), _MOST) if not is_refused(draft.rest, m.start(), m.end())]
    if not found:
        return
    draft.types.add(KIND)
    if _TWO.search(draft.rest):
        draft.use_up(found[0].start(), len(draft.rest))
        return
    start, end, wanted = _dictated(draft, found)
    draft.use_up(start, end)
    draft.keep("engraving", wanted)
    if not wanted:
        draft.miss(KIND, "engraving")


def _dictated(draft: Draft, found: list[re.Match[str]]) -> tuple[int, int, str]:
    """Return the part of the note that the engraving takes, and its text."""
    handed = _HAND_OVER.search(draft.rest)
    if handed:
        return handed.start(), max(found[0].end(), handed.end()), trim(draft.text[slice(*handed.span("text"))])
    for match in found:
        label = _LABEL.match(draft.rest, match.end())
        start = label.end() if label else match.end()
        end, text = text_at(draft, start)
        is_request = draft.rest[match.end() : start].isspace() and REQUEST.match(draft.rest, start)
        if text and not is_request:
            return match.start(), end, text
    return _said_later(draft, found[0])


def _said_later(draft: Draft, match: re.Match[str]) -> tuple[int, int, str]:
    """Return the text that follows after a stop: 刻字。内容。前程似锦."""
    later = _LATER.search(draft.rest, match.end())
    end, text = text_at(draft, later.end()) if later else (match.end(), "")
    if not text:
        end, text = _alone(draft, match.end())
    return match.start(), end if text else match.end(), text


def _alone(draft: Draft, start: int) -> tuple[int, str]:
    """Return the short clause right after 刻字 that asks for nothing: 刻字，张三 2026."""
    found = _ALONE.match(draft.rest, start)
    return text_at(draft, found.start("text")) if found else (start, "")
