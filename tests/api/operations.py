"""Every operation of the API: method, address, scope, and the rights of which its caller needs one.

`test_access.py` calls each as nobody, with every other scope and as every role; it fails when the schema has one more.
"""

from typing import NamedTuple

from backoffice.common.access import Right


class Operation(NamedTuple):
    method: str
    path: str
    scope: str
    rights: frozenset[Right]


def _rows(scope, *rights, **paths):
    return [
        Operation(method.upper(), path, scope, frozenset(rights)) for method, all_ in paths.items() for path in all_
    ]  # fmt: skip


def _acts(*names):
    return [f"orders/{{number}}/{name}/" for name in names]


def _case(*names):
    return [f"refunds/{{number}}/{name}/" for name in names]


R = Right
BATCH = [f"orders/batches/{{pk}}/{end}" for end in ("undo/", "retry/")]
REGISTERS, SHEETS = ("complaints", "violations"), ("refunds", "reviews")
OPERATIONS = [
    *_rows("orders:read", R.VIEW_ORDERS, get=["orders/", "orders/{number}/"]),
    *_rows("orders:write", R.WORK_ORDERS, put=_acts("flag", "tags", "appointment"), post=["orders/claim-next/", *_acts(
        "accept", "unaccept", "hold", "release", "claim", "unclaim", "recipient", "recipient/restore",
        "agree-spec", "contacts", "contacts/answer", "wishes/withdraw", "note/ask", "note/answer", "note/sort",
        "note/assign", "note/hand-over", "note/confirm", "note/decline", "note/negotiate", "note/reopen",
        "note/files")]),
    *_rows("orders:write", R.WORK_ORDERS, R.SHIP, post=_acts("wishes/finish", "note/fulfil")),
    *_rows("orders:write", R.SHIP, post=_acts("ship")),
    *_rows("orders:write", R.REMARK, post=_acts("remarks", "remarks/withdraw")),
    *_rows("orders:write", R.REVEAL, post=_acts("reveal")),
    *_rows("orders:write", R.OVERRIDE_NOTE, post=_acts("note/override")),
    *_rows("orders:write", R.CLOSE_ORDERS, post=_acts("close", "reopen", "complete", "mark-paid", "extend",
        "withdraw-extension")),
    *_rows("orders:write", R.MANAGE_STORE, post=_acts("take-over")),
    *_rows("orders:write", R.WORK_ORDERS, R.REMARK, R.SHIP, R.CLOSE_ORDERS, R.MANAGE_STORE,
        get=["orders/batches/{pk}/"], post=["orders/batches/", *BATCH]),
    *_rows("orders:read", R.VIEW_ORDERS, get=["orders/acts/"]),
    *_rows("orders:write", R.WORK_ORDERS, R.REMARK, post=["orders/acts/{pk}/undo/"]),
    *_rows("orders:read", R.VIEW_ORDERS, get=["notes/", "notes/topics/", "quick-replies/"]),
    *_rows("orders:write", R.WORK_ORDERS, post=["notes/take-next/", "quick-replies/"],
        put=["quick-replies/{pk}/"], delete=["quick-replies/{pk}/"]),
    *_rows("orders:read", R.VIEW_ORDERS, get=["orders/exceptions/", "orders/{number}/note/evidence/",
        "attachments/{pk}/", "faq/", "faq/{pk}/"]),
    *_rows("orders:write", R.WORK_ORDERS, post=["faq/"], put=["faq/{pk}/"], delete=["faq/{pk}/"]),
    *_rows("orders:read", R.MANAGE_STORE, get=["rules/", "rules/{pk}/", "automations/"], post=["rules/try/"]),
    *_rows("orders:write", R.MANAGE_STORE, put=["rules/{pk}/", "automations/accept-on-payment/"],
        post=["rules/", *(f"rules/{{pk}}/{act}/" for act in ("move", "switch", "duplicate"))],
        delete=["rules/{pk}/"]),
    *_rows("orders:read", R.MANAGE_STORE, get=["outbox/"]),
    *_rows("orders:write", R.MANAGE_STORE, post=["outbox/retry/", "outbox/{pk}/retry/"]),
    *_rows("orders:read", *Right, get=["alerts/", "alerts/settings/"]),
    *_rows("orders:write", *Right, post=["alerts/seen/"], put=["alerts/settings/"]),
    *_rows("imports:write", R.IMPORT, get=["imports/", "imports/{pk}/"], post=["imports/", *(
        f"imports/{{pk}}/{act}/" for act in ("start", "discard", "retry", "cancel")), "imports/rows/{pk}/fix/",
        "imports/rows/{pk}/drop/"]),
    *_rows("exports:write", R.EXPORT, get=["exports/", "exports/{pk}/", "exports/{pk}/file/"],
           post=["exports/", "exports/{pk}/again/", "exports/{pk}/cancel/"]),
    *_rows("orders:read", R.SHIP, get=["shipping/merges/", "orders/{number}/checks/"]),
    *_rows("orders:write", R.SHIP, post=["waybills/{pk}/split/", "waybills/{pk}/unmerge/", "shipping/scan/",
        "shipping/merges/accept/", "shipping/merges/refuse/", "orders/{number}/checks/"],
        delete=["shipping/merges/refusals/{pk}/"]),
    *_rows("orders:read", R.SHIP, get=["waybills/"]),
    *_rows("orders:write", R.SHIP, post=["waybills/", "waybills/rest/", "waybills/{pk}/number/",
        "waybills/{pk}/void/", "waybills/{pk}/courier/"]),
    *_rows("orders:write", R.SHIP, R.WORK_ORDERS, R.EXPORT, get=["prints/", "prints/{pk}/",
        "prints/{pk}/file/"], post=["prints/", "prints/{pk}/retry/"]),
    *_rows("orders:read", R.VIEW_ORDERS, get=["parcels/", "parcels/{pk}/", "anomalies/"]),
    *_rows("orders:write", R.WORK_ORDERS, R.SHIP, post=["tracking-events/", *(
        f"anomalies/{{pk}}/{act}/" for act in ("own", "contact-courier", "settle", "reopen"))]),
    *_rows("orders:write", R.WORK_ORDERS, post=["anomalies/{pk}/inform-buyer/"]),
    *_rows("orders:read", R.VIEW_ORDERS, get=["invoices/"]),
    *_rows("orders:write", R.WORK_ORDERS, post=["invoices/", "invoices/{pk}/change/"]),
    *_rows("orders:write", R.WORK_ORDERS, R.EXPORT, post=[
        f"invoices/{{pk}}/{act}/" for act in ("issue", "mail", "void")]),
    *_rows("orders:read", R.SHIP, get=["stock/skus/", "stock/skus/{pk}/", "stock/skus/{pk}/movements/",
        "stock/products/", "stock/products/{pk}/"]),
    *_rows("orders:write", R.SHIP, post=["stock/skus/", "stock/skus/{pk}/movements/", "stock/skus/{pk}/counts/",
        "stock/products/"], put=["stock/skus/{pk}/", "stock/products/{pk}/"]),
    *_rows("orders:read", R.WORK_ORDERS, get=["shortages/"]),
    *_rows("orders:write", R.WORK_ORDERS, post=["shortages/{pk}/decide/", "shortages/{pk}/offer/"]),
    *_rows("orders:read", R.MANAGE_STORE, get=["gift-rules/"], post=["gift-rules/try/"]),
    *_rows("orders:write", R.MANAGE_STORE, post=["gift-rules/", "gift-rules/{pk}/switch/"], put=["gift-rules/{pk}/"],
        delete=["gift-rules/{pk}/"]),
    *_rows("orders:read", R.VIEW_ORDERS, get=["messages/", "orders/{number}/consent/"]),
    *_rows("orders:read", R.WORK_ORDERS, get=["orders/{number}/texts/"]),
    *_rows("orders:write", R.WORK_ORDERS, post=["messages/"], put=["orders/{number}/consent/"]),
    *_rows("orders:read", R.MANAGE_STORE, get=["messages/settings/", "messages/templates/",
        "messages/templates/{pk}/", "greetings/{pk}/", "services/", "services/{pk}/"], post=["greetings/count/"]),
    *_rows("orders:write", R.MANAGE_STORE, put=["messages/settings/", "messages/templates/{pk}/", "services/{pk}/"],
        post=["messages/templates/", "greetings/", "services/"], delete=["messages/templates/{pk}/", "services/{pk}/"]),
    *_rows("orders:read", R.MANAGE_STORE, get=["couriers/", "couriers/prices/", "platform/", "settings/"]),
    *_rows("orders:write", R.MANAGE_STORE, put=["couriers/", "couriers/prices/", "platform/", "settings/"],
        post=["couriers/numbers/",
        "platform/switch/", "platform/test/", "platform/pull/", "workload/claims/"]),
    *_rows("orders:read", *Right, get=["jobs/"]),
    *_rows("orders:write", *Right, post=["jobs/{pk}/cancel/", "jobs/{pk}/retry/"]),
    *_rows("orders:read", R.SEE_JOBS, get=["schedules/"]),
    *_rows("orders:write", R.RUN_JOBS, post=["schedules/{pk}/run/", "schedules/{pk}/switch/", "analytics/backfill/"]),
    *_rows("exports:write", R.EXPORT, get=["exports/templates/"], post=["exports/templates/"],
        put=["exports/templates/{pk}/"], delete=["exports/templates/{pk}/"]),
    *_rows("orders:read", R.WORK_ORDERS, R.SHIP, R.MANAGE_STORE, get=["workload/", "shifts/"]),
    *_rows("orders:write", R.WORK_ORDERS, R.SHIP, R.MANAGE_STORE, post=["shifts/note/"]),
    *_rows("refunds:read", R.VIEW_ORDERS, get=["refunds/", "refunds/{number}/"]),
    *_rows("refunds:write", R.WORK_REFUNDS, post=["refunds/", *_case("agree", "refuse", "apply-again", "withdraw",
        "confirm", "turn-to-refund", "messages", "freight-payer")]),
    *_rows("refunds:write", R.WORK_REFUNDS, R.RECEIVE_RETURNS, post=["attachments/", "refunds/take-next/", *_case(
        "assign", "remark", "send-back", "correct-number", "receive")]),
    *_rows("refunds:write", R.WORK_REFUNDS, get=["return-addresses/{pk}/text/"]),
    *_rows("refunds:write", R.APPROVE_REFUNDS, post=_case("approve")),
    *_rows("refunds:write", R.APPROVE_REFUNDS, R.WORK_REFUNDS, post=_case("decline-approval")),
    *_rows("refunds:write", R.RECEIVE_RETURNS, post=_case("inspect")),
    *_rows("refunds:write", R.RECEIVE_RETURNS, R.SHIP, post=_case("send-out")),
    *_rows("refunds:read", R.MANAGE_STORE, get=["refunds/policy/"]),
    *_rows("refunds:read", R.WORK_REFUNDS, R.RECEIVE_RETURNS, R.MANAGE_STORE, get=["return-addresses/"]),
    *_rows("refunds:write", R.MANAGE_STORE, put=["refunds/policy/", "return-addresses/{pk}/"],
        post=["return-addresses/"]),
    *_rows("refunds:read", R.VIEW_ORDERS, get=[f"{register}/{end}" for register in REGISTERS for end in ("", "{pk}/")]),
    *_rows("refunds:write", R.WORK_REFUNDS, post=[
        f"{register}/{end}" for register in REGISTERS for end in ("", "{pk}/own/", "{pk}/settle/")]),
    *_rows("imports:write", R.IMPORT, get=[f"{what}/imports/{end}" for what in SHEETS for end in ("", "{pk}/")],
        post=[f"{what}/imports/{end}" for what in SHEETS for end in ("", "{pk}/start/")]),
    *_rows("imports:write", R.IMPORT, post=["refunds/imports/{pk}/retry/", "refunds/imports/rows/{pk}/fix/",
        "refunds/imports/rows/{pk}/drop/", "refunds/imports/waiting/retry/"]),
    *_rows("reviews:read", R.VIEW_ORDERS, get=["reviews/", "reviews/{pk}/"]),
    *_rows("reviews:read", R.REPLY_REVIEWS, get=["reviews/thanks/{pk}/"], post=["reviews/thanks/preview/"]),
    *_rows("reviews:read", R.REPLY_REVIEWS, R.MANAGE_STORE, get=["reply-templates/"]),
    *_rows("reviews:read", R.MANAGE_STORE, get=["reviews/settings/"]),
    *_rows("reviews:write", R.REPLY_REVIEWS, post=["reviews/read/", "reviews/thanks/", *(
        f"reviews/{{pk}}/{act}/" for act in ("reply", "read", "task/open", "task/own", "task/close"))]),
    *_rows("reviews:write", R.IMPORT, post=["reviews/"]),
    *_rows("reviews:write", R.MANAGE_STORE, put=["reviews/settings/", "reply-templates/{pk}/"],
        post=["reply-templates/"], delete=["reply-templates/{pk}/"]),
    *_rows("reviews:read", R.VIEW_ORDERS, get=["topics/", "mentions/", "product-actions/"]),
    *_rows("reviews:read", R.MANAGE_STORE, post=["topics/try/"]),
    *_rows("reviews:write", R.MANAGE_STORE, post=["topics/", "topics/usual/"], put=["topics/{pk}/"]),
    *_rows("reviews:write", R.WORK_ORDERS, post=["topics/{pk}/draft/"]),
    *_rows("reviews:write", R.REPLY_REVIEWS, put=["mentions/{pk}/verdict/"], post=["product-actions/"],
        delete=["product-actions/{pk}/"]),
    *_rows("analytics:read", R.ANALYTICS, get=["analytics/daily-sales/", "analytics/refunds/",
        "analytics/topics/", "analytics/products/", "analytics/products/{pk}/"]),
]  # fmt: skip
