"""Days and times of day that a note names, seen from the day on which it was written."""

import calendar
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from orders.notes.recognition.text import NUMBER, number_of


@dataclass(frozen=True, slots=True)
class Day:
    """A day that the text names, and where."""

    start: int
    end: int
    day: date
    is_limit: bool = False  # 三天内: the words alone make it a limit


_WEEKDAYS = {sign: at for at, signs in enumerate(("一1", "二2", "三3", "四4", "五5", "六6", "日天7")) for sign in signs}
_NEAR = {"今": 0, "明": 1, "后": 2, "大后": 3}
# Festivals of the sun by month and day; of the moon by year.
_FIXED = {
    "元旦": (1, 1),
    "情人节": (2, 14),
    "三八": (3, 8),
    "妇女节": (3, 8),
    "五一": (5, 1),
    "劳动节": (5, 1),
    "六一": (6, 1),
    "儿童节": (6, 1),
    "教师节": (9, 10),
    "国庆": (10, 1),
    "平安夜": (12, 24),
    "圣诞": (12, 25),
    "618": (6, 18),
    "双十一": (11, 11),
    "双11": (11, 11),
}
_NEW_YEAR = ("2027-02-06", "2028-01-26", "2029-02-13", "2030-02-03", "2031-01-23")
_MOON = {
    "端午": ("2026-06-19", "2027-06-09", "2028-05-28", "2029-06-16", "2030-06-05"),
    "七夕": ("2026-08-19", "2027-08-08", "2028-08-26", "2029-08-16", "2030-08-05"),
    "中秋": ("2026-09-25", "2027-09-15", "2028-10-03", "2029-09-22", "2030-09-12"),
    "春节": _NEW_YEAR,
    "过年": _NEW_YEAR,
}
_SUNDAYS = {"母亲节": (5, 2), "父亲节": (6, 3)}  # month, which Sunday of it
_DECEMBER = 12
_NO_MEASURE = r"(?![\d.]|\s*(?:元|块|折|米|cm|厘米|寸|斤|kg|克|升|ml|L|%|码|版|倍))"
_NO_NAME = r"(?!楼|栋|院|门|线|店|机|色|电池|单元|房|馆|库|码|球|针|款|链|字|笔|墙|幢|仓|位|技师|床|公馆|路|地块)"


def days(text: str, today: date) -> list[Day]:
    """Return the days that the text names, in order, each place once."""
    found: list[Day] = []
    taken: list[tuple[int, int]] = []  # 2月30号 is no day, and 30号 of it is none either
    for pattern, read in _FORMS:
        for match in pattern.finditer(text):
            day = None if _overlaps(match, taken) else read(match, today)
            taken.append(match.span())
            if day is not None:
                found.append(Day(match.start(), match.end(), day, match[0].endswith("内")))
    return sorted(found, key=lambda each: each.start)


def _overlaps(match: re.Match[str], taken: list[tuple[int, int]]) -> bool:
    return any(match.start() < end and start < match.end() for start, end in taken)


