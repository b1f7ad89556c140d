"""Specs in words: what is to be packed, without the names of the platform."""

import pytest

from orders.core.spec_words import spec_values


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("颜色分类:白色;尺码:L", "白色 L"),
        ("颜色分类：白色；尺码：165/88A:M", "白色 165/88A:M"),
        ("白色", "白色"),
        ("比例 1:64", "比例 1:64"),
        ("", ""),
    ],
)
def test_spec_is_shown_by_its_values(spec, words):
    assert spec_values(spec) == words
