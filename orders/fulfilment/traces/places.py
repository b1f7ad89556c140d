"""Whether a courier's place is another one than the order's: only where the two names say so for certain."""

import re

_PROVINCES = (
    "北京", "天津", "上海", "重庆", "河北", "山西", "辽宁", "吉林", "黑龙江", "江苏", "浙江", "安徽", "福建", "江西",
    "山东", "河南", "湖北", "湖南", "广东", "海南", "四川", "贵州", "云南", "陕西", "甘肃", "青海", "台湾", "内蒙古",
    "广西", "西藏", "宁夏", "新疆", "香港", "澳门",
)  # fmt: skip
_TAIL = re.compile(r"(特别行政区|维吾尔自治区|壮族自治区|回族自治区|自治区|省|市辖区|市|自治州|地区|盟|区|县)$")
_CITY = re.compile(r"([\u4e00-\u9fff]{2,8}?(?:市|自治州|地区|盟))")
_NOISE = re.compile(r"[\s【】\[\]（）()·,，、\-/]+")
_SHORTEST = 2


def is_elsewhere(place: str, *, province: str, city: str, district: str = "") -> bool:
    """Tell whether a place lies in another province than the order's, or names another city; in doubt it does not."""
    plain = _NOISE.sub("", place)
    if not plain or not province:
        return False
    named = _province_of(plain)
    if named and named != _stem(province):
        return True
    if any(_stem(name) in plain for name in (city, district) if len(_stem(name)) >= _SHORTEST):
        return False
    rest = _TAIL.sub("", plain) if plain in {named, f"{named}省", f"{named}市"} else _without(plain, named)
    return bool(city) and _city_of(rest) not in ("", _stem(city))


def province_named(text: str) -> str:
    """Return the short name of the province that a text is: 新疆 of 新疆维吾尔自治区; empty when it is none."""
    found = _stem(text)
    return found if found in _PROVINCES else ""


def _stem(name: str) -> str:
    return _TAIL.sub("", _NOISE.sub("", name))


def _province_of(plain: str) -> str:
    return next((name for name in _PROVINCES if plain.startswith(name)), "")


def _without(plain: str, province: str) -> str:
    rest = plain.removeprefix(province)
    return re.sub(r"^(省|(?:维吾尔|壮族|回族)?自治区|特别行政区|市(?=.))", "", rest) if province else rest


def _city_of(rest: str) -> str:
    found = _CITY.match(rest)
    return _stem(found[1]) if found else ""
