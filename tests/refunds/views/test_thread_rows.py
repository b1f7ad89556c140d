"""The negotiation as it is written: who, what, pictures, moves between, and nothing of it as HTML."""

from datetime import timedelta

import pytest

from aftersales.refunds.models import MessageFile, RefundMessage, RefundStep
from aftersales.refunds.queries import thread_of
from aftersales.refunds.views.thread_rows import thread_html
from tests.factories import NOON, make_user
from tests.refunds.cases import make_case, make_picture

pytestmark = pytest.mark.django_db
SCRIPT = "<script>alert('x')</script>&\""
ESCAPED = "&lt;script&gt;alert(&#x27;x&#x27;)&lt;/script&gt;&amp;&quot;"


def make_message(refund, **values):
    defaults = {"role": "shop", "text": "请发照片", "author_name": "li", "at": NOON}
    return RefundMessage.objects.create(refund=refund, store=refund.store, **(defaults | values))


def make_step(refund, **values):
    defaults = {"status": "requested", "to_status": "refused", "act": "refuse", "source": "staff"}
    times = {"entered_at": NOON - timedelta(hours=1), "left_at": NOON}
    return RefundStep.objects.create(refund=refund, store=refund.store, **(defaults | times | values))


def html_of(refund):
    return str(thread_html(thread_of(refund), refund, NOON))


def test_moves_stand_between_messages_by_their_time():
    refund = make_case(requested_at=NOON - timedelta(hours=3), text="开线")
    make_message(refund, text="后", at=NOON + timedelta(minutes=1))
    make_message(refund, text="前", at=NOON - timedelta(minutes=1), role="buyer")
    make_step(refund, actor=make_user("li", display_name="李雷"))
    make_step(refund, act="", source="platform", left_at=NOON + timedelta(minutes=2))

    found = [(item.role, item.who, item.text, item.act) for item in thread_of(refund)]

    assert found == [
        ("buyer", refund.buyer.nick, "开线", ""),
        ("buyer", "li", "前", ""),
        ("", "李雷", "To decide → Refused by the shop", "Refuse"),
        ("shop", "li", "后", ""),
        ("", "Platform", "To decide → Refused by the shop", "as the platform reports"),
    ]


def test_the_wish_says_what_is_asked_for_and_why():
    html = html_of(make_case(reason="脱线", goods="received"))

    assert "<strong>Refund only ¥60.00</strong> · Quality · 脱线 · Buyer has the goods</p>" in html


def test_pictures_are_shown_linked_or_said_to_be_gone():
    refund = make_case()
    kept, gone = make_picture(refund.store, stored="x", name="a.png"), make_picture(refund.store, name="b.png")
    message = make_message(refund, picture_urls=["https://img.example/1.jpg", "javascript:alert(1)"])
    for picture in (kept, gone):
        MessageFile.objects.create(message=message, attachment=picture)

    html = html_of(refund)

    assert f'<img src="/attachments/{kept.pk}/" alt="a.png" loading="lazy">' in html
    assert f"/attachments/{gone.pk}/" not in html
    assert "b.png was deleted when its time was over." in html
    assert '<a href="https://img.example/1.jpg" target="_blank" rel="noopener noreferrer">Picture 1 on' in html
    assert "javascript" not in html


def test_nothing_that_people_wrote_is_html():
    refund = make_case(text=SCRIPT, reason=SCRIPT)
    message = make_message(refund, text=SCRIPT, author_name=SCRIPT, picture_urls=[f"https://x/{SCRIPT}"])
    picture = make_picture(refund.store, name=SCRIPT, stored="x")
    MessageFile.objects.create(message=message, attachment=picture)
    make_step(refund, actor=make_user("li", display_name=SCRIPT))

    html = html_of(refund)

    assert "<script" not in html
    assert html.count(ESCAPED) == 7
