"""Every main page with axe, light and dark, wide and on a phone; no page scrolls sideways; focus can be seen."""

from pathlib import Path

import pytest

from backoffice.common.access import Role
from tests.browser.pages import furnish
from tests.factories import make_user

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
RUN = """() => axe.run(document, {
  runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], resultTypes: ["violations"],
}).then((found) => found.violations.flatMap((one) => one.nodes.map((node) => `${one.id}: ${node.html.slice(0, 200)}`)))"""
WIDE, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["wide", "phone"])
def test_every_page_passes_axe_and_does_not_scroll_sideways(browse, store, scheme, viewport):
    boss = make_user("boss", store=store, roles=(Role.ADMIN,))
    person = browse(boss, viewport=viewport, color_scheme=scheme)
    page, axe = person.page, AXE.read_text(encoding="utf-8")
    found = {}

    for address in furnish(store, boss):
        assert person.open(address).status == 200
        person.settle()
        if address == "/orders/" and viewport is WIDE:
            person.press("j", "x", "Enter")
            page.wait_for_selector(".pane-title")
        page.evaluate(axe)
        problems = page.evaluate(RUN)
        if page.evaluate("document.documentElement.scrollWidth") > viewport["width"]:
            problems.append("scrolls sideways")
        if problems:
            found[address] = problems

    assert found == {}


def test_every_stop_of_the_keyboard_can_be_seen(browse, store):
    boss = make_user("boss", store=store, roles=(Role.ADMIN,))
    furnish(store, boss)
    person = browse(boss)
    page = person.page
    unseen = []

    for address in ("/orders/", "/analytics/", "/settings/"):
        person.open(address)
        person.settle()
        for _stop in range(40):
            page.keyboard.press("Tab")
            shown = page.evaluate(
                """() => {
                  const one = document.activeElement;
                  const chain = [one, one.parentElement, one.closest(".search, .drop-zone")].filter(Boolean);
                  return chain.some((part) => {
                    const style = getComputedStyle(part);
                    return style.outlineStyle !== "none" && style.outlineWidth !== "0px" || style.boxShadow !== "none";
                  }) ? "" : one.outerHTML.slice(0, 120);
                }"""
            )
            if shown:
                unseen.append((address, shown))

    assert unseen == []


def test_phone_reaches_two_acts_of_each_order(browse, store, agent):
    furnish(store, make_user("boss", store=store, roles=(Role.ADMIN,)))
    person = browse(agent, viewport=PHONE)
    page = person.page

    person.open("/orders/")
    for at in range(page.locator("[data-row]").count()):
        buttons = page.locator("[data-row]").nth(at).locator(".row-acts button:visible")
        assert buttons.count() == 2
        assert min(box["height"] for box in (one.bounding_box() for one in buttons.all())) >= 24
    page.locator("[data-row] .row-acts button").first.click()
    person.settle()
    assert page.locator("[data-row] .avatar-name").first.get_attribute("title") == "agent"
