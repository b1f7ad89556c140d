import time
from datetime import date
from typing import Any

from django.utils.timezone import now as clock_now
from django.utils.translation import gettext as _

from analytics.rollups.runs import RollupCount, roll_nightly, roll_range
from backoffice.common.jobs import JobRefused, JobRun
from backoffice.common.models import Store


def run_rollup(run: JobRun) -> dict[str, Any]:
    """Run the nightly rollup, or a backfill when `from` and `to` are given; a job of a store rolls only that one."""
    started = time.monotonic()
    stores = _stores(run)
    if "from" in run.params:
        first, last = _range(run)
        count = roll_range(stores=stores, first=first, last=last, at=clock_now(), progress=run.progress)
    else:
        count = roll_nightly(stores=stores, at=clock_now(), progress=run.progress)
    return result_of(count, seconds=time.monotonic() - started)


def result_of(count: RollupCount, *, seconds: float) -> dict[str, Any]:
    return {**count._asdict(), "seconds": round(seconds, 3)}


def _stores(run: JobRun) -> list[Store]:
    stores = Store.objects.order_by("pk")
    if run.job.store_id is not None:
        return list(stores.filter(pk=run.job.store_id))
    if code := run.params.get("store"):
        return list(stores.filter(code=code))
    return list(stores)


def _range(run: JobRun) -> tuple[date, date]:
    try:
        first, last = date.fromisoformat(run.params["from"]), date.fromisoformat(run.params["to"])
    except (KeyError, TypeError, ValueError) as error:
        raise JobRefused(_("A backfill needs its first and its last day, such as 2026-06-01.")) from error
    if first > last:
        raise JobRefused(_("The last day of a backfill must not be before its first."))
    return first, last
