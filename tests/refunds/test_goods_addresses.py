import pytest
from django.db import connection
from django.test import override_settings

from aftersales.refunds.models import ReturnAddress
from aftersales.refunds.services import RefundError
from aftersales.refunds.services.goods import open_return_address, return_address_text
from backoffice.common.models import AuditEntry
from tests.factories import NOON, make_store, make_user
from tests.parallel import in_parallel
from tests.refunds.goods import PLACE, make_address

pytestmark = pytest.mark.django_db


def test_an_address_is_sealed_and_shown_masked():
    store, manager = make_store(), make_user("wang")

    address = make_address(store, " 杭州仓 ", actor=manager)

    address.refresh_from_db()
    assert (address.name, address.shown) == ("杭州仓", "李* 138****5678 浙江省 杭州市 余杭区")
    assert (address.is_default, address.is_active, address.version, address.updated_at) == (True, True, 1, NOON)
    assert open_return_address(address) == PLACE
    assert return_address_text(address) == "李明 13812345678 浙江省 杭州市 余杭区 文一西路 969 号 3 号仓"
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.subject, entry.data["shown"]) == ("return_address_saved", "杭州仓", address.shown)


def test_nothing_of_it_stands_in_the_database_in_clear():
    make_address(make_store())

    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(a)::text FROM refunds_returnaddress a")
        text = cursor.fetchone()[0]
        cursor.execute("SELECT string_agg(row_to_json(a)::text, '') FROM common_auditentry a")
        text += cursor.fetchone()[0]

    assert not [part for part in ("李明", "13812345678", "文一西路") if part in text]


def test_the_usual_address_is_one_of_the_shop():
    store = make_store()
    first, second = make_address(store, "A"), make_address(store, "B")
    assert (first.is_default, second.is_default) == (True, False)

    make_address(store, "B", address_id=second.pk, is_default=True)

    assert list(ReturnAddress.objects.order_by("name").values_list("name", "is_default")) == [("A", False), ("B", True)]


def test_an_address_that_is_not_used_any_more_is_not_the_usual_one():
    store = make_store()
    address = make_address(store, "A")

    address = make_address(store, "A", address_id=address.pk, is_default=True, is_active=False)

    assert (address.is_default, address.is_active, address.version) == (False, False, 2)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"name": " "}, "Give the address a name"),
        ({"name": "A" * 61}, "Give the address a name"),
        ({"name": "taken"}, "Another return address is called “taken”"),
        ({"place": PLACE._replace(contact=" ")}, "needs a contact"),
        ({"place": PLACE._replace(street="")}, "needs a contact"),
        ({"place": PLACE._replace(region="浙" * 61)}, "needs a contact"),
        ({"place": PLACE._replace(street="文\0一")}, "needs a contact"),
        ({"place": PLACE._replace(phone="12")}, "is not a phone number"),
        ({"place": PLACE._replace(phone="call me")}, "is not a phone number"),
    ],
)
def test_garbage_is_refused(values, words):
    store = make_store()
    make_address(store, "taken")

    with pytest.raises(RefundError, match=words) as refusal:
        make_address(store, **values)

    assert (refusal.value.code, ReturnAddress.objects.count()) == ("field", 1)


def test_a_form_of_yesterday_changes_nothing():
    store = make_store()
    address = make_address(store)
    make_address(store, address_id=address.pk, version=1)

    with pytest.raises(RefundError, match="was changed by somebody else") as refusal:
        make_address(store, "Another", address_id=address.pk, version=1)

    assert (refusal.value.code, ReturnAddress.objects.get().name) == ("version", "Warehouse")


def test_an_address_of_another_store_is_not_there():
    address = make_address(make_store())

    with pytest.raises(ReturnAddress.DoesNotExist):
        make_address(make_store(), address_id=address.pk)


def test_a_shop_keeps_fifty():
    store = make_store()
    ReturnAddress.objects.bulk_create(
        ReturnAddress(store=store, name=f"{n}", shown="x", sealed=b"x", updated_at=NOON) for n in range(50)
    )

    with pytest.raises(RefundError, match="up to 50"):
        make_address(store)


def test_an_address_whose_key_is_gone_says_so():
    address = make_address(make_store())

    with override_settings(PII_KEYS="other:" + "QUFB" * 10 + "QUE="), pytest.raises(RefundError, match="cannot be"):
        return_address_text(address)


@pytest.mark.django_db(transaction=True)
def test_two_usual_addresses_at_once_leave_one():
    store = make_store()

    results = in_parallel(*(lambda n=n: make_address(store, f"{n}", is_default=True) for n in range(4)))

    assert [one for one in results if isinstance(one, Exception)] == []
    assert ReturnAddress.objects.filter(is_default=True).count() == 1
