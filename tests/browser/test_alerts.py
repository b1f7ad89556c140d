"""The bell: what comes while a page is open, without loading it again."""

from datetime import timedelta

from backoffice.common.jobs import create_job
from orders.core.services import record_event
from orders.core.statuses import EventKind, EventSource
from orders.desk.alerts import raise_due_alerts
from tests.factories import NOON, make_order

POLL = "htmx.trigger(document.body, 'alerts-changed')"


def arrive(store, *numbers, minutes):
    """Let orders come as an import brings them, and the clock tick."""
    for number in numbers:
        order = make_order(store=store, number=number)
        after = {"status": "pending_shipment"}
        record_event(order, EventKind.IMPORTED, actor=None, at=NOON, source=EventSource.PLATFORM, after=after)
    raise_due_alerts(NOON + timedelta(minutes=minutes))


def test_new_orders_are_told_while_a_queue_is_open(browse, store, agent):
    make_order(store=store, number="A1")
    arrive(store, minutes=0)
    person = browse(agent)
    page = person.page
    person.open("/orders/")
    person.settle()
    page.evaluate("document.addEventListener('alert-rang', () => { window.rang = true; })")
    plain = page.title()

    arrive(store, "A2", "A3", "A4", minutes=1)
    page.evaluate(POLL)
    page.wait_for_selector("[data-new-orders]:not([hidden])")

    assert person.orders() == ["A1"]
    assert person.texts("[data-new-orders-text]") == ["3 new orders"]
    assert person.toasts() == ["3 new orders"]
    assert page.title() == f"(1) {plain}"
    assert "1 unread alert" in page.inner_text("#alert-badge")
    assert page.evaluate("window.rang") is None  # nobody switched the sound on
    person.settle()
    assert person.texts("#nav-count-orders") == ["4"]

    arrive(store, "A5", minutes=2)
    page.evaluate(POLL)
    page.wait_for_function("() => document.querySelector('[data-new-orders-text]').textContent === '4 new orders'")
    page.click("[data-new-orders] a")
    person.settle()
    assert person.orders() == ["A1", "A2", "A3", "A4", "A5"]
    assert page.is_hidden("[data-new-orders]")


def test_drawer_lists_alerts_and_mutes_a_kind_and_sounds(browse, store, agent):
    arrive(store, minutes=0)
    arrive(store, "A1", minutes=1)
    person = browse(agent)
    page = person.page
    person.open("/orders/")
    person.settle()
    assert person.toasts() == []  # it came before the page

    page.click("[data-bell]")
    page.wait_for_selector(".alert-item.is-new")
    person.settle()
    assert person.texts(".alert-text a") == ["1 new order"]
    assert person.values(".alert-orders a", "href") == ["/orders/A1/"]
    assert page.inner_text("#alert-badge").strip() == ""

    page.evaluate("document.addEventListener('alert-rang', () => { window.rang = true; })")
    page.click(".alert-settings summary")
    page.check("#alert-sound")
    page.wait_for_function("() => window.rang")
    page.uncheck("#told-new_orders")
    person.settle()
    person.press("Escape")
    assert page.evaluate("document.activeElement.matches('[data-bell]')")

    arrive(store, "A2", minutes=2)
    page.evaluate(POLL)
    person.settle()
    assert person.toasts() == []
    assert page.is_hidden("[data-new-orders]")
    person.open("/alerts/")
    assert person.texts(".alert-text a") == ["1 new order"] * 2


def test_job_that_fails_is_told_once(browse, store, agent, run_jobs, settings):
    settings.JOB_MAX_ATTEMPTS = 1
    arrive(store, minutes=0)
    create_job(store=store, kind="order_import", params={"file": 0}, actor=agent, at=NOON)
    person = browse(agent)
    person.open("/orders/")
    person.page.wait_for_selector("#job-drawer-body [data-state=queued]", state="attached")

    run_jobs()
    person.page.wait_for_selector("#job-drawer-body [data-state=failed]", state="attached")
    person.page.wait_for_selector("#toasts .toast-text")
    person.settle()

    assert person.toasts() == ["“Import orders” failed"]


def test_account_page_stays_where_it_is_until_the_second_factor_is_given(browse, agent, settings):
    settings.REQUIRE_MFA = True
    person = browse(agent)
    loads = []
    person.page.on("load", lambda page: loads.append(page.url))

    person.open("/account/")
    person.page.wait_for_timeout(1500)  # the drawer would ask after a second

    assert len(loads) == 1
    assert person.page.is_visible("#id_display_name")


def test_bell_leads_to_the_page_without_script(browse, store, agent):
    arrive(store, minutes=0)
    arrive(store, "A1", minutes=1)
    person = browse(agent, java_script_enabled=False, viewport={"width": 390, "height": 844})

    person.open("/orders/")
    person.follow("[data-bell]")
    person.page.click(".alert-settings summary")
    person.page.uncheck("#told-overdue")
    person.follow(".alert-settings button")

    assert person.texts(".alert-text a") == ["1 new order"]
    assert agent.memberships.get().preferences["alerts"]["muted"] == ["overdue"]
