"""Scripts stored in every text field stay text, wherever they are shown."""

from urllib.parse import quote

import pytest

from backoffice.common.access import Role
from tests.browser.pages import furnish
from tests.factories import make_user

TAGS = """"'><img src=x onerror="window.ran=1"><script>window.ran=1</script>"""
SCHEME = """javascript:window.ran=1//</script><svg onload=window.ran=1>{{7777*7777}}"""
BRACES = """{{7777*7777}}${7777*7777}{% now "Y" %}<a href=javascript:window.ran=1 autofocus onfocus=window.ran=1>"""
RISKY = ("/orders/", "/orders/3", "/orders/?view", "/orders/exports/?", "/analytics/", "/settings/")


@pytest.mark.parametrize(
    ("payload", "pages"), [(TAGS, ("/",)), (SCHEME, RISKY), (BRACES, RISKY)], ids=["tags", "scheme", "braces"]
)
def test_stored_scripts_stay_text(browse, store, payload, pages):
    boss = make_user("boss", store=store, roles=(Role.ADMIN,), display_name=payload[:40])
    person = browse(boss)
    page = person.page

    for address in furnish(store, boss, text=payload):
        if not address.startswith(pages) or (pages is RISKY and address.count("/") > 3):
            continue
        assert person.open(quote(address, safe="/?&=")).status == 200
        person.settle()
        look_into_everything(person)
        assert page.evaluate("window.ran") is None
        assert page.locator("img[src=x], [onerror], [onload], [onfocus], a[href^='javascript']").count() == 0
        assert str(7777 * 7777) not in page.content()


def look_into_everything(person):
    """Open each menu, fold and line of the page, and the order beside the list."""
    page = person.page
    page.evaluate("() => document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    page.evaluate("() => document.querySelectorAll('[data-unfold]').forEach((one) => one.click())")
    page.evaluate("() => document.querySelector('[data-dialog-open=job-drawer]')?.click()")
    person.settle()
    page.keyboard.press("Escape")
    if page.locator("[data-row-link][data-pane-url]").count():
        person.press("Escape", "j", "x", "Enter")
        page.wait_for_selector(".pane-title")
        person.press("h")
        person.press("Escape", "?", "Escape")
