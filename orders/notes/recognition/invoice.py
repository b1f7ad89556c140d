"""Invoices: whether one is wanted, on whose name and tax number."""

import re

from orders.notes.recognition.draft import Draft
from orders.notes.recognition.refusal import is_refused
from orders.notes.recognition.text import trim
from orders.notes.statuses import NoteType

_WORD = re.compile(
    r"发票|开票|[开要来补][个张一]*(?:普|专|电子)?票(?!据)|专票|普票|增票|增值税|抬头|税号|纳税人识别号|报销|"
    r"开据|(?<![A-Za-z])(?:invoice|fapiao)",
    re.IGNORECASE,
)
_TAX = re.compile(
    r"(?:税号|税务登记号|纳税人?识别号|识别号|信用代码|纳税号|统编)\s*(?:是|"
    r"为)?\s*[:=]?\s*([0-9A-Za-z][0-9A-Za-z \-*]{6,23}[0-9A-Za-z])(?![0-9A-Za-z])|"
    r"(?<![0-9A-Za-z])([0-9]{2}[0-9A-Z]{13,18})(?![0-9A-Za-z])"
)
_COMPANY = (
    r"公司|集团|厂|学校|大学|医院|中心|银行|事务所|委员会|居委会|研究院|研究所|工作室|幼儿园|小学|中学|"
    r"合作社|商行|经营部|协会|学院|出版社|酒店|支队|"
    r"分局|税务局|[^\s]局|管理处|俱乐部|基金会|门市部|服务部|商店|超市|药房|诊所|政府|法院|有限合伙\)|企业"
)
_LABELLED = re.compile(
    r"(?:(?:发票|开票|公司|单位|电子)*(?:的)?抬头(?:名称)?|(?:公司|单位|开票|企业)(?:名称|全称)|名称|名头|"
    r"户头|单位(?=\s*:))\s*(?:请|就)?(?:是|为|写|开|填)*(?:单位|"
    r"公司)?\s*[:=]?\s*([^\s,;。:\x1f\n/税]{2,40})"
)
_COMPANY_NAME = re.compile(
    rf"((?:[^\s,;。:=\x1f\n]{{2,30}}?)(?:{_COMPANY})(?:[^\s,;。:\x1f\n税抬开的]{{0,12}}(?:公司|部|店|院|系|"
    rf"中心|厂))?)"
)
_NAME_HEAD = re.compile(
    r"^(?:.*?(?:开(?:具|一?[张个])?(?:的)?(?:电子|增值税|普通|专用|纸质)*(?:发票|票)|发票|抬头|开票)(?:请|"
    r"就|要|写|开|给|名称|信息|为|是|:|用)*|(?:请|麻烦|帮我?|需要?|要|给我)*开(?:给|成|具)?|写|是|为|给)+"
)
_COMPANY_WORD = re.compile(_COMPANY)
_PLACEHOLDER = re.compile(r"(?:我们?|本|咱)?(?:的)?(?:公司|单位|企业)(?:的)?(?:名称?|名字|抬头|全称)?|公司[信资].*")
_GAP = re.compile(r"[\s\-]")
_PERSONAL_TITLE = re.compile(r"个人抬头|抬头\s*[:=]?\s*(?:是|写|为)?个人(?![(:\-])")
_LONGEST_NAME = 4  # of a person: what is longer is a company without a word for it
_PERSONAL = re.compile(r"个人|私人|personal|individual", re.IGNORECASE)
_PERSONAL_NAME = re.compile(r"个人\s*[(:\-]\s*([\u4e00-\u9fff·]{2,4})(?=[\s,;。)\x1f]|$)")
_DEFERRED = re.compile(r"(?:另|稍|联系|客服|旺旺|私|等|发|见|已发|后|如下|信息|开|请|谢|麻烦|吗|会|晚|待|在|不|要|我)")


def read_invoice(draft: Draft) -> None:
    """Note title and tax number; a company needs both, 个人 needs nothing more."""
    if not _is_wanted(draft.rest):
        return
    draft.types.add(NoteType.INVOICE.value)
    _read_tax_number(draft)
    title = _title(draft)
    draft.keep("invoice_title", title)
    if not title:
        draft.miss(NoteType.INVOICE.value, "invoice_title")
    elif _is_company(title) and "tax_number" not in draft.pairs:
        draft.miss(NoteType.INVOICE.value, "tax_number")


def _is_company(title: str) -> bool:
    return bool(_COMPANY_WORD.search(title)) or len(title) > _LONGEST_NAME


def _is_wanted(text: str) -> bool:
    found = list(_WORD.finditer(text))
    return bool(found) and not any(is_refused(text, match.start(), match.end()) for match in found)


def _read_tax_number(draft: Draft) -> None:
    match = _TAX.search(draft.rest)
    if match is None:
        return
    which = 1 if match[1] else 2
    draft.keep("tax_number", _GAP.sub("", match[which]).upper())
    draft.use_up(*match.span())


def _title(draft: Draft) -> str:
    if _PERSONAL_TITLE.search(draft.rest):
        return "个人"
    for read in (_labelled, _personal, _company):
        title = read(draft)
        if title:
            return title
    return ""


def _labelled(draft: Draft) -> str:
    for match in _LABELLED.finditer(draft.rest):
        title = trim(match[1])
        if (
            not title
            or _PLACEHOLDER.fullmatch(title)
            or _PERSONAL.match(title)
            or (_DEFERRED.match(title) and not _COMPANY_WORD.search(title))
        ):
            continue
        whole = _COMPANY_NAME.match(draft.rest, match.start(1))
        end = whole.end() if whole else match.end()
        name = trim(draft.text[match.start(1) : end])
        draft.use_up(match.start(1), end)
        return name
    return ""


def _company(draft: Draft) -> str:
    for match in _COMPANY_NAME.finditer(draft.rest):
        head = _NAME_HEAD.match(match[1])
        start = match.start() + (head.end() if head else 0)
        name = trim(draft.text[start : match.end()])
        if len(name) > len("有限公司") and not is_refused(draft.rest, match.start(), match.end()):
            draft.use_up(start, match.end())
            return name
    return ""


def _personal(draft: Draft) -> str:
    name = _PERSONAL_NAME.search(draft.rest)
    if name and not _DEFERRED.match(name[1]):
        draft.use_up(*name.span(1))
        return name[1]
    return "个人" if _PERSONAL.search(draft.rest) else ""
