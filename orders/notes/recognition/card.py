"""A greeting card: it belongs to the gift wrap, and the buyer may dictate its text."""

import re

from orders.notes.recognition.dictated import QUOTES, long_text_at
from orders.notes.recognition.draft import Draft
from orders.notes.recognition.refusal import is_refused
from orders.notes.statuses import NoteType

KIND = NoteType.GIFT_WRAP.value
_CARD = re.compile(
    r"(?:空白)?(?:贺卡|祝福卡|生日卡|留言卡|节日卡|感谢卡|心意卡|心愿卡|祝福语|寄语|"
    r"(?<![险后评修员现名银行用房门售换电话])(?:小|手写)?卡片?(?![车其车扣通路号布套片])|纸条|便签)|"
    r"(?<![A-Za-z])(?:gift |greeting )?card(?![A-Za-z])",
    re.IGNORECASE,
)
_LABEL = re.compile(
    r"\s*(?:(?:上面|里面|放里面|上|里|的|内容|文字|帮忙|帮我|麻烦|请|给我|手写|代写|一下|留言|祝福语?|附言|"
    r"一起|放进去)\s*)*[,?。]?\s*(?:上面|帮我|就|请)*(?P<verb>(?:写上?|[是为印]|:|=|\s)*)"
)
_WRITES = re.compile(r"写(?!错)|附言|留言")
_LATER = re.compile(
    r"[^,;。]{0,3}(?:内容|文字|要写的|写的话)[^,;。]{0,4}(?:一会|稍|等|晚点|待会|回头|私|发[你您给]|"
    r"另|联系|告诉|旺旺|再说)"
)
_WISH = re.compile(r"[ ,;]?(?:祝|愿|生日快乐|新婚快乐|happy|best|merry)", re.IGNORECASE)
_OWN_HAND = re.compile(r"空白|自己写|(?<![帮给替])我写|不用写|不写|别写")


def read_card(draft: Draft) -> None:
    """Note what to write on the card; 写贺卡 without its text is a question to the buyer."""
    match = next((m for m in _CARD.finditer(draft.rest) if not is_refused(draft.rest, m.start(), m.end())), None)
    if match is None:
        return
    draft.types.add(KIND)
    label = _LABEL.match(draft.rest, match.end())
    after = label.end() if label else match.end()
    is_dictated = (
        bool(_WISH.match(draft.rest, after))
        or bool(label and label["verb"].strip())
        or draft.text[after : after + 1] in tuple(QUOTES)
    )
    end, text = long_text_at(draft, after) if is_dictated else (after, "")
    draft.keep("card", text)
    if (
        not text
        and (_WRITES.search(draft.rest) or _LATER.match(draft.rest, match.end()))
        and not _OWN_HAND.search(draft.rest)
    ):
        draft.miss(KIND, "card")
    draft.use_up(match.start(), end)