def _made(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _next(today: date, month: int, day: int) -> date | None:
    """Return the month and day in this year, or in the next one when it is past."""
    found = _made(today.year, month, day)
    return found if found is None or found >= today else _made(today.year + 1, month, day)


def _full(match: re.Match[str], _today: date) -> date | None:
    return _made(int(match[1]), number_of(match[2]), number_of(match[3]))


def _month_day(match: re.Match[str], today: date) -> date | None:
    return _next(today, number_of(match[1]), number_of(match[2]))


def _of_month(match: re.Match[str], today: date) -> date | None:
    """Return the day of 3号, 这个月3号, 下个月3号."""
    later = _month_later(today) if match[1] else today
    found = _made(later.year, later.month, number_of(match[2]))
    if found is None or found >= today:
        return found
    later = _month_later(today)
    return _made(later.year, later.month, found.day)


def _month_later(today: date) -> date:
    return date(today.year + today.month // _DECEMBER, today.month % _DECEMBER + 1, 1)


def _near(match: re.Match[str], today: date) -> date:
    return today + timedelta(days=_NEAR[match[1]])


def _near_in_english(match: re.Match[str], today: date) -> date:
    return today + timedelta(days=match[1].lower() == "tomorrow")


def _weekday(match: re.Match[str], today: date) -> date:
    """Return the day of 周六 (the next one, today included), 这周六 and 下周六 (counted from Monday)."""
    weekday = _WEEKDAYS[match[2]]
    monday = today - timedelta(days=today.weekday())
    if match[1]:
        return monday + timedelta(weeks=match[1].count("下"), days=weekday)
    return today + timedelta(days=(weekday - today.weekday()) % 7)


def _month_end(match: re.Match[str], today: date) -> date:
    first = _month_later(today) if match[1].startswith("下") else today
    if match[1][:1].isdigit() or match[1][:1] in "一二三四五六七八九十":
        month = number_of(match[1].rstrip("月份"))
        first = date(today.year + (month < today.month), max(1, min(month, _DECEMBER)), 1)
    return first.replace(day=calendar.monthrange(first.year, first.month)[1])


def _within(match: re.Match[str], today: date) -> date:
    return today + timedelta(days=number_of(match[1]))


def _in_weeks(match: re.Match[str], today: date) -> date:
    return today + timedelta(weeks=number_of(match[1]))


def _in_days(match: re.Match[str], today: date) -> date:
    """Return the day of 三天后, 过三天."""
    return today + timedelta(days=number_of(match[1] or match[2]))


def _month_in_english(match: re.Match[str], today: date) -> date | None:
    return _next(today, _MONTHS.index(match[1].lower()) + 1, int(match[2]))


def _weekday_in_english(match: re.Match[str], today: date) -> date:
    return today + timedelta(days=(_WEEKDAYS_IN_ENGLISH.index(match[1].lower()) - today.weekday()) % 7)


def _this_week_end(match: re.Match[str], today: date) -> date:
    return today + timedelta(days=6 - today.weekday() + 7 * match[0].count("下"))


def _festival(match: re.Match[str], today: date) -> date | None:
    name = match[1]
    if name in _FIXED:
        return _next(today, *_FIXED[name])
    if name in _MOON:
        return next((day for day in map(date.fromisoformat, _MOON[name]) if day >= today), None)
    found = _sunday(today.year, *_SUNDAYS[name])
    return found if found >= today else _sunday(today.year + 1, *_SUNDAYS[name])


def _sunday(year: int, month: int, which: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=6 - first.weekday() + 7 * (which - 1))


_WITHIN = re.compile(rf"({NUMBER})(?:天|日)(?:之内|以内|内)")
_WEEKS = rf"({NUMBER})个?(?:周|星期|礼拜)"
_AFTER_DAYS = re.compile(rf"(?:过({NUMBER})天|(?<!\d)({NUMBER})天(?:之|以)?后)(?!内)")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = rf"({'|'.join(_MONTHS)})[a-z]*\.?"
_WEEKDAYS_IN_ENGLISH = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_FORMS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], date], date | None]], ...] = (
    (re.compile(rf"(20\d\d)\s*[年./-]\s*({NUMBER})\s*[月./-]\s*({NUMBER})(?!\d)[日号]?"), _full),
    (re.compile(rf"(?<!\d)({NUMBER})\s*月(?:份)?\s*({NUMBER})(?!\d)\s*[日号]?"), _month_day),
    (re.compile(rf"(?<![\d.:/-])(\d{{1,2}})[./](\d{{1,2}}){_NO_MEASURE}[日号]?"), _month_day),
    (re.compile(rf"((?:下个?|次)月(?:份)?)\s*({NUMBER})\s*[日号]"), _of_month),
    (re.compile(rf"(?<![\dA-Za-z第#])(?:这个?月|本月)?()({NUMBER})\s*[号日]{_NO_NAME}"), _of_month),
    (re.compile(r"(大后|[今明后])(?:天|日|儿|晚|早)"), _near),
    (re.compile(r"\b(tomorrow|today)\b", re.IGNORECASE), _near_in_english),
    (
        re.compile(
            r"(这个?|本|下下个?|下个?)?(?:周|星期|礼拜)([一二三四五六日天1-6])(?![一二三四五六日天\d]|"
            r"[至到](?:周|星期|礼拜)?[一二三四五六日天\d])"),
        _weekday,
    ),
    (re.compile(rf"((?:这个?|本|下个?|{NUMBER})?月份?)(?:底|末)"), _month_end),
    (_WITHIN, _within),
    (re.compile(rf"{_WEEKS}(?:之内|以内|内|(?:之|以)?后)"), _in_weeks),
    (_AFTER_DAYS, _in_days),
    (re.compile(rf"(?<![A-Za-z]){_MONTH} ?(\d{{1,2}})(?!\d)", re.IGNORECASE), _month_in_english),
    (
        re.compile(rf"(?<![A-Za-z])({'|'.join(_WEEKDAYS_IN_ENGLISH)})(?:s|nes|rs|ur)?day(?![A-Za-z])", re.IGNORECASE),
        _weekday_in_english,
    ),
    (re.compile(r"(?:这|本|下)个?(?:周|星期|礼拜)(?:之?内|底)"), _this_week_end),
    (re.compile("(" + "|".join((*_FIXED, *_MOON, *_SUNDAYS)) + ")节?"), _festival),
)  # fmt: skip

