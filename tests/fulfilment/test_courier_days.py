"""The counts of couriers against plain Python."""

import random
from datetime import date, timedelta
from itertools import pairwise
from statistics import median

import pytest

from backoffice.common.models import Store
from orders.core.statuses import OrderStatus
from orders.fulfilment.models import EVERYWHERE, Anomaly, CourierDay, CourierDayMark, Shipment
from orders.fulfilment.queries.tracking import compare_couriers
from orders.fulfilment.services.courier_days import recount_marked_days
from orders.fulfilment.traces.histogram import EDGES, SIZE, bucket_of, quantile
from tests.factories import NOON, make_order
from tests.fulfilment.tracking_rows import HOUR, make_parcel

DAY = timedelta(days=1)
FIRST, LAST = date(2026, 6, 1), date(2026, 6, 7)


@pytest.mark.parametrize(
    ("hours", "bucket"), [(0, 0), (1.99, 0), (2, 1), (47.9, 23), (48, 24), (168, 44), (480, SIZE - 1), (9999, SIZE - 1)]
)
def test_bucket_of_each_edge(hours: float, bucket: int) -> None:
    assert bucket_of(hours) == bucket


def test_quantile_of_nothing_is_unknown() -> None:
    assert quantile([0] * SIZE, 0.5) is None


def test_quantile_is_off_by_less_than_its_bucket() -> None:
    rng = random.Random(4)
    hours = sorted(rng.uniform(1, 150) for _ in range(999))
    counts = [0] * SIZE
    for value in hours:
        counts[bucket_of(value)] += 1

    for share, exact in ((0.5, median(hours)), (0.9, hours[899])):
        width = 2 if exact < 48 else 6
        assert abs((quantile(counts, share) or 0) - exact) < width


def _shop(store: Store) -> list[Shipment]:
    """Make a week of parcels of two couriers to two provinces, at all stages."""
    rng = random.Random(7)
    parcels = []
    for serial in range(60):
        order = make_order(store=store, status=OrderStatus.SHIPPED, province=rng.choice(["广东", "浙江"]))
        shipped = NOON + rng.randrange(7) * DAY
        picked = shipped + rng.uniform(0, 30) * HOUR if rng.random() < 0.9 else None
        signed = picked + rng.uniform(5, 200) * HOUR if picked and rng.random() < 0.8 else None
        parcel = make_parcel(
            store=store, number=f"SF1{serial:012}", order=order, courier=rng.choice(["SF", "YTO"]), shipped_at=shipped,
            picked_up_at=picked, signed_at=signed,
        )  # fmt: skip
        if rng.random() < 0.3:
            Anomaly.objects.create(store=store, shipment=parcel, order=order, kind="silent", opened_at=NOON)
        parcels.append(parcel)
    return parcels


def test_counts_are_those_of_python(store: Store, other_store: Store) -> None:
    parcels = _shop(store)
    make_parcel(store=other_store, number="SF9")

    recount_marked_days(limit=100)

    for courier in ("SF", "YTO"):
        own = [parcel for parcel in parcels if parcel.courier == courier]
        row = next(row for row in compare_couriers(store, FIRST, LAST) if row.key == courier)
        signed = [p for p in own if p.signed_at and p.picked_up_at]
        hours = sorted((p.signed_at - p.picked_up_at) / HOUR for p in signed if p.signed_at and p.picked_up_at)
        assert (row.parcels, row.signed) == (len(own), len(signed))
        assert row.picked_up == sum(p.picked_up_at is not None for p in own)
        assert row.troubled == Anomaly.objects.filter(shipment__in=own).count()
        counts = [0] * SIZE
        for value in hours:
            counts[bucket_of(value)] += 1
        assert row.sign_median == quantile(counts, 0.5)
        assert row.sign_p90 == quantile(counts, 0.9)


def test_provinces_add_up_to_the_courier(store: Store) -> None:
    _shop(store)
    recount_marked_days(limit=100)

    whole = next(row for row in compare_couriers(store, FIRST, LAST) if row.key == "SF")
    parts = compare_couriers(store, FIRST, LAST, courier="SF")

    assert {row.key for row in parts} == {"广东", "浙江"}
    assert sum(row.parcels for row in parts) == whole.parcels
    assert sum(row.troubled for row in parts) == whole.troubled


def test_days_outside_the_period_are_not_counted(store: Store) -> None:
    make_parcel(store=store, number="SF1", shipped_at=NOON - DAY)
    make_parcel(store=store, number="SF2", shipped_at=NOON)
    recount_marked_days()

    assert [row.parcels for row in compare_couriers(store, FIRST, LAST)] == [1]


def test_every_change_marks_its_day_and_a_recount_takes_the_mark(store: Store) -> None:
    parcel = make_parcel(store=store, number="SF1")
    recount_marked_days()
    assert not CourierDayMark.objects.exists()

    Shipment.objects.filter(pk=parcel.pk).update(last_event="nothing that counts")
    assert not CourierDayMark.objects.exists()

    Shipment.objects.filter(pk=parcel.pk).update(picked_up_at=NOON + HOUR)
    assert CourierDayMark.objects.values_list("day", flat=True).get() == FIRST
    recount_marked_days()
    assert CourierDay.objects.get(province=EVERYWHERE).picked_up == 1


def test_edges_are_the_documented_widths() -> None:
    widths = [after - before for before, after in pairwise(EDGES)]

    assert (EDGES[0], EDGES[-1]) == (0, 480)
    assert sorted(set(widths)) == [2, 6, 24]
