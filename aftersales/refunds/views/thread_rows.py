"""The negotiation of a case, made quickly: words translated once for a language, every value escaped."""

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache

from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from aftersales.refunds.models import Refund
from aftersales.refunds.queries import ThreadItem
from aftersales.refunds.queries.page import File
from aftersales.refunds.statuses import MONEY_KINDS, MessageRole
from backoffice.common.display import money_text
from backoffice.common.quick_html import escaped
from backoffice.common.row_cells import Cells
from backoffice.common.web import around

_MESSAGE = (
    '<li class="message is-{0}" data-message="{0}"><div class="message-head"><strong>{1}</strong>{2}{3} '
    '<span class="message-time">{4}</span></div>{5}</li>'
)
_MOVE = '<li class="thread-move" data-move><span>{} · {}: <strong>{}</strong> <span class="muted">{}</span></span></li>'
_WHO = ' <span class="muted">{}</span>'
_ACT = ' <span class="badge tone-grey">{}</span>'
_TEXT = '<p class="message-text">{}</p>'
_FILES = '<ul class="message-files">{}</ul>'
_PICTURE = (
    '<li><a href="{0}" target="_blank" rel="noopener"><img src="{0}" alt="{1}" loading="lazy"></a></li>'
)  # fmt: skip
_GONE = '<li><span class="muted">{}</span></li>'
_LINK = '<a href="{}" target="_blank" rel="noopener noreferrer">{}</a> '


@lru_cache(maxsize=8)
def _words_of(_language: str | None) -> dict[str, str]:
    """Return the texts of a language, which is in force, as HTML."""
    words = {
        **{str(value): str(label) for value, label in MessageRole.choices},
        "gone": _("%(name)s was deleted when its time was over."),
        "picture": _("Picture %(number)s on the platform"),
    }
    return {key: escaped(text) for key, text in words.items()}


def thread_html(items: Iterable[ThreadItem], refund: Refund, now: datetime) -> SafeString:
    """Write the negotiation as items of a list; under the first stands what the buyer asks for."""
    maker = _Maker(now)
    rows = [maker.row(item, _wish(refund) if place == 0 else "") for place, item in enumerate(items)]
    return SafeString("".join(rows))  # nosec B308 B703 # every part is escaped where it is made


def _wish(refund: Refund) -> str:
    """Return what is asked for, why, and how the goods are, as HTML."""
    asked = str(refund.get_kind_display())
    if refund.kind in MONEY_KINDS:
        asked = f"{asked} {money_text(refund.amount)}"
    reason = refund.reason if refund.reason != refund.reason_kind else ""
    further = (refund.get_reason_kind_display(), reason, refund.get_goods_display() if refund.goods else "")
    return _TEXT.format(" · ".join([f"<strong>{escaped(asked)}</strong>", *map(escaped, filter(None, further))]))


class _Maker:
    """Makes the items of one answer."""

    def __init__(self, now: datetime) -> None:
        self.cells, self.words = Cells(now), _words_of(get_language())
        self.file_url = around("common:attachment")

    def row(self, item: ThreadItem, wish: str) -> str:
        at, who = self.cells.when(item.at, clock=True), escaped(item.who)
        if not item.role:
            return _MOVE.format(at, who, escaped(item.act), escaped(item.text))
        said = (wish, _TEXT.format(escaped(item.text)) if item.text else "", self._files(item.files), self._links(item))
        name = self.words.get(item.role, self.words[MessageRole.SYSTEM])
        act = _ACT.format(escaped(item.act)) if item.act else ""
        return _MESSAGE.format(item.role, name, _WHO.format(who) if who else "", act, at, "".join(said))

    def _files(self, files: list[File]) -> str:
        return _FILES.format("".join(map(self._file, files))) if files else ""

    def _file(self, file: File) -> str:
        name = escaped(file.name)
        if not file.stored:
            return _GONE.format(self.words["gone"] % {"name": name})
        head, tail = self.file_url
        return _PICTURE.format(f"{head}{file.pk}{tail}", name)

    def _links(self, item: ThreadItem) -> str:
        links = [
            _LINK.format(escaped(url), self.words["picture"] % {"number": number})
            for number, url in enumerate(item.picture_urls, 1)
        ]
        return f'<p class="hint">{"".join(links)}</p>' if links else ""
