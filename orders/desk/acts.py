"""The acts that may be done to many orders: who may, on which orders, how one is done and undone."""

from django.utils.translation import gettext_lazy, pgettext_lazy

from backoffice.common.access import Right
from orders.desk import bulk_checks as checks
from orders.desk import bulk_runs as runs
from orders.desk import papers
from orders.desk.calls import CHECK_FIELDS, BulkAct, Call, Undo, Values

_WORK = Right.WORK_ORDERS
ACTS: dict[str, BulkAct] = {
    act.key: act
    for act in (
        BulkAct(
            key="accept",
            label=gettext_lazy("Accept"),
            icon="check",
            right=_WORK,
            check=checks.accept,
            run=runs.accept,
            undo=runs.unaccept,
            concern=checks.HELD,
            shortcut="a",
        ),
        BulkAct(
            key="remark",
            label=gettext_lazy("Remark"),
            icon="message-2",
            right=Right.REMARK,
            check=checks.always,
            run=runs.remark,
            undo=runs.unremark,
            fields=("text",),
            shortcut="m",
        ),
        BulkAct(
            key="flag",
            label=gettext_lazy("Flag"),
            icon="flag",
            right=_WORK,
            check=checks.flag,
            run=runs.flag,
            undo=runs.unflag,
            fields=("flag",),
        ),
        BulkAct(
            key="print",
            label=pgettext_lazy("act", "Print"),
            icon="printer",
            right=Right.SHIP,
            check=checks.print_slip,
            run=papers.make_ready,
            fields=("paper", "sort"),
            notes=papers.print_notes,
            after=papers.start_print,
            most=papers.MOST,
            here=50,
            final=gettext_lazy(
                "Paper cannot be called back: hold the orders that must not be packed, and tell the warehouse."
            ),
            concern=checks.PRINTED,
            shortcut="p",
        ),
        BulkAct(
            key="hold",
            label=pgettext_lazy("act", "Hold"),
            icon="hand-stop",
            right=_WORK,
            check=checks.hold,
            run=runs.hold,
            undo=runs.unhold,
            fields=("kind", "reason"),
            shortcut="h",
        ),
        BulkAct(
            key="release",
            label=gettext_lazy("Release hold"),
            icon="player-play",
            right=_WORK,
            check=checks.release,
            run=runs.release,
            undo=runs.unrelease,
            fields=("reason",),
            limits=("only",),
            concern=checks.UNREVIEWED,
        ),
        BulkAct(
            key="claim",
            label=pgettext_lazy("act", "Claim"),
            icon="user-check",
            right=_WORK,
            check=checks.claim,
            run=runs.claim,
            undo=runs.giveback,
            shortcut="c",
        ),
        BulkAct(
            key="unclaim",
            label=gettext_lazy("Give back"),
            icon="user",
            right=_WORK,
            check=checks.unclaim,
            run=runs.unclaim,
            undo=runs.reclaim,
        ),
        BulkAct(
            key="tags",
            label=gettext_lazy("Tags"),
            icon="tag",
            right=_WORK,
            check=checks.always,
            run=runs.tag,
            undo=runs.untag,
            fields=("add_tags", "remove_tags"),
        ),
        BulkAct(
            key="assign",
            label=gettext_lazy("Give to a colleague"),
            icon="user-plus",
            right=Right.MANAGE_STORE,
            check=checks.assign,
            run=runs.assign,
            undo=runs.unassign,
            fields=("person",),
        ),
        BulkAct(
            key="close_unpaid",
            label=gettext_lazy("Close unpaid orders"),
            icon="x",
            right=Right.CLOSE_ORDERS,
            check=checks.close_unpaid,
            run=runs.close_unpaid,
            undo=runs.reopen,
            fields=("reason",),
            tone="danger",
        ),
        BulkAct(
            key="ship",
            label=gettext_lazy("Ship"),
            icon="truck-delivery",
            right=Right.SHIP,
            check=checks.always,
            run=runs.ship,
            final=gettext_lazy(
                "The parcels have their numbers, and the buyers see them: a parcel that must not go is stopped at the "
                "courier."
            ),
        ),
    )
}

__all__ = ["ACTS", "CHECK_FIELDS", "BulkAct", "Call", "Undo", "Values"]
