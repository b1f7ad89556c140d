"""`省 市 区 街道…(邮编)` into its parts, checked against the table of administrative divisions.

Provinces have one short canonical name (上海, 内蒙古, 湖南); cities and districts their full official one. The four
municipalities are their own city (上海市). A county-level city directly under a province (济源市) is its own city too.
"""

from typing import NamedTuple

from orders.core.divisions import ELSEWHERE, divisions, province_name

_NO_CITY = frozenset({"", "市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划", "省直辖县", "直辖县"})
_OTHER_DISTRICTS = {"其它区": "其它区", "其他区": "其它区", "其它": "其它区", "其他": "其它区"}
_CITY_ENDS = ("市", "地区", "盟", "州")
_NO_ZIP = "000000"
_CACHE_LIMIT = 20_000
_FULL = 4  # province, city, district and the rest


class Address(NamedTuple):
    province: str | None = None
    city: str | None = None
    district: str | None = None
    street: str | None = None
    zip_code: str | None = None


class Head(NamedTuple):
    """The readable part of an address, and what of the tokens belongs to the street after all."""

    province: str
    city: str | None
    district: str | None
    rest: str


_heads: dict[tuple[str, str, str], Head | None] = {}


def split_address(text: str) -> Address:
    """Split an address as the platform writes it; what cannot be recognised stays in `street`."""
    body, zip_code = _cut_zip(text)
    parts = body.split(" ", 3)
    if len(parts) == _FULL:
        key = (parts[0], parts[1], parts[2])
        try:
            head = _heads[key]
        except KeyError:
            head = _remember(key)
        if head is not None:
            street = f"{head.rest} {parts[3]}" if head.rest else parts[3]
            return Address(head.province, head.city, head.district, street.strip() or None, zip_code)
    return _split_loose(body, zip_code)


def _cut_zip(text: str) -> tuple[str, str | None]:
    """Cut a postcode in brackets off the end; (000000) says that there is none."""
    if text[-1:] in {")", "）"} and text[-8:-7] in {"(", "（"} and text[-7:-1].isdecimal():
        zip_code = text[-7:-1]
        return text[:-8].rstrip(), None if zip_code == _NO_ZIP else zip_code
    return text, None


def _remember(key: tuple[str, str, str]) -> Head | None:
    if len(_heads) >= _CACHE_LIMIT:
        _heads.clear()
    head = _heads[key] = _head(*key)
    return head


def _head(first: str, second: str, third: str) -> Head | None:
    """Read three tokens as province, city, district; None when they are not in that form."""
    province = province_name(first)
    if province is None:
        return Head("海外", second, third, "") if first == "海外" else None
    table = divisions()
    if second in _NO_CITY:
        return _head_without_city(province, third)
    own_city = f"{province}市"
    if own_city in table.cities[province] and second in table.districts[province, own_city]:
        return Head(province, own_city, second, third)  # 上海 浦东新区 …: the repeated city was left out
    city = table.cities[province].get(second)
    if city is None and not second.endswith(_CITY_ENDS) and province not in ELSEWHERE.values():
        return None
    return Head(province, city or second, _district(province, city or second, third), "")


def _head_without_city(province: str, third: str) -> Head | None:
    table = divisions()
    if third in table.direct[province]:
        return Head(province, third, third, "")
    own_city = f"{province}市"
    if own_city in table.cities[province]:
        return Head(province, own_city, _district(province, own_city, third), "")
    return None


def _district(province: str, city: str, name: str) -> str | None:
    """Return the district as the platform names it: newer zones are often missing in any table."""
    known = divisions().districts.get((province, city), {})
    return known.get(name) or _OTHER_DISTRICTS.get(name) or name or None


def _split_loose(body: str, zip_code: str | None) -> Address:
    """Read an address without (enough) spaces by the longest names it begins with."""
    table = divisions()
    rest = " ".join(body.split())
    province, unread = _take(table.provinces, rest)
    city, after_city = _take(table.city_names, rest)
    if city and len(after_city) < len(unread):  # 吉林市… is the city, not the province; a city may stand alone
        province = table.city_provinces[city]
        rest = after_city.removeprefix(city).lstrip()  # 北京市 北京市 …
    elif province is not None:
        city, rest = _take_city(province, unread)
    if province is None:
        return Address(street=rest or None, zip_code=zip_code)
    district, rest = _take_district(province, city, rest)
    return Address(province, city, district, rest or None, zip_code)


def _take_city(province: str, text: str) -> tuple[str | None, str]:
    table = divisions()
    first, _space, rest = text.partition(" ")
    city, remainder = _take(table.cities[province], rest if first in _NO_CITY and rest else text)
    own_city = f"{province}市"
    if city is None and text and own_city in table.cities[province]:
        return own_city, remainder
    return city, remainder if city else text


def _take_district(province: str, city: str | None, text: str) -> tuple[str | None, str]:
    if city is None:
        return None, text
    table = divisions()
    district, rest = _take(table.districts.get((province, city), {}) | _OTHER_DISTRICTS, text)
    if city in table.direct[province]:
        return district or city, rest.removeprefix(city).lstrip()
    return district, rest


def _take(names: dict[str, str], text: str) -> tuple[str | None, str]:
    for length in range(min(12, len(text)), 1, -1):
        if name := names.get(text[:length]):
            return name, text[length:].lstrip()
    return None, text
