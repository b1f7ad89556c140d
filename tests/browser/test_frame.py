"""Signing in and out, the language, the theme."""

from tests.factories import make_order


def test_person_signs_in_chooses_language_and_theme_and_signs_out(browse, store, agent):  # noqa: PLR0915 -- a whole job
    agent.set_password("correct-horse-7")
    agent.save()
    make_order(store=store)
    person = browse()
    page = person.page

    person.open("/orders/")
    page.fill("[name=username]", "agent")
    page.fill("[name=password]", "wrong")
    person.follow("form button.btn-primary")
    assert page.locator("form .notice-error").is_visible()
    page.fill("[name=password]", "correct-horse-7")
    person.follow("form button.btn-primary")
    assert page.url.endswith("/orders/")

    page.click(".user-menu summary")
    person.follow(".user-menu [name=language][value=zh-hans]")
    assert page.get_attribute("html", "lang") == "zh-hans"
    assert page.inner_text("[data-queue=pending_shipment]").startswith("待发货")
    page.click(".user-menu summary")
    page.click("[data-theme-choice=dark]")
    assert page.get_attribute("html", "data-bs-theme") == "dark"
    person.settle()
    person.open("/account/")
    assert page.get_attribute("html", "data-bs-theme") == "dark"
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"

    page.click(".user-menu summary")
    person.follow(".user-menu [name=language][value=en]")
    assert page.inner_text("h1") == "Account"
    page.click(".user-menu summary")
    person.follow(".user-menu form[action='/logout/'] button")
    assert page.url.rstrip("/").endswith("/login")
    person.open("/orders/")
    assert "/login/" in page.url
