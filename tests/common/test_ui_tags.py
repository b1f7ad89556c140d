from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django import forms
from django.http import QueryDict
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import translation

from backoffice.common.access import Right
from backoffice.common.navigation import nav_links
from backoffice.common.ui import Act, Chip, Tab

NOON = datetime(2026, 6, 1, 4, 0, tzinfo=UTC)  # 12:00 in Shanghai


def render(source, path="/orders/", **context):
    request = RequestFactory().get(path)
    request.rights = context.pop("rights", frozenset())
    request.store = SimpleNamespace(name="Demo", pk=1)
    with translation.override("en"):
        template = Template(source)
        return template.render(Context({"request": request, "now": NOON, **context})).strip()


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (Decimal("1234.5"), "¥1,234.50"),
        (Decimal(0), "¥0.00"),
        (Decimal(-40), "−¥40.00"),
        (None, "—"),
    ],
)
def test_money_writes_thousands_and_two_places(amount, text):
    assert render("{{ amount|money }}", amount=amount) == text


def test_money_without_fen_rounds_for_reading():
    assert render('{{ amount|money:"0" }}', amount=Decimal("12345.60")) == "¥12,346"


def test_count_writes_thousands_and_nothing_for_none():
    assert render("{{ n|count }}|{{ none|count }}", n=91233, none=None) == "91,233|"


@pytest.mark.parametrize(
    ("moment", "short", "long"),
    [
        (NOON - timedelta(hours=2), "Today 10:00", "Today 10:00"),
        (NOON - timedelta(hours=13), "Yesterday", "Yesterday 23:00"),
        (NOON - timedelta(days=9), "05-23", "05-23 12:00"),
        (NOON - timedelta(days=400), "2025-04-27", "2025-04-27 12:00"),
    ],
)
def test_when_says_it_as_staff_do(moment, short, long):
    html = render("{% when moment %}|{% when moment clock=True %}", moment=moment)

    assert f">{short}</time>|" in html
    assert html.endswith(f">{long}</time>")


def test_when_keeps_the_full_stamp_in_local_time():
    html = render("{% when moment %}", moment=NOON)

    assert html == '<time datetime="2026-06-01T12:00:00+08:00" title="2026-06-01 12:00:00">Today 12:00</time>'


def test_when_of_nothing_is_a_dash():
    assert render("{% when moment %}{% countdown moment %}", moment=None) == "——"


@pytest.mark.parametrize(
    ("left", "tone", "text"),
    [
        (timedelta(hours=51, minutes=20), "later", "2 d 3 h left"),
        (timedelta(hours=24), "later", "1 d 0 h left"),
        (timedelta(hours=23, minutes=59), "today", "23:59 left"),
        (timedelta(hours=4), "today", "4:00 left"),
        (timedelta(hours=3, minutes=40), "soon", "3:40 left"),
        (timedelta(0), "soon", "0:00 left"),
        (timedelta(minutes=-5), "late", "0:05 late"),
        (timedelta(days=-2), "late", "2 d 0 h late"),
    ],
)
def test_countdown_changes_tone_at_24_and_4_hours(left, tone, text):
    html = render("{% countdown deadline %}", deadline=NOON + left)

    assert f'class="due due-{tone}"' in html
    assert f">{text}</time>" in html


def test_countdown_names_its_rule():
    html = render('{% countdown deadline rule="Paid + 48 h" %}', deadline=NOON)

    assert 'title="2026-06-01 12:00 · Paid + 48 h"' in html


@pytest.mark.parametrize(
    ("code", "tone"),
    [
        ("pending_shipment", "amber"),
        ("shipped", "blue"),
        ("completed", "green"),
        ("closed", "outline"),
        ("new", "grey"),
    ],
)
def test_badge_takes_its_tone_from_the_code(code, tone):
    assert render("{% badge code label %}", code=code, label="X") == f'<span class="badge tone-{tone}">X</span>'


def test_badge_escapes_its_label():
    assert "<script>" not in render('{% badge "x" label %}', label="<script>")


def test_icon_is_inlined_once_without_its_box():
    html = render('{% icon "flag" "icon-sm" %}')

    assert html.startswith('<svg class="icon icon-sm" viewBox="0 0 24 24" aria-hidden="true"')
    assert html.count("<svg") == 1
    assert "M0 0h24v24H0z" not in html


