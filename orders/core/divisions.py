"""The administrative divisions: provinces by one short name (上海, 内蒙古), cities and districts by their full one."""

import json
import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

_SUFFIXES = re.compile(r"(壮族|回族|维吾尔)?自治区$|特别行政区$|[省市]$")
_CITY_SUFFIXES = re.compile(r"(地区|自治州|盟|市|林区|自治县|县)$")
ELSEWHERE = {"香港特别行政区": "香港", "澳门特别行政区": "澳门", "台湾省": "台湾"}
_NAME_LENGTH = 3  # a shorter name has no suffix to cut


class Divisions(NamedTuple):
    provinces: dict[str, str]  # any name -> short name
    cities: dict[str, dict[str, str]]  # short province -> any city name -> full name
    districts: dict[tuple[str, str], dict[str, str]]  # (short province, full city) -> any district name -> full name
    direct: dict[str, frozenset[str]]  # short province -> county-level places directly under it
    city_names: dict[str, str]  # full city name -> itself
    city_provinces: dict[str, str]  # full city name -> short province


def short_province(name: str) -> str:
    return _SUFFIXES.sub("", name)


def _aliases(names: list[str]) -> dict[str, str]:
    """Map full names, and unambiguous short ones, to the full name."""
    shorts = {_CITY_SUFFIXES.sub("", name): name for name in names if len(name) >= _NAME_LENGTH}
    return {**{short: name for short, name in shorts.items() if len(short) > 1}, **{name: name for name in names}}


@cache
def divisions() -> Divisions:
    source: dict[str, dict[str, str]] = json.loads(
        Path(__file__).with_name("divisions.json").read_text(encoding="utf-8")
    )
    table = Divisions({}, {}, {}, {}, {}, {})
    for full, cities in source.items():
        province = short_province(full)
        table.provinces.update({full: province, province: province})
        if not full.endswith("市"):
            table.provinces[f"{province}省"] = province  # 广西省 is what people write
        table.direct[province] = frozenset(cities.get("", "").split())
        names = [city for city in cities if city] + sorted(table.direct[province])
        table.cities[province] = _aliases(names)
        table.city_names.update((name, name) for name in names)
        table.city_provinces.update(dict.fromkeys(names, province))
        for city, districts in cities.items():
            table.districts[province, city] = {name: name for name in districts.split()}
    for full, province in ELSEWHERE.items():
        table.provinces.update({full: province, province: province})
        table.cities[province] = {}
        table.direct[province] = frozenset()
    return table


PROVINCES: tuple[str, ...] = tuple(dict.fromkeys(divisions().provinces.values()))


def province_name(text: str) -> str | None:
    """Return the short canonical name of a province given in any usual form."""
    return divisions().provinces.get(text.strip())
