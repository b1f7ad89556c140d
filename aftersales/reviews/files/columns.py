"""The columns of a spreadsheet of reviews, by the names that shops and tools give them."""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from aftersales.reviews.services.records import ReviewRecord
from aftersales.reviews.statuses import ReviewResult
from backoffice.common.sheets.columns import Cell
from orders.intake.formats import cells
from orders.intake.formats.errors import REASONS, CellError

NAMES: Mapping[str, tuple[str, ...]] = {
    "number": ("订单编号", "主订单编号", "订单号", "主订单号", "交易编号", "订单id", "tid", "ordernumber", "order"),
    "line_key": ("子订单编号", "子订单号", "子订单id", "oid", "line"),
    "key": ("评价编号", "评价id", "评论id", "评论编号", "rateid", "reviewid"),
    "nick": ("买家昵称", "买家会员名", "买家", "会员名", "评价人", "用户昵称", "评价方昵称", "nick", "buyer"),
    "title": ("商品标题", "宝贝标题", "商品名称", "宝贝名称", "商品", "宝贝", "itemtitle", "title", "product"),
    "product_id": ("商品id", "宝贝id", "商品编号", "numiid", "itemid", "productid"),
    "result": ("评价结果", "评价类型", "评价等级", "好中差评", "result"),
    "stars": ("星级", "评价星级", "评分", "描述相符", "宝贝描述相符", "stars", "rating", "score"),
    "text": (
        "评价内容",
        "评论内容",
        "评价",
        "评论",
        "初评",
        "初次评价",
        "初评内容",
        "首次评价",
        "content",
        "text",
        "review",
    ),
    "reviewed_at": ("评价时间", "评论时间", "初评时间", "首次评价时间", "评价日期", "created", "reviewedat", "time"),
    "follow_up": ("追评", "追评内容", "追加评价", "追加评论", "追加评价内容", "追加内容", "followup"),
    "followed_up_at": ("追评时间", "追加评价时间", "追加评论时间", "追评日期", "followedupat"),
    "reply": ("商家回复", "回复", "回复内容", "卖家回复", "评价解释", "解释", "解释内容", "reply"),
    "replied_at": ("回复时间", "商家回复时间", "解释时间", "repliedat"),
}
TEMPLATE = (
    "订单编号", "子订单编号", "买家昵称", "商品标题", "商品ID", "评价结果", "星级", "评价内容", "评价时间", "追评内容",
    "追评时间", "商家回复", "回复时间",
)  # fmt: skip
_BY_TITLE = {title: name for name, titles in NAMES.items() for title in titles}
_RESULTS = {
    **dict.fromkeys(("好评", "好", "good", "满意"), ReviewResult.GOOD.value),
    **dict.fromkeys(("中评", "中", "neutral", "一般"), ReviewResult.NEUTRAL.value),
    **dict.fromkeys(("差评", "差", "bad", "不满意"), ReviewResult.BAD.value),
}
_STARS = re.compile(r"([1-5])(?:\.0+)?(?:星|颗星|星级|分)?")
_WORDS = {"一星": 1, "二星": 2, "两星": 2, "三星": 3, "四星": 4, "五星": 5}


def columns_of(header: Sequence[str]) -> dict[str, int]:
    """Return the place of each column that is known; of two that mean the same the first counts."""
    found: dict[str, int] = {}
    for place, title in enumerate(header):
        name = _BY_TITLE.get(_plain(title))
        if name is not None:
            found.setdefault(name, place)
    return found


def is_enough(names: Mapping[str, Any]) -> bool:
    """Tell whether these columns make a review: whose, when, and what."""
    return "reviewed_at" in names and bool({"number", "key"} & names.keys()) and bool(
        {"text", "result", "stars"} & names.keys()
    )  # fmt: skip


def _plain(title: str) -> str:
    return re.sub(r"[\s_*:：]+|[(（].*?[)）]", "", unicodedata.normalize("NFKC", title)).lower()


class RowProblem(Exception):
    """A row that is no review, with the sentence that says why."""


def record_of(values: Mapping[str, Cell], *, snapshot_at: datetime) -> ReviewRecord:
    """Read one row: name of the column to cell.

    Raises:
        RowProblem: a cell does not hold what its column says.
    """
    found = {name: _READ[name](name, cell) for name, cell in values.items()}
    reviewed_at = found.pop("reviewed_at", None)
    if reviewed_at is None:
        raise RowProblem(_("The time of the review is missing."))
    plain: dict[str, Any] = {
        name: found.pop(name, None) or "" for name in ("number", "line_key", "key", "title", "product_id")
    }
    return ReviewRecord(snapshot_at=snapshot_at, reviewed_at=reviewed_at, **plain, **found)


def _by(convert: Callable[[Cell], Any]) -> Callable[[str, Cell], Any]:
    def read(name: str, cell: Cell) -> Any:
        try:
            return convert(cell)
        except CellError as error:
            column = NAMES[name][0]
            raise RowProblem(str(REASONS[error.code]) % {"column": column, "value": error.value[:40]}) from error

    return read


def _said(_name: str, cell: Cell) -> str:
    """Return what stands in the column; an empty cell says that there is nothing."""
    return cells.text(cell) or ""


def _result(_name: str, cell: Cell) -> str | None:
    word = (cells.text(cell) or "").lower()
    if word and word not in _RESULTS:
        raise RowProblem(_("“%(text)s” is no result of a review: 好评, 中评 or 差评.") % {"text": word[:40]})
    return _RESULTS.get(word)


def _stars(_name: str, cell: Cell) -> int | None:
    word = (cells.text(cell) or "").replace(" ", "")
    if not word:
        return None
    if word.strip("★☆") == "" and "★" in word:
        return word.count("★")
    if word in _WORDS:
        return _WORDS[word]
    found = _STARS.fullmatch(word)
    if found is None:
        raise RowProblem(_("“%(text)s” is no number of stars from 1 to 5.") % {"text": word[:40]})
    return int(found[1])


_READ: Mapping[str, Callable[[str, Cell], Any]] = {
    **dict.fromkeys(("number", "line_key", "key", "product_id"), _by(cells.identifier)),
    **dict.fromkeys(("reviewed_at", "followed_up_at", "replied_at"), _by(cells.moment)),
    **dict.fromkeys(("nick", "title"), _by(cells.text)),
    **dict.fromkeys(("text", "follow_up", "reply"), _said),
    "result": _result,
    "stars": _stars,
}
