"""The platform's own words for a buyer who wrote nothing."""

import unicodedata

_TEXTS = (
    "评价方未及时做出评价,系统默认好评!", "此用户没有填写评价。", "此用户没有填写评论!", "系统默认评论", "系统默认好评",
    "该用户没有填写评价", "该用户未填写评价内容", "此用户未填写评价内容", "用户未填写评价内容", "买家没有填写评价",
    "15天内买家未作出评价", "评价方未及时做出评价", "默认好评", "默认评价", "用户未及时评价,系统默认好评",
)  # fmt: skip


def _plain(text: str) -> str:
    return "".join(sign for sign in unicodedata.normalize("NFKC", text) if sign.isalnum())


_PLAIN = frozenset(map(_plain, _TEXTS))


def is_default_text(text: str) -> bool:
    """Tell whether the buyer wrote nothing: no words at all, or those that the platform puts in their place."""
    plain = _plain(text)
    return plain in _PLAIN or not text.strip()
