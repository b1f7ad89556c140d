"""An agent works the queue without the mouse."""

from datetime import timedelta

import pytest

from orders.core.models import Hold, Order
from orders.core.statuses import Acceptance, Flag
from tests.factories import NOON, make_order, make_recipient

NUMBER = "880000000{:03}"


@pytest.fixture
def queue(shop, store):
    """Sixty orders in the order of their deadlines; the first three wait for review."""
    orders = []
    for at in range(60):
        waits = Acceptance.UNREVIEWED if at < 3 else Acceptance.ACCEPTED
        placed = NOON - timedelta(hours=40) + timedelta(minutes=at)
        orders.append(make_order(store=store, number=NUMBER.format(at), placed_at=placed, acceptance=waits))
    return orders


def test_agent_triages_with_the_keyboard_alone(browse, queue, agent):  # noqa: PLR0915 -- a whole job
    person = browse(agent)
    page = person.page
    first, second, third = queue[:3]

    def cursor():
        return page.get_attribute(".is-cursor", "data-order")

    person.open("/orders/")
    assert (person.orders(), page.get_attribute("#list", "data-total")) == ([o.number for o in queue[:50]], "60")

    page.evaluate("document.dispatchEvent(new KeyboardEvent('keydown', {key: 'j', isComposing: true, bubbles: true}))")
    assert page.locator(".is-cursor").count() == 0
    person.press("j", "j", "k")
    assert cursor() == first.number

    person.press("a")
    first.refresh_from_db()
    assert (first.acceptance, person.toasts()) == (Acceptance.ACCEPTED, ["Accept: 1 order."])
    assert cursor() == second.number
    person.press("u")
    first.refresh_from_db()
    assert (first.acceptance, cursor()) == (Acceptance.UNREVIEWED, first.number)

    person.press("j", "1")
    second.refresh_from_db()
    assert (cursor(), second.flag) == (second.number, Flag.RED)
    assert page.locator(f"[data-order='{second.number}'] .flag-1").count() == 1

    person.press("h")
    page.select_option("dialog[open] [name=kind]", "address_problem")
    page.fill("dialog[open] [name=reason]", "call the buyer")
    person.press("Enter")
    hold = Hold.objects.get()
    assert (hold.order_id, hold.kind, hold.reason) == (second.pk, "address_problem", "call the buyer")
    assert cursor() == third.number
    assert page.locator(f"[data-order='{second.number}'] [data-hold=address_problem]").is_visible()

    person.press("m")
    page.focus("dialog[open] [name=text]")
    ime = person.context.new_cdp_session(page)
    ime.send("Input.imeSetComposition", {"text": "jx", "selectionStart": 2, "selectionEnd": 2})
    ime.send("Input.insertText", {"text": "周六送"})
    assert page.input_value("dialog[open] [name=text]") == "周六送"
    person.press("Control+Enter")
    third.refresh_from_db()
    assert (third.latest_remark, cursor(), third.hold_kinds) == ("周六送", third.number, [])

    person.press("Enter")
    page.wait_for_selector(".pane-title")
    assert page.get_attribute("[data-pane-order]", "data-pane-order") == third.number
    assert page.inner_text("#pane .pane-pos") == "3 / 60"
    person.press("j")
    page.wait_for_selector(f"[data-pane-order='{queue[3].number}']")
    assert cursor() == queue[3].number
    person.press("3")
    queue[3].refresh_from_db()
    assert queue[3].flag == Flag.GREEN
    person.press("Escape")
    assert page.locator("#pane").is_hidden()
    assert page.evaluate("document.activeElement.textContent") == queue[3].number

    person.press("?")
    sheet = page.inner_text("#key-sheet")
    assert "Claim the next 20 orders" in sheet
    assert [sheet.count(f"G {key}") for key in "PSR"] == [1, 1, 1]
    person.press("Escape")
    assert page.locator("dialog[open]").count() == 0


