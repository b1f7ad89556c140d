"""Notes that ask for nothing: thanks, praise and 无."""

import re

from orders.notes.recognition.aliases import simplify
from orders.notes.recognition.text import fold

_KIND = re.compile(
    r"谢|感恩|感激|3q|thx|thank|辛苦|麻烦[你您]|麻烦[了啦]|爱了|(?:东西|人|质量|服务|宝贝|老板)(?:都|也|"
    r"很|真|太)*好|下次还|好人|平安|拜托|么么|比心|爱[你您]|祝|生意兴隆|发财|发大财|财源|大卖|好评|五星|"
    r"支持|信[任赖]|信得过|不错|很好|真好|挺好|喜欢|满意|期待|[老回]顾客|老客户|老朋友|回购|复购|再来|"
    r"第.{1,3}次(?:买|来|购)|给力|杠杠|大气|靠谱|"
    r"合作愉快|愉快|快乐|^(?:老板|亲|大家|掌柜|卖家|客服)*[你您]?好[呀啊!~ ]*$|^你好|^hi|^hello|^亲|加油|"
    r"辛苦|优秀|厉害|点赞|棒|good|nice|great|love|[👍🙏❤♥🌹😘😊🥰💕🤝🫶🌸💐✨🎉😁😄😀☺🤗🍀💪👏]",
    re.IGNORECASE,
)
_NOTHING = re.compile(
    r"(?:我)?(?:无|没有?|没啥|暂无|木有|么有|冇)(?:备注|要求|什么|啥|特殊|特别|别的|其他|留言|的|说的|"
    r"需要|要说|要|意见|问题|想法|话)*[了哦哈啊呀。.!~\s]*(?:谢谢|感谢)?[。.!~\s]*|"
    r"(?:随便|都行|都可以|按拍的发|正常发(?:货)?|默认(?:就行|就好|即可|发)?|已拍|看着发|如题|收到|好的?|ok|嗯+|哈+|好哒|好滴|[-/.\\0]|n/?a|"
    r"none|no|null)[哦哈啊了。.!~\s]*",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"[?？吗呢]|(?<!需)(?<!必)要(?!求)|别|不(?!错|好意思|客气|愧|胜|用谢|变)|能(?!量)|请|退|换|改|投诉|"
    r"差评|多少|几(?!次)|怎么|什么|啥|哪|检查|仔细|放|打电话|合并|便宜|优惠|返现|好友|如果|记得|再发|发货|"
    r"快递(?!小哥)|联系|先|给我|帮我|送|门|楼|假|坏|破|慢|漏|少|缺|货"
)
_LONGEST = 60


def is_courtesy(text: str) -> bool:
    """Return whether the text thanks, praises or says that there is nothing to say, and asks for nothing."""
    text = simplify(fold(text)).strip()
    if _NOTHING.fullmatch(text):
        return True
    return len(text) <= _LONGEST and bool(_KIND.search(text)) and not _ASKS.search(text)
