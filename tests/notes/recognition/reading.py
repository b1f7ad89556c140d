"""Reads a note as the tests do: at noon of Monday 2026-06-01 in Shanghai, without an order unless one is given."""

from datetime import datetime
from zoneinfo import ZoneInfo

from orders.notes.recognition import OrderedLine, Recognition, recognise

NOON = datetime(2026, 6, 1, 12, tzinfo=ZoneInfo("Asia/Shanghai"))
DRESS = OrderedLine(
    1, "真丝连衣裙", "颜色分类:黑色;尺码:L", ("颜色分类:黑色;尺码:L", "颜色分类:黑色;尺码:XL", "颜色分类:白色;尺码:M")
)


def read(text: str, *lines: OrderedLine) -> Recognition:
    return recognise(text, lines=lines, at=NOON)


def problems(found: Recognition) -> list[tuple[str, str, str]]:
    return [(problem.code, problem.key, problem.wanted) for problem in found.problems]