def test_agent_searches_and_filters_and_comes_back(browse, queue, agent):  # noqa: PLR0915 -- a whole job
    make_recipient(order=queue[7], mobile="13800009911")
    Order.objects.filter(pk=queue[9].pk).update(province="四川", city="成都市")
    person = browse(agent)
    page = person.page

    person.open("/orders/")
    person.press("/")
    page.keyboard.type("9911")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert person.orders() == [queue[7].number]
    assert "9911" not in page.locator(".chips").inner_text()
    with page.expect_navigation():
        page.go_back()
    assert person.orders() == [order.number for order in queue[:50]]

    person.press("f")
    assert page.evaluate("document.activeElement.closest('[data-filter-panel]') !== null")
    page.select_option("[name=province]", "四川")
    page.focus("[data-filter-panel] [name=amount_min]")
    person.press("Enter")
    assert person.orders() == [queue[9].number]
    assert page.get_attribute("#list", "data-total") == "1"
    page.focus(".chip-remove")
    person.press("Enter")
    assert len(person.orders()) == 50
    page.go_back()
    page.wait_for_function("() => document.querySelectorAll('[data-row]').length === 1")
    assert person.orders() == [queue[9].number]

    person.settle()
    person.press("/")
    page.wait_for_function("() => document.activeElement.id === 'search'")
    page.keyboard.type(queue[55].number)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.url.partition("?")[0].endswith(f"/orders/{queue[55].number}/")
    with page.expect_navigation():
        page.go_back()
    assert person.orders() == [queue[9].number]


def test_agent_flags_all_of_a_filter_over_two_pages(browse, queue, agent):
    Order.objects.filter(pk__in=[queue[0].pk, queue[59].pk]).update(flag=Flag.BLUE)
    person = browse(agent)
    page = person.page

    person.open("/orders/")
    person.press("j", "x", "Shift+J")
    page.click("a[rel=next]")
    person.settle()
    assert person.orders() == [order.number for order in queue[50:]]
    person.press("j", "x")
    assert page.inner_text("[data-bulk-count]") == "3 of 60 selected"
    page.click("a[rel=prev]")
    person.settle()
    assert page.locator(".is-selected").count() == 2

    person.press("Control+a", "Control+a")
    assert page.inner_text("[data-bulk-count]") == "All 60 selected"
    person.press("4")
    dialog = page.locator("dialog[open]")
    assert dialog.locator("[data-skipped]").get_attribute("data-skipped") == "2"
    assert "This applies to 58 of 60 selected orders." in dialog.inner_text()
    assert Order.objects.filter(flag=Flag.BLUE).count() == 2

    dialog.locator(".btn-primary").click()
    person.settle()
    assert (person.toasts(), Order.objects.filter(flag=Flag.BLUE).count()) == (
        ["Flag: 58 orders. 2 were left out."],
        60,
    )
    assert page.locator(".is-selected").count() == 0
    person.follow("#toasts .toast-link")
    assert page.get_attribute("[data-done]", "data-done") == "58"
    person.follow("[data-action=undo]")
    assert Order.objects.filter(flag=Flag.BLUE).count() == 2


def test_queues_are_a_key_away_from_every_page(browse, queue, agent):
    person = browse(agent)

    person.open("/orders/notes/")
    person.travel("g", "p")

    assert person.page.url.endswith("/orders/?queue=pending_payment")


def test_key_pressed_before_the_pane_came_waits_for_it(browse, queue, agent):
    person = browse(agent)
    person.open("/orders/")
    person.press("j")

    person.page.keyboard.press("Enter")
    person.page.keyboard.press("h")
    person.page.wait_for_selector("dialog[open]")

    assert queue[0].number in person.page.inner_text("#act-title")


def test_second_press_of_a_key_that_still_works_says_so(browse, queue, agent):
    person = browse(agent)
    person.open("/orders/")

    person.page.keyboard.press("Shift+C")
    person.page.keyboard.press("Shift+C")

    person.page.wait_for_selector("text=The last one is still being done")
    person.settle()
    assert Order.objects.filter(claimed_by=agent).count() == 20
