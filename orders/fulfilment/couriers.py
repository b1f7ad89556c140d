"""The couriers: their codes, names in every vocabulary met so far, and what their tracking numbers look like.

Codes are Taobao's, where it has one (JD and J&T have none). Number formats change every few years, and the rules the
platform published in 2018 reject today's numbers of their own courier: a number that looks wrong is warned about and
never refused. Refused are only an empty number and signs that no courier uses.
"""

import re
import unicodedata
from functools import cache
from typing import NamedTuple

from django.utils.translation import gettext as _


class TrackingError(Exception):
    """A tracking number that cannot be stored, with a sentence for staff."""


class Courier(NamedTuple):
    code: str
    name: str
    english: str
    aliases: tuple[str, ...] = ()  # short names, and codes of other vocabularies
    patterns: tuple[str, ...] = ()  # a full match in any of them is fine; the current format first
    is_telling: bool = False  # its current format is narrow enough to name the courier


COURIERS: tuple[Courier, ...] = (
    Courier(
        "SF",
        "顺丰速运",
        "SF Express",
        ("顺丰", "顺丰快递", "顺丰速递", "顺丰标快", "顺丰特惠", "shunfeng"),
        (r"SF[A-Z0-9]\d{12}", r"SF\d{13}"),
        is_telling=True,
    ),
    Courier(
        "YTO",
        "圆通速递",
        "YTO Express",
        ("圆通", "圆通快递", "yuantong"),
        (r"YT\d{13}", r"[A-Z0-9]{2}\d{10}", r"[A-Z0-9]{2}\d{8}", r"[89]\d{17}"),
        is_telling=True,
    ),
    Courier(
        "ZTO",
        "中通快递",
        "ZTO Express",
        ("中通", "中通速递", "zhongtong"),
        (r"7[3-68]\d{12}", r"79[01]\d{11}", r"(36|37|53)\d{10}", r"4\d{11}", r"\d{12}"),
        is_telling=True,
    ),
    Courier(
        "STO",
        "申通快递",
        "STO Express",
        ("申通", "申通速递", "shentong"),
        (
            r"(77|43)\d{12,15}",
            r"77\d{13}",
            r"(268|[35-9]68|[56789]88)\d{9}",
            r"STO\d{10}",
            r"(33|55|66|77|88|99)\d{11}",
        ),
        is_telling=True,
    ),
    Courier(
        "YUNDA",
        "韵达快递",
        "Yunda Express",
        ("韵达", "韵达速递", "YD", "yunda"),
        (r"[34]\d{14}|5\d{12}", r"YD\d{12,13}", r"\d{13}"),
        is_telling=True,
    ),
    Courier(
        "EMS",
        "EMS",
        "EMS",
        ("邮政EMS", "EMS快递", "邮政特快专递", "中国邮政速递物流", "特快专递"),
        (r"[981]\d{12}|P[A-Z]\d{11}", r"[A-Z]{2}\d{9}[A-Z]{2}", r"(50|51)\d{11}"),
        is_telling=True,
    ),
    Courier("EYB", "EMS经济快递", "EMS Economy", (), (r"[A-Z]{2}\d{9}[A-Z]{2}", r"(10|11|50|51|95|97)\d{11}")),
    Courier(
        "POSTB",
        "邮政快递包裹",
        "China Post Parcel",
        ("邮政包裹", "邮政国内小包", "邮政快递", "youzhengguonei"),
        (r"[981]\d{12}", r"[GAKQPH]{2}\d{11}", r"9[689]\d{11}"),
    ),
    Courier("POST", "中国邮政", "China Post", ("邮政", "YZPY", "邮政平邮"), (r"[981]\d{12}", r"P[A-Z]\d{11}")),
    Courier(
        "DISTRIBUTOR_1710055", "邮政标准快递", "China Post Standard", ("邮政标快",), (r"1[01]\d{11}", r"[981]\d{12}")
    ),
    Courier(
        "JD",
        "京东快递",
        "JD Logistics",
        ("京东", "京东物流", "JDL"),
        (r"JD[A-Z0-9]{2}\d{11}", r"JDL?\d{12,13}"),
        is_telling=True,
    ),
    Courier(
        "JT", "极兔速递", "J&T Express", ("极兔", "极兔快递", "JTSD", "jtexpress"), (r"JT\d{12,13}",), is_telling=True
    ),
    Courier(
        "DBKD",
        "德邦快递",
        "Deppon Express",
        ("德邦", "DPK", "debangkuaidi"),
        (r"DPK\d{12}", r"\d{8,10}", r"\d{15,}[-\d]+"),
        is_telling=True,
    ),
    Courier(
        "DBL",
        "德邦物流",
        "Deppon Logistics",
        ("德邦快运", "debangwuliu"),
        (r"DPK\d{12}", r"\d{8,10}", r"\d{15,}[-\d]+"),
    ),
    Courier(
        "HTKY",
        "百世快递",
        "Best Express",
        ("百世", "百世汇通", "汇通快递", "汇通快运", "huitongkuaidi"),
        (
            r"[ABDE]\d{12}",
            r"(BXA|000)\d{10}",
            r"(K8|02)\d{11}",
            r"(2\d|3\d|61|63)\d{10}",
            r"5[01]\d{12}",
            r"[67]\d{13}",
            r"58\d{14}",
        ),
    ),
    Courier("BEST", "百世物流", "Best Logistics", (), (r"\d{11,12}",)),
    Courier("BESTQJT", "百世快运", "Best Freight"),
    Courier("TTKDEX", "天天快递", "TTK Express", ("天天", "HHTT", "tiantian"), (r"\d{12}",)),
    Courier("ZJS", "宅急送", "ZJS Express", ("宅急送快递", "zhaijisong"), (r"[A-Z0-9]{10}", r"A\d{12}")),
    Courier("UC", "优速快递", "UC Express", ("优速", "优速物流", "youshuwuliu"), (r"VIP\d{9}", r"V\d{11}", r"\d{12}")),
    Courier("GTO", "国通快递", "GTO Express", ("国通", "guotongkuaidi"), (r"\d{10}", r"[1-9]\d{11}")),
    Courier("QFKD", "全峰快递", "Quanfeng Express", ("全峰", "quanfengkuaidi")),
    Courier("FAST", "快捷快递", "Fast Express", ("快捷", "快捷速递", "kuaijiesudi")),
    Courier("FEDEX", "联邦快递", "FedEx", ("联邦",), (r"\d{12}",)),
    Courier("SURE", "速尔快递", "Sure Express", ("速尔", "suer"), (r"\d{12}",)),
    Courier("QRT", "增益速递", "QRT Express", ("增益",), (r"\d{12,13}",)),
    Courier("CNEX", "佳吉快递", "CNEX", ("佳吉", "佳吉快运"), (r"[179]\d{9}",)),
    Courier(
        "CN", "菜鸟速递", "Cainiao Express", ("菜鸟", "丹鸟", "丹鸟快递", "丹鸟物流"), (r"621\d{12}",), is_telling=True
    ),
    Courier("DISTRIBUTOR_13211725", "跨越速运", "KYE", ("跨越", "跨越速递", "KYSY", "kuayue")),
    Courier("DISTRIBUTOR_13222803", "中通快运", "ZTO Freight", ()),
    Courier("OTHER", "其他", "Other", ("其它", "其他快递", "其它快递")),
)
_SIGNS = re.compile(r"[0-9A-Z-]{4,60}")
_PREFIX = re.compile(r"(NO|运单号|物流单号)\s*[:.]\s*")
_TAILS = ("有限公司", "快递", "速递", "速运", "物流", "公司")


