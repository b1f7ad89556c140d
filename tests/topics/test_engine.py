import time

import pytest

from aftersales.topics.defaults import DEFAULT_TOPICS
from aftersales.topics.engine import Rule, find_topics, matcher_of, quote_of
from tests.topics.helpers import COLOUR, INVOICE, SLOW, SMALL, topics_in

DEFAULTS = {
    one.code: Rule(number, tuple(one.words.split()), tuple(one.not_words.split()), one.is_complaint)
    for number, one in enumerate(DEFAULT_TOPICS)
}


def codes_in(text):
    codes = list(DEFAULTS)
    return {codes[number] for number in topics_in(text, tuple(DEFAULTS.values()))}


@pytest.mark.parametrize(
    ("text", "topics"),
    [
        ("有点色差", [COLOUR]),
        ("偏小，而且有色差", [SMALL, COLOUR]),
        ("很好", []),
        ("", []),
        ("声音小了", []),  # a clause with a not-word
        ("声音小了，鞋子也小了", [SMALL]),
        ("物流实在太慢", [SLOW]),
        ("物流很快。就是发货慢", []),  # a word with * stays in its clause
        ("颜色和图片完全不一样", [COLOUR]),
    ],
)
def test_words_are_found_by_topic(text, topics):
    assert topics_in(text) == [rule.topic_id for rule in topics]


@pytest.mark.parametrize(
    "text",
    [
        "没有色差", "没色差", "无色差", "没有任何色差", "没什么色差", "没发现有色差", "不会有色差", "不存在色差",
        "并没有出现色差", "色差几乎没有", "色差不大", "色差完全没有的", "没有异味、色差", "没有异味和色差", "不偏小",
        "一点也不偏小", "不是很偏小", "不会偏小", "物流一点都不慢", "物流不慢", "毫无异味", "零色差", "未见色差",
    ],
)  # fmt: skip
def test_what_is_denied_does_not_count(text):
    assert topics_in(text) == []


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("没有异味，但是有色差", COLOUR),
        ("没想到色差这么大", COLOUR),
        ("不得不说色差很大", COLOUR),
        ("有没有色差", COLOUR),
        ("会不会偏小", SMALL),
        ("是不是偏小", SMALL),
        ("质量不好，色差大", COLOUR),
        ("没有发票", INVOICE),  # a plain subject: saying that there is none speaks of it
    ],
)
def test_what_only_looks_denied_counts(text, topic):
    assert topics_in(text) == [topic.topic_id]


def test_a_word_is_found_whatever_its_case_and_signs():
    rule = Rule(1, ("Size|Off(big)",))

    assert topics_in("the SIZE|OFF(BIG) one", (rule,)) == [1]
    assert topics_in("the size off(big) one", (rule,)) == []


def test_a_topic_is_found_once_by_its_first_word():
    found = find_topics([COLOUR], "色差大，还是色差")

    assert [(one.start, one.end) for one in found] == [(0, 2)]


def test_no_rules_find_nothing():
    assert matcher_of(()).find("色差") == []
    assert matcher_of((Rule(1, ()),)).find("色差") == []


def test_a_quote_stands_around_its_word():
    text = "开头" * 50 + "有色差\n真的" + "结尾" * 50

    (found,) = find_topics([COLOUR], text)

    quote = quote_of(text, found, 20)
    assert quote == "…开头开头开头开头有色差 真的结尾结尾结尾…"
    assert quote_of("有色差", find_topics([COLOUR], "有色差")[0]) == "有色差"


def test_usual_topics_are_many_and_their_words_are_short():
    assert len(DEFAULT_TOPICS) >= 14
    assert len({one.code for one in DEFAULT_TOPICS}) == len({one.name for one in DEFAULT_TOPICS}) == len(DEFAULT_TOPICS)
    assert all(len(word) <= 40 for one in DEFAULT_TOPICS for word in (*one.words.split(), *one.not_words.split()))


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("裤子偏小，建议买大一码", {"size_small"}),
        ("鞋子小了", {"size_small"}),
        ("建议拍小一码", {"size_large"}),
        ("大了一码", {"size_large"}),
        ("裤腰太大了，而且太长", {"size_large"}),
        ("声音太小", set()),
        ("跟图片不一样，色差很大", {"colour_off", "not_as_described"}),
        ("洗了一次就掉色", {"faded"}),
        ("杯子收到就碎了，包装也太差", {"damaged", "packaging"}),
        ("少发了一件", {"missing"}),
        ("颜色发错了", {"wrong_item"}),
        ("快递太慢了，等了很久", {"slow_logistics"}),
        ("请尽快发货，急用", {"urge"}),
        ("质量太差", {"quality"}),
        ("质量没有问题", set()),
        ("线头多，做工粗糙", {"workmanship"}),
        ("打开一股刺鼻的味道", {"smell"}),
        ("没有异味，质量很好", set()),
        ("客服爱理不理", {"service"}),
        ("性价比不高，刚买就降价", {"value"}),
        ("麻烦开发票，抬头写公司", {"invoice"}),
        ("很满意，尺码标准，没有色差，物流快", set()),
    ],
)
def test_usual_topics_find_what_buyers_say(text, codes):
    assert codes_in(text) == codes


def test_a_million_texts_are_read_in_minutes():
    texts = [
        "衣服收到了, 质量很好, 穿着很舒服, 颜色也很正",
        "尺码偏小, 建议拍大一码, 面料有点薄, 整体还可以",
        "好评",
    ] * 1000
    matcher = matcher_of(tuple(DEFAULTS.values()))
    started = time.process_time()

    for text in texts:
        matcher.find(text)

    assert time.process_time() - started < 0.6  # 200 µs a text; it takes 15
