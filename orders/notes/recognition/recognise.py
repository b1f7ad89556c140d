"""The readers in order: what a buyer dictates is used up first, so that no word of it is taken for a request."""

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from orders.notes.recognition.address import read_address
from orders.notes.recognition.colour_size import read_colour_size
from orders.notes.recognition.courier import read_courier
from orders.notes.recognition.delivery import read_delivery, read_urge
from orders.notes.recognition.draft import Draft
from orders.notes.recognition.engraving import read_card, read_engraving
from orders.notes.recognition.invoice import read_invoice
from orders.notes.recognition.results import OrderedLine, Recognition, state_of
from orders.notes.recognition.text import fold
from orders.notes.recognition.wishes import read_gift, read_packing, read_wrap
from orders.notes.statuses import NoteType

_ZONE = ZoneInfo("Asia/Shanghai")
_ORDER = {kind: at for at, kind in enumerate(NoteType.values)}
_READERS: tuple[Callable[[Draft], None], ...] = (
    read_card, read_engraving, read_invoice, read_address, read_courier, read_delivery, read_colour_size, read_wrap, read_gift,
    read_packing, read_urge,
)  # fmt: skip
_COURTESY = re.compile(
    r"(?:谢谢|谢啦|感谢|多谢|3q|thanks?|thankyou|thx|辛苦|老板|掌柜|亲|店家|卖家|客服|小姐姐|小哥哥|哥|姐|你们?|您|好|好的|了|啦|哈|哦|啊|呀|的|~|～|!|！|,|，|。|\.|、|\s|生意兴隆|祝|财源广进|发财|"
    r"无|没有|暂无|没|好评|五星|给|会|一定|期待|收到|满意|下次|再来|支持|合作愉快|愉快|大气|爱你|么么哒|❤|😊|🙏|\?|\U0001f300-\U0001faff|🌹|👍|麻烦|非常|很|喜欢|宝贝|回购|老顾客|老客户|我|是|来|又|店|买|东西)+",
    re.IGNORECASE,
)


def recognise(text: str, *, lines: Sequence[OrderedLine] = (), at: datetime) -> Recognition:
    """Return what a note asks for. The same text, lines and day give the same answer."""
    draft = Draft(fold(text).strip(), at.astimezone(_ZONE).date(), lines)
    for read in _READERS:
        read(draft)
    if not draft.types and draft.rest and _COURTESY.fullmatch(draft.rest):
        draft.types.add(NoteType.OTHER.value)
    types = tuple(sorted(draft.types, key=_ORDER.__getitem__))
    return Recognition(types, draft.pairs, tuple(draft.problems), state_of(types, draft.problems))