def _key(text: str) -> str:
    return re.sub(r"[\s()_·-]+", "", unicodedata.normalize("NFKC", text)).lower()


@cache
def _names() -> dict[str, Courier]:
    found: dict[str, Courier] = {}
    for courier in COURIERS:
        for name in (courier.code, courier.name, courier.english, *courier.aliases):
            found.setdefault(_key(name), courier)
    return found


def find_courier(text: str) -> Courier | None:
    """Return the courier named by a code or a name, full or short, in any vocabulary known here."""
    key = _key(text)
    if found := _names().get(key):
        return found
    for tail in _TAILS:
        key = key.removesuffix(tail)
        if key and (found := _names().get(key)):
            return found
    return None


def courier_name(code: str) -> str:
    """Return what people call the courier; a code of none known here as it is."""
    found = find_courier(code)
    return found.name if found else code


def normalise_tracking(number: str) -> str:
    """Return the number as couriers print it: upper case, half width, without spaces and the export's `No:`.

    Raises:
        TrackingError: it is empty, or holds signs that no tracking number has.
    """
    plain = re.sub(r"\s+", "", unicodedata.normalize("NFKC", number)).strip("'\"=").upper()
    plain = _PREFIX.sub("", plain, count=1)
    if not plain:
        raise TrackingError(_("The tracking number is empty."))
    if not _SIGNS.fullmatch(plain) or not any(sign.isdigit() for sign in plain):
        raise TrackingError(
            _("Tracking number %(number)s is not made of 4 to 60 letters, digits and “-” with at least one digit.")
            % {"number": plain[:60]}
        )
    return plain


@cache
def _pattern(courier: Courier) -> re.Pattern[str] | None:
    return re.compile("|".join(f"(?:{pattern})" for pattern in courier.patterns)) if courier.patterns else None


def _looks_like(courier: Courier, number: str) -> bool:
    pattern = _pattern(courier)
    return pattern is None or pattern.fullmatch(number) is not None


def guess_courier(number: str) -> Courier | None:
    """Return the one courier whose current format this number has, or None when it has none's or several couriers'."""
    found = [courier for courier in COURIERS if courier.is_telling and re.fullmatch(courier.patterns[0], number)]
    return found[0] if len(found) == 1 else None


def check_tracking(courier: Courier, number: str) -> str | None:
    """Return a warning for staff when a (normalised) number does not look like the courier's, else None."""
    if _looks_like(courier, number):
        return None
    values = {"number": number, "courier": courier.name}
    other = guess_courier(number)
    if other is not None and other != courier:
        values["other"] = other.name
        return _("%(number)s does not look like a number of %(courier)s, but of %(other)s.") % values
    return _("%(number)s does not look like a number of %(courier)s.") % values