def test_icon_outside_the_list_is_refused():
    with pytest.raises(LookupError, match="No icon 'rocket'"):
        render('{% icon "rocket" %}')


def test_flag_says_its_label_beside_the_colour():
    assert render('{% flag_mark 1 "Urgent" %}').endswith("</span>Urgent</span>")


def test_copy_button_names_what_it_copies():
    html = render("{% copy_button number %}", number="3552")

    assert 'data-copy="3552"' in html
    assert 'aria-label="Copy 3552"' in html


@pytest.mark.parametrize(
    ("value", "maximum", "expected"),
    [(40, 160, 'value="40" max="160"'), (9, 3, "100 %"), (0, None, '<progress class="bar" aria-label="Export">')],
)
def test_progress_is_the_native_element(value, maximum, expected):
    html = render('{% progress value maximum "Export" %}', value=value, maximum=maximum)

    assert expected in html
    assert "style=" not in html


def test_sparkline_spans_its_box():
    html = render('{% sparkline values "Paid" %}', values=[1, Decimal(3), 2])

    assert 'points="0.0,22.0 50.0,2.0 100.0,12.0"' in html
    assert 'aria-label="Paid"' in html


def test_sparkline_of_one_value_is_nothing():
    assert render("{% sparkline values %}", values=[1]) == ""


def test_query_replaces_and_removes_parameters():
    html = render(
        '{% query sort="-paid_at" after=None flag=flags %}', path="/orders/?queue=all&after=x&flag=1", flags=[2, 3]
    )

    assert html == "/orders/?queue=all&amp;flag=2&amp;flag=3&amp;sort=-paid_at"


def test_query_of_nothing_is_the_bare_path():
    assert render("{% query queue=None %}", path="/orders/?queue=all") == "/orders/"


def test_query_follows_the_list_and_not_the_act_that_answers():
    html = render(
        '{% query after="c2" %}', path="/orders/bulk/", list_path="/orders/", list_query=QueryDict("queue=shipped")
    )

    assert html == "/orders/?queue=shipped&amp;after=c2"


def test_query_without_takes_one_value_and_returns_to_the_first_page():
    html = render('{% query_without "flag" 1 %}|{% query_without "flag" %}', path="/orders/?flag=1&flag=2&after=x&q=a")

    assert html == "/orders/?flag=2&amp;q=a|/orders/?q=a"


def test_link_works_with_and_without_script():
    html = render('<a {% link_query queue="all" %}></a>')

    assert html == '<a href="/orders/?queue=all" hx-get="/orders/?queue=all"></a>'


@pytest.mark.parametrize(
    ("sort", "state", "following"),
    [
        ("", "none", "sort=paid"),
        ("paid", "ascending", "sort=-paid"),
        ("-paid", "descending", None),
        ("other", "none", "sort=paid"),
    ],
)
def test_sort_header_cycles_through_both_directions_and_back(sort, state, following):
    html = render('{% sort_header "paid" "Paid" "num" %}', path=f"/orders/?after=x&sort={sort}")

    assert f'class="num" aria-sort="{state}"' in html
    assert (f'href="/orders/?{following}"' if following else 'href="/orders/"') in html


def test_sort_header_may_begin_with_descending():
    assert 'href="/orders/?sort=-paid"' in render('{% sort_header "paid" "Paid" first="-" %}')


def test_url_if_is_empty_for_a_page_that_does_not_exist():
    assert render('{% url_if "nowhere:page" %}') == ""


def test_script_texts_are_attributes_with_their_placeholders():
    html = render("<body {% script_texts %}>")

    assert 'data-t-left="%(time)s left"' in html
    assert 'data-t-all-selected="All %(total)s selected"' in html


def test_search_text_prefers_what_the_view_gives():
    assert render("{% search_text %}", path="/orders/?q=138") == "138"
    assert render("{% search_text %}", path="/orders/?q=token", search_value="138") == "138"


def test_title_block_is_rendered_twice():
    html = render('{% extends "base.html" %}{% block title %}Staff & co{% endblock %}')

    assert html.count("Staff & co") == 2


class PlainForm(forms.Form):
    name = forms.CharField(label="Name", help_text="As on the door.")
    is_open = forms.BooleanField(label="Open", required=False)
    kind = forms.MultipleChoiceField(label="Kind", choices=[("a", "A")], widget=forms.CheckboxSelectMultiple)


