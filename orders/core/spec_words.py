"""Specs as people read them: the platform writes 颜色分类:红;尺码:L."""

import re
from functools import lru_cache

_NAMES = re.compile(r"(^|[;；])[^:：;；\d]*[:：]")  # a number before a colon is no name: 1:64 is a scale


@lru_cache(maxsize=4096)
def spec_values(spec: str) -> str:
    """Return 红 L of 颜色分类:红;尺码:L: beside a product the names say nothing that the values do not."""
    return " ".join(_NAMES.sub(r"\1", spec).replace(";", " ").replace("；", " ").split())
