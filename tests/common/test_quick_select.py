"""A quick drop-down list has the HTML of Django's own."""

import re

import pytest
from django import forms

from backoffice.common.quick_select import QuickSelect

CHOICES = [("", "—"), ("SF", '顺丰 <速运> & "快"'), ("a'b", "中通"), (7, "seven")]


def squeezed(html):
    return re.sub(r">\s+", ">", re.sub(r"\s+<", "<", html))


@pytest.mark.parametrize("value", ["", None, "SF", "a'b", "7", "unknown"])
@pytest.mark.parametrize("attrs", [{}, {"id": "courier_id", "required": True, "disabled": False, "aria-label": "<b>"}])
def test_html_is_that_of_a_select(value, attrs):
    plain, quick = forms.Select(choices=CHOICES), QuickSelect(choices=CHOICES)

    assert squeezed(quick.render("courier", value, attrs)) == squeezed(plain.render("courier", value, attrs))


def test_field_renders_and_reads_as_ever():
    class Form(forms.Form):
        courier = forms.ChoiceField(choices=CHOICES, widget=QuickSelect)

    form = Form({"courier": "SF"})

    assert form.is_valid()
    assert '<option value="SF" selected>' in str(form["courier"])
