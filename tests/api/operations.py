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


R = Right
BATCH = [f"orders/batches/{{pk}}/{end}" for end in ("undo/", "retry/")]
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
    *_rows("analytics:read", R.ANALYTICS, get=["analytics/daily-sales/"]),
]  # fmt: skip
