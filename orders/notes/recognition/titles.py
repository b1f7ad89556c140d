"""Words that ask for nothing because they are part of a product's name or of a book's title."""

import re
from collections.abc import Iterator

from orders.notes.recognition.aliases import simplify
from orders.notes.recognition.draft import Draft
from orders.notes.recognition.text import GONE, fold

_BOOK = re.compile(r"《[^》]*》")
_REQUESTS = re.compile(
    r"礼盒|礼品|礼物|包装|手提袋|丝带|贺卡|赠品|赠送|刻字|定制|免费|顺丰|包邮|发票|送|可|装|[^\u4e00-\u9fffA-Za-z]"
)
_SHORTEST, _OWN_SIGNS = 4, 2


def hide_titles(draft: Draft) -> None:
    """Use up titles of books and what the note says in the very words of a product's title: 坚果礼盒 is no gift wrap.

    A run counts when it says more than words of requests, as 礼盒包装 of a title does not.
    """
    for found in _BOOK.finditer(draft.rest):
        draft.use_up(*found.span())
    for line in draft.lines:
        for start, end in _runs(draft.rest, simplify(fold(line.title))):
            draft.use_up(start, end)


def _runs(text: str, title: str) -> Iterator[tuple[int, int]]:
    start = 0
    while title and start <= len(text) - _SHORTEST:
        end = start
        while end < len(text) and text[start : end + 1] in title:
            end += 1
        run = text[start:end]
        if len(run) >= _SHORTEST and GONE not in run and len(_REQUESTS.sub("", run)) >= _OWN_SIGNS:
            yield start, end
        start = max(end, start + 1) if len(run) >= _SHORTEST else start + 1
