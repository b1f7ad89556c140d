"""Two people at one order: the second sees both values, keeps what was typed, and decides."""

from orders.core.models import Remark
from tests.factories import make_order, make_user


def test_second_person_gets_both_values_and_keeps_the_text(browse, store, agent):
    order = make_order(store=store)
    first, second = browse(agent), browse(make_user("wang", store=store, display_name="Wang Fang"))
    for person in (first, second):
        person.open(f"/orders/{order.number}/")
        person.press("m")
    first.page.fill("#act-dialog [name=text]", "called, comes on Saturday")
    first.press("Control+Enter")

    second.page.fill("#act-dialog [name=text]", "wants a gift box")
    second.press("Control+Enter")

    page = second.page
    assert page.locator("#act-dialog [data-conflict]").is_visible()
    assert page.inner_text("[data-theirs]") == "agent: called, comes on Saturday"
    assert page.inner_text("[data-yours]") == "wants a gift box"
    assert page.input_value("#act-dialog [name=text]") == "wants a gift box"
    assert list(Remark.objects.values_list("text", flat=True)) == ["called, comes on Saturday"]
    second.forgive("409")

    page.click("#act-dialog .btn-primary")
    second.settle()
    assert second.texts("[data-remark] .remark-text") == ["wants a gift box", "called, comes on Saturday"]
    assert page.locator("dialog[open]").count() == 0
