import pytest

from aftersales.topics.sentiment import sentiment_of


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("质量很好，非常满意", "positive"),
        ("物超所值，下次还来", "positive"),
        ("没有色差，没有异味", "positive"),
        ("不难看", "positive"),
        ("虽然贵了点，但是质量真的很好", "positive"),
        ("很不错，就是物流有点慢", "positive"),
        ("质量太差了", "negative"),
        ("不好", "negative"),
        ("一点都不好看", "negative"),
        ("不是很满意", "negative"),
        ("没有想象中那么好", "negative"),
        ("包装不错，但是东西是坏的，退货了", "negative"),
        ("客服态度恶劣，差评", "negative"),
        ("两天就坏了", "negative"),
        ("收到了", "neutral"),
        ("", "neutral"),
        ("！！！", "neutral"),
    ],
)
def test_sentiment_of_a_text(text, label):
    assert sentiment_of(text).label == label


def test_score_keeps_its_bounds():
    assert sentiment_of("非常满意，" * 500).score == 100
    assert sentiment_of("垃圾，" * 500).score == -100
    assert sentiment_of("很好" * 100_000).score == 100


@pytest.mark.parametrize(
    ("weaker", "stronger"),
    [("有点慢", "慢"), ("慢", "太慢"), ("满意", "非常满意"), ("还可以", "很好")],
)
def test_degrees_make_a_word_stronger_or_weaker(weaker, stronger):
    assert abs(sentiment_of(weaker).score) < abs(sentiment_of(stronger).score)


def test_what_follows_a_but_counts_more():
    assert sentiment_of("质量好，但是物流慢").score < sentiment_of("物流慢，但是质量好").score
