"""The history of an order as HTML: every part of an entry, escaped, and links where a job has a receipt."""

from datetime import timedelta

from backoffice.common.quick_html import NOTHING
from orders.desk.history import Change, Day, Entry
from orders.desk.templatetags.order_history import history
from tests.factories import NOON


def entry(**values):
    return Entry(
        **{"at": NOON, "kind": "flag_changed", "what": "Flag", "who": "li", "source": "", "changes": []} | values
    )


def test_an_entry_is_told_with_time_and_person():
    html = history([Day("Today", [entry(at=NOON + timedelta(seconds=5))])])

    assert html == (
        '<li class="history-day">Today</li><li data-event="flag_changed"><time datetime="2026-06-01T12:00:05+08:00" '
        'title="2026-06-01 12:00:05">12:00</time><div><strong>li</strong> Flag</div></li>'
    )


def test_what_changed_stands_before_and_after():
    changes = [Change("", "a", "b"), Change("Spec", "", "<L>"), Change("Line", "1", "")]

    html = history([Day("Today", [entry(changes=changes)])])

    assert ' <span class="diff"><del>a</del> → <ins>b</ins></span>' in html
    assert ' <span class="diff">Spec: <ins>&lt;L&gt;</ins></span>' in html
    assert ' <span class="diff">Line: <del>1</del> </span>' in html


def test_source_outbox_and_job_are_named():
    told = entry(source="API", outbox="sent to the platform", outbox_state="sent", batch=7)
    receipt = entry(batch=8, batch_url="/orders/batches/8/")

    html = history([Day("Today", [told]), Day("Yesterday", [receipt])])

    assert ' <span class="muted">(API)</span>' in html
    assert ' <span class="muted" data-outbox="sent">(sent to the platform)</span>' in html
    assert ' <span class="muted">Job 7</span>' in html
    assert ' <a href="/orders/batches/8/">Batch 8</a>' in html


def test_nothing_happened_is_nothing():
    assert history([]) == NOTHING
