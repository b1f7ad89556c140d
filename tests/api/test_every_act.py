"""Every act that a page offers has an operation: the table of both, which a new act has to join."""

import inspect

import pytest
from django.urls import URLResolver, get_resolver

from tests.api.operations import OPERATIONS

ACTS = {
    "common:settings": "PUT settings/",
    "common:job-cancel": "POST jobs/{pk}/cancel/",
    "common:job-retry": "POST jobs/{pk}/retry/",
    "common:alert-settings": "PUT alerts/settings/",
    "common:backfill": "POST analytics/backfill/",
    "common:schedule-run": "POST schedules/{pk}/run/",
    "common:schedule-switch": "POST schedules/{pk}/switch/",
    "rules:rule-new": "POST rules/",
    "rules:rule-edit": "PUT rules/{pk}/",
    "rules:rule-move": "POST rules/{pk}/move/",
    "rules:rule-switch": "POST rules/{pk}/switch/",
    "rules:rule-duplicate": "POST rules/{pk}/duplicate/",
    "rules:rule-delete": "DELETE rules/{pk}/",
    "rules:accept-on-payment": "PUT automations/accept-on-payment/",
    "gifts:gift-new": "POST gift-rules/",
    "gifts:gift-edit": "PUT gift-rules/{pk}/",
    "gifts:gift-switch": "POST gift-rules/{pk}/switch/",
    "gifts:gift-delete": "DELETE gift-rules/{pk}/",
    "contacting:message-settings": "POST messages/templates/",
    "contacting:messages-switch": "PUT messages/settings/",
    "contacting:message-template-delete": "DELETE messages/templates/{pk}/",
    "contacting:service-settings": "POST services/",
    "contacting:service-delete": "DELETE services/{pk}/",
    "platforms:connection": "PUT platform/",
    "platforms:switch": "POST platform/switch/",
    "platforms:test": "POST platform/test/",
    "platforms:pull": "POST platform/pull/",
    "platforms:outbox-retry": "POST outbox/{pk}/retry/",
    "platforms:outbox-retry-all": "POST outbox/retry/",
    "intake:import-list": "POST imports/",
    "intake:import-start": "POST imports/{pk}/start/",
    "intake:import-discard": "POST imports/{pk}/discard/",
    "intake:import-retry": "POST imports/{pk}/retry/",
    "intake:row-edit": "POST imports/rows/{pk}/fix/",
    "intake:row-drop": "POST imports/rows/{pk}/drop/",
    "intake:product-file-start": "POST stock/products/",
    "intake:trace-start": "POST tracking-events/",
    "notes:note-bulk": "POST orders/{number}/note/assign/",
    "notes:take-next": "POST notes/take-next/",
    "notes:reply-new": "POST quick-replies/",
    "notes:reply-edit": "PUT quick-replies/{pk}/",
    "notes:reply-delete": "DELETE quick-replies/{pk}/",
    "notes:faq-draft": "POST faq/",
    "notes:faq-edit": "PUT faq/{pk}/",
    "notes:faq-delete": "DELETE faq/{pk}/",
    "fulfilment:shipping-bulk": "POST waybills/",
    "fulfilment:scan": "POST shipping/scan/",
    "fulfilment:waybill": "POST waybills/{pk}/courier/",
    "fulfilment:merge-act": "POST shipping/merges/accept/",
    "fulfilment:merge-again": "DELETE shipping/merges/refusals/{pk}/",
    "fulfilment:courier-list": "PUT couriers/",
    "fulfilment:courier-prices": "PUT couriers/prices/",
    "fulfilment:pool-fill": "POST couriers/numbers/",
    "fulfilment:print-create": "POST prints/",
    "fulfilment:print-retry": "POST prints/{pk}/retry/",
    "fulfilment:anomaly-bulk": "POST anomalies/{pk}/own/",
    "fulfilment:anomaly-act": "POST anomalies/{pk}/settle/",
    "fulfilment:line-check": "POST orders/{number}/checks/",
    "fulfilment:stock-count": "POST stock/skus/{pk}/counts/",
    "fulfilment:product-new": "POST stock/products/",
    "fulfilment:product": "PUT stock/products/{pk}/",
    "fulfilment:sku-new": "POST stock/skus/",
    "fulfilment:sku-edit": "PUT stock/skus/{pk}/",
    "fulfilment:sku-act": "POST stock/skus/{pk}/movements/",
    "fulfilment:shortage-bulk": "POST shortages/{pk}/offer/",
    "fulfilment:shortage-act": "POST shortages/{pk}/decide/",
    "fulfilment:invoice-act": "POST invoices/{pk}/issue/",
    "fulfilment:invoice-new": "POST invoices/",
    "fulfilment:message-new": "POST messages/",
    "fulfilment:consent": "PUT orders/{number}/consent/",
    "fulfilment:greetings": "POST greetings/",
    "desk:workload-claims": "POST workload/claims/",
    "desk:shift-note": "POST shifts/note/",
    "desk:act-undo": "POST orders/acts/{pk}/undo/",
    "desk:order-undo": "POST orders/acts/{pk}/undo/",
    "desk:order-bulk": "POST orders/batches/",
    "desk:claim-next": "POST orders/claim-next/",
    "desk:order-ship": "POST orders/batches/",
    "desk:batch-undo": "POST orders/batches/{pk}/undo/",
    "desk:batch-retry": "POST orders/batches/{pk}/retry/",
    "desk:export-create": "POST exports/",
    "desk:export-again": "POST exports/{pk}/again/",
    "desk:export-cancel": "POST exports/{pk}/cancel/",
    "desk:template-new": "POST exports/templates/",
    "desk:template-edit": "PUT exports/templates/{pk}/",
    "desk:template-delete": "DELETE exports/templates/{pk}/",
    "desk:order-reveal": "POST orders/{number}/reveal/",
    "desk:order-act": "POST orders/{number}/accept/",
    "refunds:refund-new": "POST refunds/",
    "refunds:refund-act": "POST refunds/{number}/agree/",
    "refunds:refund-bulk": "POST refunds/{number}/assign/",
    "refunds:take-next": "POST refunds/take-next/",
    "refunds:import-list": "POST refunds/imports/",
    "refunds:import-start": "POST refunds/imports/{pk}/start/",
    "refunds:import-retry": "POST refunds/imports/{pk}/retry/",
    "refunds:import-waiting-retry": "POST refunds/imports/waiting/retry/",
    "refunds:import-row": "POST refunds/imports/rows/{pk}/fix/",
    "refunds:import-row-drop": "POST refunds/imports/rows/{pk}/drop/",
    "returns:parcel": "POST refunds/{number}/inspect/",
    "return_settings:addresses": "POST return-addresses/",
    "aftersales_settings:policy": "PUT refunds/policy/",
    "registers:complaint-new": "POST complaints/",
    "registers:complaint-detail": "POST complaints/{pk}/settle/",
    "registers:violation-new": "POST violations/",
    "registers:violation-detail": "POST violations/{pk}/settle/",
    "reviews:review-bulk": "POST reviews/read/",
    "reviews:thanks-start": "POST reviews/thanks/",
    "reviews:import-list": "POST reviews/imports/",
    "reviews:import-start": "POST reviews/imports/{pk}/start/",
    "reviews:review-reply": "POST reviews/{pk}/reply/",
    "reviews:review-task": "POST reviews/{pk}/task/close/",
    "review_settings:replies": "POST reply-templates/",
    "review_settings:save": "PUT reviews/settings/",
    "review_settings:template-delete": "DELETE reply-templates/{pk}/",
    "topics:decide": "PUT mentions/{pk}/verdict/",
    "topics:draft": "POST topics/{pk}/draft/",
    "topics:action-add": "POST product-actions/",
    "topics:action-withdraw": "DELETE product-actions/{pk}/",
    "topic_settings:topic-new": "POST topics/",
    "topic_settings:topic-edit": "PUT topics/{pk}/",
    "topic_settings:topic-seed": "POST topics/usual/",
}


