"""Every act locks the order before it reads what it decides on, and tells two stores apart."""

from contextlib import suppress
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orders.core import services
from orders.core.models import Order, OrderEvent
from orders.notes import services as notes
from tests.factories import NOON, make_order, make_store, make_user

pytestmark = pytest.mark.django_db
ACTS = {
    services.set_flag: {"flag": 1},
    services.set_tags: {"tags": ["vip"]},
    services.add_remark: {"text": "call first"},
    services.accept_order: {},
    services.unaccept_order: {},
    services.open_hold: {"kind": "risk", "reason": "strange"},
    services.release_hold: {"kind": "risk", "reason": "checked"},
    services.claim_order: {},
    services.release_claim: {},
    services.mark_paid: {"method": "bank"},
    services.close_order: {"reason": "the buyer asked"},
    services.complete_order: {},
    services.extend_promise: {"until": NOON + timedelta(days=5), "agreement": "可以等", "image": None},
    services.withdraw_extension: {"reason": "recorded by mistake"},
    services.appoint_date: {"day": date(2026, 6, 5)},
    services.reopen_unpaid: {},
    services.withdraw_remark: {"remark_id": 1},
    services.change_recipient: {"fields": {"name": "李四"}},
    services.restore_recipient: {},
    services.agree_spec: {"line_id": 1, "spec": "颜色:白"},
    services.log_contact: {"channel": "chat", "text": "black or white?"},
    services.answer_contact: {"contact_id": 1, "answer": "white"},
    services.finish_wish: {"wish_id": 1},
    services.withdraw_wish: {"wish_id": 1, "reason": "too late"},
    services.set_refund_facts: {"status": "open", "refunded": Decimal(0)},
    notes.confirm_note: {"outcome": "agreed"},
    notes.decline_note: {"outcome": "not possible"},
    notes.override_note: {"reason": "the truck leaves"},
}


def call(act, order, **values):
    defaults = {"store": order.store, "order_id": order.pk, "actor": make_user(), "at": NOON}
    return act(**(defaults | ACTS[act] | values))


@pytest.mark.parametrize("act", ACTS)
def test_the_first_look_at_the_order_locks_it(act):
    order = make_order()

    with CaptureQueriesContext(connection) as queries, suppress(services.OrderError):
        call(act, order)

    looks = [query["sql"] for query in queries if '"orders_' in query["sql"] or '"notes_' in query["sql"]]
    assert looks[0].endswith('FOR UPDATE OF "orders_order"')
    assert f'"orders_order"."store_id" = {order.store_id}' in looks[0]


@pytest.mark.parametrize("act", ACTS)
def test_no_act_reaches_another_store_or_passes_a_stale_version(act):
    order = make_order()

    with pytest.raises(Order.DoesNotExist):
        call(act, order, store=make_store())
    with pytest.raises(services.VersionConflict, match="changed at"):
        call(act, order, version=99)

    order.refresh_from_db()
    assert (order.version, OrderEvent.objects.count()) == (1, 0)
