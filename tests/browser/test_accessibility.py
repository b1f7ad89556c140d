"""Every main page with axe, light and dark, wide and on a phone; no page scrolls sideways; focus can be seen."""

from pathlib import Path

import pytest

from backoffice.common.access import Role
from tests.browser.pages import furnish
from tests.factories import make_user

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
ALL = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
COLOURS = {"type": "rule", "values": ["color-contrast"]}  # all that dark changes
RUN = """(rules) => axe.run(document, {runOnly: rules, resultTypes: ["violations"]}).then(
  (found) => found.violations.flatMap((one) => one.nodes.map((node) => `${one.id}: ${node.html.slice(0, 200)}`)))"""
WIDE, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
HAS_FOCUS_MARK = """() => {
  const one = document.activeElement;
  const chain = [one, one.parentElement, one.closest(".search, .drop-zone")].filter(Boolean);
  if (!one.matches(":focus")) return ""; // the body, or the calendar inside a date, which the browser marks itself
  return chain.some((part) => {
    const style = getComputedStyle(part);
    return style.outlineStyle !== "none" && style.outlineWidth !== "0px" || style.boxShadow !== "none";
  }) ? "" : one.outerHTML.slice(0, 160);
}"""


@pytest.mark.parametrize("third", [0, 1, 2])
def test_every_page_passes_axe_and_does_not_scroll_sideways(browse, store, third):
    boss = make_user("boss", store=store, roles=(Role.ADMIN,))
    person = browse(boss)
    page, axe = person.page, AXE.read_text(encoding="utf-8")
    found = {}

    for address in furnish(store, boss)[third::3]:
        page.set_viewport_size(WIDE)
        assert person.open(address).status == 200
        person.settle()
        if address == "/orders/":
            person.press("j", "x", "Enter")
            page.wait_for_selector(".pane-title")
        page.evaluate(axe)
        problems = look(page)
        person.press("Escape")
        page.set_viewport_size(PHONE)
        problems += look(page)
        if problems:
            found[address] = problems

    assert found == {}


def look(page):
    """Return what axe finds in light and in dark, and whether the page is wider than the window."""
    problems = []
    for scheme, rules in (("light", ALL), ("dark", COLOURS)):
        page.emulate_media(color_scheme=scheme)
        problems += [f"{scheme}: {one}" for one in page.evaluate(RUN, rules)]
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        problems.append(f"scrolls sideways at {page.viewport_size['width']}")
    return problems


def test_every_stop_of_the_keyboard_can_be_seen(browse, store):
    boss = make_user("boss", store=store, roles=(Role.ADMIN,))
    furnish(store, boss)
    person = browse(boss)
    unseen = set()

    for address in ("/orders/", "/analytics/", "/settings/"):
        person.open(address)
        person.settle()
        for _stop in range(40):
            person.page.keyboard.press("Tab")
            unseen.add(person.page.evaluate(HAS_FOCUS_MARK))

    assert unseen == {""}


def test_phone_reaches_two_acts_of_each_order(browse, store, agent):
    furnish(store, make_user("boss", store=store, roles=(Role.ADMIN,)))
    person = browse(agent, viewport=PHONE)
    page = person.page

    person.open("/orders/")
    rows = page.locator("[data-row]")
    for at in range(rows.count()):
        boxes = [button.bounding_box() for button in rows.nth(at).locator(".row-acts button").all()]
        assert len(boxes) == 2
        assert all(box["height"] >= 24 and box["x"] + box["width"] <= PHONE["width"] for box in boxes)
    rows.last.locator(".row-acts button").first.click()
    person.settle()
    assert rows.last.locator(".avatar-name").get_attribute("title") == "agent until 12:20"
