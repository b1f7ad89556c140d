import pytest

from tests.notes.recognition.reading import problems, read


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("周六送", {"delivery_date": "2026-06-06"}),
        ("6月3号前到", {"deliver_before": "2026-06-03"}),
        ("６月３号 前送到", {"deliver_before": "2026-06-03"}),
        ("六月三号送到就行 别早了", {"delivery_date": "2026-06-03"}),
        ("最晚6月8号必须收到", {"deliver_before": "2026-06-08"}),
        ("端午前能到不 端午要用", {"deliver_before": "2026-06-19"}),
        ("国庆节前能收到吗", {"deliver_before": "2026-10-01"}),
        ("6.18之前别发货", {"delivery_date": "2026-06-18"}),
        ("3天内到", {"deliver_before": "2026-06-04"}),
        ("下周一送货上午", {"delivery_date": "2026-06-08", "delivery_slot": "morning"}),
        ("大后天傍晚送哈", {"delivery_date": "2026-06-04", "delivery_slot": "evening"}),
        ("申通快递 后天发", {"delivery_date": "2026-06-03", "courier": "申通"}),
        ("20号再寄，寄早了没人签收", {"delivery_date": "2026-06-20"}),
        ("明天再发也行", {"delivery_date": "2026-06-02"}),
        ("送货日期 6.10", {"delivery_date": "2026-06-10"}),
        ("周末送货", {"delivery_slot": "weekend"}),
        ("周末不要送货，公司没人", {"delivery_slot": "workday"}),
        ("工作日不在家", {"delivery_slot": "weekend"}),
        ("周一至周五送货", {"delivery_slot": "workday"}),
        ("晚上七点以后送 白天上班", {"delivery_slot": "evening"}),
        ("明天下午六点后送货", {"delivery_date": "2026-06-02", "delivery_slot": "evening"}),
        ("不要上午送", {"delivery_slot": "afternoon"}),
        ("晚上不在家", {}),
        ("6月5号到6月8号不在家，别送", {}),
        ("周日不收货", {}),
        ("别周一送，周二送", {"delivery_date": "2026-06-02"}),
        ("周三送，周五送", {}),
        ("上午送或者下午送", {}),
        ("下周再发货", {}),
        ("deliver on weekends please", {"delivery_slot": "weekend"}),
        ("please deliver after 6pm", {"delivery_slot": "evening"}),
        ("ship after June 10", {"delivery_date": "2026-06-10"}),
        ("deliver on Saturday", {"delivery_date": "2026-06-06"}),
        ("礼拜六礼拜天送", {"delivery_slot": "weekend"}),
        ("周末休息别派件", {"delivery_slot": "workday"}),
        ("白天没人 晚上再来送", {"delivery_slot": "evening"}),
        ("白天送", {}),
        ("中午送 我午休在家", {}),
        ("能不能上午送", {"delivery_slot": "morning"}),
        ("能不能明天就到", {"delivery_date": "2026-06-02"}),
        ("最迟这个周末收到", {}),
        ("明晚之前送来", {"deliver_before": "2026-06-02"}),
        ("放假前到就行", {}),
        ("出差回来再发", {}),
        ("中旬再发货", {}),
        ("一周后再发", {"delivery_date": "2026-06-08"}),
        ("过三天再发", {"delivery_date": "2026-06-04"}),
        ("一个星期内送到", {"deliver_before": "2026-06-08"}),
        ("周五要穿的", {"deliver_before": "2026-06-05"}),
        ("6月5号生日 之前能收到吗", {"deliver_before": "2026-06-05"}),
        ("我13号出发，来得及吗", {"deliver_before": "2026-06-13"}),
        ("6号婚礼 5号必须收到", {"delivery_date": "2026-06-05"}),
        ("8号之前不在 别发早了", {"delivery_date": "2026-06-08"}),
        ("不要周三到 那天没人", {}),
        ("周二周四别送", {}),
        ("除了周一都可以送", {}),
    ],
)
def test_time(text, pairs):
    found = read(text)

    assert ("delivery_time" in found.types, found.pairs, found.problems) == (True, pairs, ())


@pytest.mark.parametrize(
    "text",
    [
        "指定时间送",
        "送货时间我另外通知",
        "到时候按我说的时间送啊",
        "晚点发",
        "等通知再发货",
        "先不发 等我消息",
        "改天再发",
        "不要那么早发",
    ],
)
def test_time_is_missing(text):
    assert problems(read(text)) == [("missing", "delivery_date", "")]


@pytest.mark.parametrize(
    "text",
    [
        "早上好",
        "周五出门旅游要带",
        "6月1号拍的",
        "先别发货，我还没想好",
        "送货前打电话",
        "端午快乐",
        "今天下午三点前能发么",
        "过年送亲戚的",
        "晚上睡觉用的",
        "上午下的单 下午才看到",
        "明早能发走吗",
        "快一点送",
    ],
)
def test_no_time(text):
    assert "delivery_time" not in read(text).types


@pytest.mark.parametrize(
    "text",
    [
        "麻烦尽快",
        "尽快发货",
        "今天能发货吗",
        "明天能发吗",
        "快点发 周五出门旅游要带",
        "急急急急急",
        "急用，六月四号之前必须到",
        "催一下催一下",
        "赶时间 用最快的那个快递",
        "怎么还不发货",
        "ASAP please",
        "kuai dian fa huo",
        "快啲发货，等紧用",
        "赶紧的",
        "麻溜儿的发货哈",
        "早点发哦",
        "越早越好",
        "可以今晚发出吗",
        "请不要拖延发货",
        "加急处理",
        "能快就快",
        "宝宝断粮了 快",
        "赶着用 麻烦了",
        "发货请提速",
        "fast shipping pls",
    ],
)
def test_urge(text):
    assert "urge" in read(text).types


@pytest.mark.parametrize(
    "text",
    [
        "不急，慢慢发",
        "不着急",
        "请尽快回复",
        "尽快给我退款",
        "尽快联系我",
        "早点睡",
        "快递慢",
        "不是很急",
        "退款快点",
        "不要那么早发",
        "明天再发，明天能发吗",
    ],
)
def test_no_urge(text):
    assert "urge" not in read(text).types