def test_field_puts_hint_and_error_where_the_widget_points():
    html = render("{% form_field form.name %}", form=PlainForm({}))

    assert 'aria-describedby="id_name_helptext id_name_error"' in html
    assert 'id="id_name_helptext">As on the door.' in html
    assert 'id="id_name_error"' in html
    assert "This field is required." in html


def test_field_of_one_box_has_its_label_after_it():
    html = render("{% form_field form.is_open %}", form=PlainForm())

    assert html.index("<input") < html.index("Open")
    assert "optional" not in html


def test_field_of_many_boxes_is_a_fieldset():
    assert '<legend class="field-label">Kind' in render("{% form_field form.kind %}", form=PlainForm())


def test_form_shows_its_own_errors_first():
    form = PlainForm({"name": "x", "kind": ["a"]})
    form.add_error(None, "Both dates are the same.")

    html = render('{% include "components/_form.html" %}', form=form)

    assert html.index("Both dates are the same.") < html.index("id_name")


def test_tabs_carry_their_hooks_exactly():
    tabs = [
        Tab(key="all", label="All", url="/orders/?queue=all", count=91233, is_active=True),
        Tab(key="closed", label="Closed", url="/orders/?queue=closed", count=1000, is_capped=True),
    ]

    html = render('{% include "components/_tabs.html" with hook="queue" label="Queues" %}', tabs=tabs)

    assert 'aria-current="page" data-queue="all" data-count="91233"' in html
    assert '<span class="tab-count">91,233</span>' in html
    assert '<span class="tab-count">1,000+</span>' in html


def test_chips_name_what_they_remove():
    html = render('{% include "components/_chips.html" %}', chips=[Chip(label="Paid: 7 days", remove_url="/orders/")])

    assert 'aria-label="Remove the filter Paid: 7 days"' in html


def test_act_posts_with_its_version_and_key():
    act = Act(name="ship", label="Ship", url="/ship/", key="s", tone="primary")

    html = render('{% include "components/_act.html" %}', act=act, version=3)

    assert 'action="/ship/" hx-post="/ship/"' in html
    assert '<input type="hidden" name="version" value="3">' in html
    assert 'data-action="ship" data-key="s"' in html


def test_act_that_is_not_legal_says_why():
    html = render(
        '{% include "components/_act.html" %}', act=Act(name="ship", label="Ship", url="/x/", reason="Not paid.")
    )

    assert 'aria-disabled="true" aria-describedby="why-ship" data-action="ship"' in html
    assert 'id="why-ship" role="tooltip">Not paid.' in html
    assert "<form" not in html


def test_act_with_a_dialog_opens_it():
    html = render('{% include "components/_act.html" %}', act=Act(name="hold", label="Hold", dialog="dialog-hold"))

    assert 'data-dialog-open="dialog-hold" data-action="hold"' in html


def test_conflict_shows_both_values():
    html = render(
        '{% include "components/_conflict.html" %}',
        who="Li",
        rows=[{"label": "Flag", "theirs": "red", "yours": "blue"}],
    )

    assert "Li saved this before you." in html
    assert "<td>red</td><td>blue</td>" in html


def test_nav_counts_replace_their_places():
    html = render(
        '{% include "components/_nav_counts.html" %}',
        counts={"orders": 1000, "imports": 0, "x": 1},
        capped=["orders"],
        rights=frozenset(Right),
    )

    assert '<span class="nav-count" id="nav-count-orders" hx-swap-oob="true">1,000+</span>' in html
    assert '<span class="nav-count" id="nav-count-imports" hx-swap-oob="true"></span>' in html
    assert "nav-count-x" not in html


def test_navigation_shows_only_what_the_rights_allow():
    assert [link.item.key for link in nav_links(frozenset())] == ["home"]
    assert "settings" in [link.item.key for link in nav_links(frozenset({Right.MANAGE_STORE}))]


def test_navigation_marks_the_closest_address():
    links = nav_links(frozenset(Right), path="/settings/staff/")

    assert [link.item.key for link in links if link.is_active] == ["settings"]


def test_navigation_marks_what_the_view_names():
    links = nav_links(frozenset(Right), path="/settings/", active="home")

    assert [link.item.key for link in links if link.is_active] == ["home"]


def test_no_component_has_inline_style_or_script():
    html = render('{% include "base.html" %}', rights=frozenset(Right), stores=[])

    assert "style=" not in html
    assert "<script>" not in html
    assert "onclick" not in html
