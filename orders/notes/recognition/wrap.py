"""Gift wrap: boxes, ribbons, bags and fine paper."""

import re

from orders.notes.recognition.draft import Draft
from orders.notes.recognition.refusal import unrefused
from orders.notes.recognition.text import STOP
from orders.notes.statuses import NoteType

_FINE = r"漂亮|精美|好看|精致|高档|高级|美[观腻丽一]|像样|有心|喜庆|大气|上档次|体面|有面子|好D|靓"
_WRAP = re.compile(
    r"(?:[黑白红蓝绿粉金银紫黄]色?的?)?(?:(?:礼品?|礼物|喜糖|伴手礼?)(?:盒子?|袋子?)|手[提拎]袋|礼物?包装|"
    r"礼[品物](?:包装|纸)|包装纸|丝带|丝绸带|蝴蝶结|缎带|彩带|拉菲草|火漆)(?:包装?|装|打包)?(?:要|"
    r"用|换成?)?(?:[黑白红蓝绿粉金银紫黄](?:色的?|的))?|"
    rf"包装?(?:得|的|成|做|要|弄|尽量|请|整|打得)*(?:{_FINE})[^{STOP} ]*|(?:{_FINE})(?:一?点儿?|一?些|"
    rf"的)*(?:包装|盒子?|袋子)|包装?成礼[物品]?|包装[^{STOP}]{{0,4}}送人[^{STOP} ]*|(?:当|按)礼物(?:包|打包)|"
    r"(?<![A-Za-z])gift[ -]?(?:box|wrap(?:ped|ping)?|pack(?:ed|ing)?|bag)(?![A-Za-z])",
    re.IGNORECASE,
)


def read_wrap(draft: Draft) -> None:
    """Note that gift wrap is wanted: its words are used up, 礼盒包装 is no wish of packing."""
    for found in unrefused(_WRAP, draft.rest):
        draft.types.add(NoteType.GIFT_WRAP.value)
        draft.use_up(*found.span())
    for found in list(_WRAP.finditer(draft.rest)):
        draft.use_up(*found.span())
