"""Where a text begins and ends that the buyer dictates, for an engraving or a card."""

import re

from orders.notes.recognition.draft import Draft
from orders.notes.recognition.text import GONE

QUOTES = "“\"'‘「『【《"
LABEL_WORDS = (
    r"(?:(?:刻字)?内容|文字|字样|信息|名字|姓名|字母|英文|中文|如下|备注|一下|[一下个]|上|两?个字|赠言|"
    r"寄语|祝福语|留言|一?[句行段]话)\s*"
)
_QUOTED = re.compile(r"[“\"‘'「『【《](?P<text>[^”\"’'」』】》]{1,80})[”\"’'」』】》]")
_COURIER = "顺丰|圆通|中通|韵达|申通|京东|邮政|极兔|德邦"
_REQUEST = (
    rf"颜色|尺码|尺寸|(?:发|走|用)(?:货|{_COURIER}|票)|请|麻烦|谢|不要|不用|快递|再|包装|打包|礼盒|礼品|"
    rf"礼物|贺卡|卡片|发票|抬头|开票|尽快|急|加急|地址|"
    r"收货|收件|周[一二三四五六日末]|明天|今天|\d{1,2}月|快点|赶|辛苦|数量|拜托|另外|然后|换|\d[.、]"
)
_STYLE = (
    r"字(?:体|号|[小大深浅])|刻(?:在|深|大|小|浅|清)|(?:用|要)?(?:楷书|宋体|楷体|行书|隶书|草书|黑体|繁体|"
    r"简体|花体)|深一?点|大一?点|小一?点|位置"
)
_END = re.compile(rf"[,;。\n{GONE}]|[ /](?=\s*(?:{_REQUEST}|{_STYLE}))|(?=字体)|[?](?=.)")
REQUEST = re.compile(_REQUEST)
_OTHER_CLAUSE = re.compile(rf"(?:{_REQUEST}|{_STYLE}|发|送|要|包|用|礼|刻|开)")
_TAIL = re.compile(
    r"\s*(?:(?:的?(?:这)?(?:[几一二两三四五六七八九十俩仨]|\d{1,2})个?(?:大|小|汉|英文)?(?:字母|字)|"
    r"的?字样|这句话|这行字|的名字|就行|就好|就可以|即可|可以了?吗?|行不行?|好不好|"
    r"吧|哦|哈|啊|呗|吗|(?<!^)(?:谢谢|感谢).*|麻烦了?|辛苦了?|拜托.*|(?<=^.)字|[!~?！～？])\s*)+$"
)
_NOTHING = re.compile(
    r"^(?:的.*|了|吗|么|嘛|呢|吧|哦|啊|哈|[谢感]谢?(?:老板|店家|客服|卖家|掌柜|亲|[你您]们?|"
    r"啦|了|哈|[!~ ])*|麻烦.*|(?:我们?|他|她|自己|本人|我?的?(?:儿子|女儿|孩子|宝宝|女朋友|男朋友|"
    r"老公|老婆|对象|爸爸?|妈妈?|家人))(?:的)?|辛苦.*|怎么.*|需要.*|可以.*|能.*|稍后.*|"
    r"稍等.*|联系.*|.*客服.*|.*旺旺.*|.*再说.*|待定.*|等下.*|"
    r".*发[你您].*|.*发给[你您].*|.*私信.*|.*私聊.*|已发.*|.*聊天.*|要不要.*|多少钱.*|免费.*|服务.*|"
    r"收费.*|有.*|是否.*|.?几.{0,2}字.*|字.?|.*告诉.*|好看.?|漂亮.?|清楚.*|清晰.*|"
    r"深.{0,2}点.*|大.?点.*|.*沟通.*|.*联系我.*|后面.*|回头.*|待会.*|一会儿?.*|晚点.*|.*没想好.*|还没.*|"
    r"不清楚.*|先.*|.{0,4}名字|什么.*|内容.{0,6}|错.*|坏.*|在.*|要.{0,1}|"
    r".*(?:给|跟)[你您]说.*|[上个]?)?$"
)
_EDGES = "()（） \t\n\r\u3000，；！～：＝,;。、!~:=-“”\"'‘’「」『』【】《》" + GONE


def long_text_at(draft: Draft, start: int) -> tuple[int, str]:
    """Return a text of several clauses, up to the first one that asks for something else: a card is long."""
    end, text = text_at(draft, start)
    while text and draft.rest[end : end + 1] in {",", "。", ";", "!"}:
        more, clause = text_at(draft, end + 1)
        if not clause or _OTHER_CLAUSE.match(clause) or draft.text[end + 1 : end + 2] in tuple(QUOTES):
            break
        end, text = more, draft.text[start:more].strip(_EDGES)
    return end, text


def text_at(draft: Draft, start: int) -> tuple[int, str]:
    """Return where the dictated text ends and the text: in quotes, or up to the next thing that the note says."""
    quoted = _QUOTED.match(draft.text, start)
    if quoted:
        return quoted.end(), quoted["text"].strip()
    end = _END.search(draft.rest, start)
    stop = end.start() if end else len(draft.rest)
    wanted = _TAIL.sub("", draft.text[start:stop].strip(_EDGES)).strip(_EDGES)
    return (start, "") if _NOTHING.match(wanted) else (stop, wanted)