_WORKDAY = r"工作日|上班时间|上班日|weekdays?|working days?|(?:周|星期|礼拜)一(?:到|至|-|~|—)(?:周|星期|礼拜)?五"
_WEEKEND = (
    r"周末|weekends?|双休日?|星期六日|周六日|周六周日|(?:周|星期|礼拜)六[、和跟及或]?(?:周|星期|"
    r"礼拜)?[日天]|节假日|休息日|休息天"
)
WEEK_PARTS = re.compile(rf"{_WORKDAY}|{_WEEKEND}")
_AFTER = re.compile(rf"({NUMBER})(?:点|时|:[0-5]\d)(?:半|钟)?")
_HOUR = (
    rf"(?<![\d一])(?!一点){NUMBER}(?:点|:[0-5]\d)(?:半|钟|多)?(?:(?:之|以)?[前后]|左右|到{NUMBER}点|"
    rf"-{NUMBER}点|(?=送|派|来送|到[家货]?$))|(?:放学|下课|午饭|中饭|晚饭|早饭|饭|午睡)(?:之|"
    rf"以)?[前后]|半夜|凌晨|深夜"
)
_SLOTS = (
    ("workday", re.compile(_WORKDAY)),
    ("weekend", re.compile(_WEEKEND)),
    ("noon", re.compile(r"(?<!到)中午(?!(?:之|以)?[前后]|12点)|正午|午休|noon(?![a-z])")),
    ("day", re.compile(r"白天|白日|日间")),
    ("hour", re.compile(_HOUR)),
    (
        "morning",
        re.compile(
            r"上午|早(?=\d{1,2}[点:]|[六七八九十]点)|早上|早晨|一早|明早|中午之?前|中午以前|(?:中午)?12点(?:之|"
            r"以)?前|morning"
        ),
    ),
    ("afternoon", re.compile(r"下午|午后|中午后|中午以后|中午之后|afternoon")),
    (
        "evening",
        re.compile(
            r"晚上|傍晚|下班后|下班以后|下班之后|今晚|明晚|晚间|夜里|(?<!上午)(?<!早上)(?<!\d)(?:1[89]|"
            r"2[0-2]|[六七八]|[678])(?:点|:\d\d)(?:半|钟)?(?:之|以)?后|(?<!最)晚(?=\d{1,2}点|[六七八九]点)|"
            r"evening|at night|after (?:work|[5-9] ?(?:pm|:00))"
        ),
    ),
)
_OPPOSITE = {
    "workday": "weekend",
    "weekend": "workday",
    "morning": "afternoon",
    "afternoon": "morning",
    "day": "evening",
}
_NO_SLOT = frozenset({"noon", "day", "hour"})  # a time of day that the shop has no name for
UNWANTED = re.compile(
    r"(?:都|我们?|家里|家|公司|单位|学校|办公室|这边|一般|休息|放假|假期|期间|那几天|不上班|"
    r"要上班|上班|时间|时候|就|请|千万|那天|当天|的话|[ ,])*(?:不在|没人|无人|不方便|不收|收不了|"
    r"不要|不能|没法|不派|不送|别[送派来发寄]|勿[送派]|不要送|不用送|不可以|不行|不接|关门|没空|"
    r"没时间|除外)"
)
UNWANTED_BEFORE = re.compile(r"(?<![能可要会行])(?:不要|别|勿|不在|避开|除了|除|请勿|不能|不)(?:在|安排|放在?|选)?$")
_BEFORE = re.compile(r"(?:之|以)?前")
_EVENING_FROM, _NOON = 18, 12


def slots(text: str) -> Iterator[tuple[str, int, int]]:
    """Yield the times of day and week that the text asks for, and where; one that does not suit means the other."""
    for name, pattern in _SLOTS:
        for match in pattern.finditer(text):
            is_refused = UNWANTED.match(text, match.end()) or UNWANTED_BEFORE.search(text[: match.start()])
            wanted = _OPPOSITE.get(name, "") if is_refused else _later(name, text, match.end())
            yield wanted, match.start(), match.end()
            break


def _later(name: str, text: str, end: int) -> str:
    """Return evening for 下午六点."""
    if name in {"afternoon", "evening"} and _BEFORE.match(text, end):
        return ""
    hour = _AFTER.match(text, end)
    is_late = hour and name == "afternoon" and number_of(hour[1]) % _NOON >= _EVENING_FROM - _NOON
    return "evening" if is_late else "" if name in _NO_SLOT else name
