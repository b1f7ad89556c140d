"""The texts that a buyer dictates: what to engrave and what to write on a card."""

import re

from orders.notes.recognition.draft import Draft
from orders.notes.recognition.refusal import is_refused
from orders.notes.recognition.text import GONE, trim
from orders.notes.statuses import NoteType

_PLACE = (
    r"(?:[在到]?(?:[^\s,;:。“\"'《「『【]{0,6}?)(?:上面|里面|内侧|外侧|内圈|外圈|内壁|背面|反面|正面|表面|盖子|盖上|杯身|杯底|笔身|笔帽|"
    r"笔夹|底部|吊牌|侧面|边上|中间|左边|右边|左下角|右下角|上方|下方)上?)"
)
_ENGRAVE = re.compile(
    r"(?:免费|需要?|要|激光|加|定制?|代|帮我?|请|麻烦)*"
    r"(?:(?<![立即此时片深镂篆])(?:激光)?(?:雕刻|镌刻|刻印|刻)(?![意度薄苦不录画])|(?:印|绣|喷|烫|写)(?:字|上|名字?|个)|定制(?:文字|内容|字)|激光打字)"
    r"(?:字|名字?(?!叫)|上字)?"
)
_LABEL = re.compile(
    rf"\s*(?:服务|需求|要求)?{_PLACE}?\s*(?:的)?\s*(?:(?:(?:刻字)?内容|文字|字样|信息|名字|姓名|字母|英文|中文|如下|备注|一下|[一下个]|上)\s*)*"
    rf"{_PLACE}?\s*(?:就?(?:要|是|为|写|用|刻|填|成|叫|)\s*)*(?P<sign>[:=]?)\s*"
)
_HAND_OVER = re.compile(r"(?:把|将|用)\s*[“\"'‘「『【《]?(?P<text>[^,;。\n]{1,40}?)[”\"'’」』】》]?\s*(?:这[^刻印绣]{1,4})?(?:刻|印|绣|雕刻|镌刻)(?:在|到|上|进)")
_LATER = re.compile(r"(?:,|;|。|!|\s)\s*(?:(?:需要)?(?:刻字|刻的|要刻的|刻)?(?:的)?(?:内容|文字|字样)\s*(?:就?(?:是|为|写))?\s*:?|(?=[“\"「『【《‘]))\s*")
_QUOTED = re.compile(r"[“\"‘'「『【《](?P<text>[^”\"’'」』】》]{1,80})[”\"’'」』】》]")
_REQUEST = (
    r"颜色|尺码|尺寸|发(?:货|顺丰|圆通|中通|韵达|申通|京东|票|邮)|请|麻烦|谢|不要|不用|快递|要|送|另外|再|包装|礼盒|礼品|贺卡|卡片|发票|抬头|"
    r"开票|尽快|急|加急|换|地址|收货|字体|刻在|周[一二三四五六日末]|明天|今天|\d{1,2}月|用顺丰|走顺丰|快点|赶|帮|辛苦|数量"
)
_END = re.compile(rf"[,;。\n{GONE}]|[ /](?=\s*(?:{_REQUEST}))|(?=字体)")
_TAIL = re.compile(
    r"\s*(?:(?:的?(?:这)?(?:[几一二两三四五六七八九十]|\d{1,2})个?(?:大|小|汉|英文)?(?:字母|字)|的?字样|这句话|这行字|的名字|就行|就好|就可以|即可|可以了?吗?|"
    r"吧|哦|哈|啊|谢谢.*|感谢.*|麻烦了?|辛苦了?|[!！~～。?？])\s*)+$"
)
_NOTHING = re.compile(
    r"^(?:的|了|吗|么|嘛|呢|吧|哦|啊|哈|谢.*|感谢.*|麻烦.*|辛苦.*|怎么.*|需要.*|可以.*|能.*|稍后.*|稍等.*|联系.*|.*客服.*|.*旺旺.*|.*再说.*|待定.*|等下.*|"
    r".*发你.*|.*发给你.*|私信.*|私聊.*|已发.*|.*聊天.*|要不要.*|多少钱.*|免费.*|服务.*|收费.*|有.*|是否.*|几.{0,2}字.*|字.?|.*告诉.*|.*发您.*|好看.?|漂亮.?|清楚.*|"
    r"深一?点.*|.*沟通.*|.*再联系.*|.*联系我.*|后面.*|回头.*|待会.*|一会儿?.*|晚点.*|没想好.*|还没.*|不清楚.*|先.*|我.?的?名字|名字)?$"
)


def read_engraving(draft: Draft) -> None:
    """Note what to engrave; 刻字 without a text is a question to the buyer."""
    match = next((m for m in _ENGRAVE.finditer(draft.rest) if not is_refused(draft.rest, m.start(), m.end())), None)
    if match is None:
        return
    draft.types.add(NoteType.ENGRAVING.value)
    start, end, wanted = _dictated(draft, match.start(), match.end())
    draft.use_up(start, end)
    draft.keep("engraving", wanted)
    if not wanted:
        draft.miss(NoteType.ENGRAVING.value, "engraving")


_CARD = re.compile(
    r"(?:附赠?|放|带|写|加|代写|手写|要|配|送|帮我?|一?[张份个])*(?:贺卡|卡片|祝福卡|明信片|生日卡|留言卡|小卡片?|节日卡|情书|祝福语|寄语|感谢卡)"
    r"(?:片)?"
)
_CARD_LABEL = re.compile(
    r"\s*(?:(?:上面|里面|上|里|的|内容|文字|帮忙|帮我|麻烦|请|给我|手写|代写|留言|祝福语?|附言|落款)\s*)*(?P<verb>(?:写上?|为|是|印|就|一下|:|=|\s)*)"
)


def read_card(draft: Draft) -> None:
    """Note what to write on a card: a card belongs to the gift wrap."""
    match = next((m for m in _CARD.finditer(draft.rest) if not is_refused(draft.rest, m.start(), m.end())), None)
    if match is None:
        return
    draft.types.add(NoteType.GIFT_WRAP.value)
    label = _CARD_LABEL.match(draft.rest, match.end())
    after = label.end() if label else match.end()
    end, text = _text_at(draft, after)
    is_dictated = bool(label and label["verb"].strip()) or draft.text[after : after + 1] in "“\"'‘「『【《"
    if is_dictated and text:
        draft.use_up(match.start(), end)
        draft.keep("card", text)


def _dictated(draft: Draft, start: int, end: int) -> tuple[int, int, str]:
    """Return the part of the note that the engraving takes, and its text."""
    before = _HAND_OVER.search(draft.rest)
    if before:
        return before.start(), max(end, before.end()), trim(draft.text[slice(*before.span("text"))])
    label = _LABEL.match(draft.rest, end)
    after = label.end() if label else end
    stop, text = _text_at(draft, after)
    if text:
        return start, stop, text
    later = _LATER.search(draft.rest, end)
    stop, text = _text_at(draft, later.end()) if later else (after, "")
    return start, stop if text else after, text


def _text_at(draft: Draft, start: int) -> tuple[int, str]:
    """Return where the dictated text ends and the text: in quotes, or up to the next thing that the note says."""
    quoted = _QUOTED.match(draft.text, start)
    if quoted:
        return quoted.end(), quoted["text"].strip()
    end = _END.search(draft.rest, start)
    stop = end.start() if end else len(draft.rest)
    wanted = trim(_TAIL.sub("", draft.text[start:stop]))
    return (start, "") if _NOTHING.match(wanted) else (stop, wanted)
