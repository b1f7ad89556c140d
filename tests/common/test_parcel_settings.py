"""The store's limits for parcels, on the page of its settings."""

import pytest

from backoffice.common.forms import StoreForm

BASE = {
    "name": "Demo", "promise_hours": 48, "due_soon_hours": 4, "reveal_quota": 50, "job_file_days": 7, "purge_days": 180,
}  # fmt: skip


def test_limits_left_empty_stay_as_they_are(store):
    form = StoreForm({**BASE, "pickup_hours": 12}, instance=store)

    assert form.is_valid(), form.errors
    values = form.values()
    assert (values["pickup_hours"], values["silent_hours"], values["unsigned_days"], values["lost_days"]) == (
        12,
        48,
        6,
        10,
    )


@pytest.mark.parametrize(
    ("values", "field"),
    [({"pickup_hours": 0}, "pickup_hours"), ({"unsigned_days": 10}, "lost_days"), ({"lost_days": 61}, "lost_days")],
)
def test_limits_that_make_no_sense_are_refused(store, values, field):
    form = StoreForm({**BASE, **values}, instance=store)

    assert not form.is_valid()
    assert field in form.errors