@pytest.mark.parametrize(("page", "operation"), ACTS.items(), ids=ACTS)
def test_act_of_a_page_has_an_operation(page, operation):
    assert page in pages()
    assert operation in {f"{one.method} {one.path}" for one in OPERATIONS}


def pages(resolver=None, space=""):
    """Return the views of all pages by their full names."""
    found = {}
    for each in (resolver or get_resolver()).url_patterns:
        if isinstance(each, URLResolver):
            found |= pages(each, f"{each.namespace}:" if each.namespace else space)
        else:
            found[f"{space}{each.name}"] = each.callback
    return found


LEFT_OUT = {
    # who may sign in, and keys: a key must not make another
    "common:second-factor", "common:profile", "common:password", "common:preferences", "common:token-list",
    "common:token-revoke", "common:staff-invite", "common:staff-edit", "common:staff-access", "common:staff-link",
    # what one browser keeps, what only asks, and the first step of what a second does
    "desk:order-columns", "desk:view-list", "desk:view-delete", "notes:reply-preview", "desk:export-choose",
    "reviews:reply-preview",
    "intake:trace-list", "intake:product-file-list",
}  # fmt: skip


def test_page_that_acts_stands_in_the_table():
    acts = {name for name, view in pages().items() if not name.startswith(("api:", "None")) and acting(view)}

    assert acts - set(ACTS) - LEFT_OUT == set()


def acting(view):
    """Tell whether the source of a view looks for a POST."""
    function = inspect.unwrap(view)
    source = inspect.getsource(function) if inspect.isfunction(function) else ""
    return any(words in source for words in ("require_POST", 'request.method == "POST"', 'request.method != "POST"'))
