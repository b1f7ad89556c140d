"""Work that is measured from inside its own process."""

import resource
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from backoffice.common.jobs import JobRun
from backoffice.common.jobs.runner import claim
from backoffice.common.models import Job, Store, User
from bench.data import prepare
from bench.fulfilment_runs import RUNS
from bench.people import USER
from bench.sizes import LARGE, Sizes
from orders.core.models import Order
from orders.core.services import complete_order
from orders.core.statuses import OrderStatus
from orders.desk.exports.templates import find_template
from orders.desk.exports.writing import ExportOrder, write_export
from orders.fulfilment.papers.batches import create_print
from orders.fulfilment.papers.jobs import run_print
from orders.fulfilment.queries.desk import to_pack
from orders.fulfilment.services import assign_number, plan_waybill
from orders.intake.services import import_path

FEW = 25  # orders that a service changes one by one in a turn
MEGABYTE = 1 << 10  # in kilobytes, as the kernel counts


def peak_mb() -> float:
    """Return the most memory that this process, or a child that it waited for, has held."""
    status = Path("/proc/self/status").read_text()
    own = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))
    return max(own, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss) / MEGABYTE


def measured(work: Callable[[], object]) -> dict[str, Any]:
    """Run the work; return what it found, if that is a dictionary, with its time and memory."""
    started, cpu = time.perf_counter(), time.process_time()
    found = work()
    return {
        **(found if isinstance(found, dict) else {}),
        "seconds": time.perf_counter() - started,
        "cpu_seconds": time.process_time() - cpu,
        "peak_mb": peak_mb(),
    }


def run_prepare(orders: str, has_huge: str) -> dict[str, Any]:
    return measured(lambda: prepare(Sizes(int(orders), bool(int(has_huge)))))


def run_migrate() -> dict[str, Any]:
    return measured(lambda: call_command("migrate", verbosity=0))


def run_export(store: str, template: str, out: str) -> dict[str, Any]:
    """Export every order of a store as the worker does."""
    shop, path = Store.objects.get(code=store), Path(out)
    order = ExportOrder(
        store=shop, user=None, query="queue=all", template=find_template(shop, template), file_format=path.suffix[1:]
    )  # fmt: skip

    def work() -> dict[str, Any]:
        with path.open("wb") as target:
            written = write_export(target, order, now=timezone.now(), on_progress=lambda *_counts: None)
        return {"rows": written.file_rows, "bytes": path.stat().st_size}

    return measured(work)


def run_import(*names: str) -> dict[str, Any]:
    """Import files into an empty store."""
    store = Store.objects.create(code=f"import{Store.objects.count()}", name="Import")

    def work() -> dict[str, Any]:
        reports = [import_path(store=store, path=Path(name), snapshot_at=None, at=timezone.now()) for name in names]
        return {"rows": sum(report.counts.as_dict()["rows"] for report in reports)}

    return measured(work)


_COUNTER = "ALTER TABLE orders_order {} TRIGGER order_count_update"
_BULK = "UPDATE orders_order SET status = 'completed' WHERE id = ANY(%s)"


def run_counters(orders: str) -> dict[str, Any]:
    """Change the status of so many orders with and without the counters' trigger, in turns; nothing is kept."""
    store, user = Store.objects.get(code=LARGE), User.objects.get(username=USER)
    shipped = Order.objects.for_store(store).filter(status=OrderStatus.SHIPPED, has_open_refund=False).order_by("pk")
    ids = list(shipped.values_list("pk", flat=True)[: int(orders)])

    def complete(some: list[int]) -> None:
        for pk in some:
            complete_order(store=store, order_id=pk, actor=user, at=timezone.now())

    single = _in_turns(25, complete, ids[:FEW])
    bulk = _in_turns(25, lambda some: _execute(_BULK, [some]), ids)
    return {"orders": len(ids), "single": single, "bulk": bulk}


def _in_turns(turns: int, work: Callable[[list[int]], Any], ids: list[int]) -> dict[str, float]:
    """Return milliseconds per order with and without the trigger: the least of all turns, for others work here too."""
    seconds: dict[str, list[float]] = {"DISABLE": [], "ENABLE": []}
    for _turn in range(turns):
        for verb, times in seconds.items():
            times.append(_timed(verb, work, ids))
    without, kept = (min(times) * 1000 / len(ids) for times in seconds.values())
    return {"without_ms": without, "with_ms": kept}


def _timed(verb: str, work: Callable[[list[int]], Any], ids: list[int]) -> float:
    """Time the work after a first order: a session plans its triggers once, and switching them makes it plan again."""
    with transaction.atomic():
        _execute(_COUNTER.format(verb))
        work(ids[:1])
        started = time.perf_counter()
        work(ids[1:])
        elapsed = time.perf_counter() - started
        transaction.set_rollback(True)
    return elapsed


def _execute(sql: str, values: list[Any] | None = None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


def run_labels(store: str, count: str, out: str) -> dict[str, Any]:
    """Print so many waybills as the worker does, each recorded, into one PDF; nothing is kept in the database."""
    shop, user = Store.objects.get(code=store), User.objects.get(username=USER)
    with transaction.atomic():
        ids = _parcels(shop, user, int(count))
        job = create_print(store=shop, actor=user, at=timezone.now(), paper="waybill", ids=ids)
        found = measured(lambda: _labels(JobRun(_taken(job)), Path(out)))
        transaction.set_rollback(True)
    return found


def _parcels(store: Store, user: User, count: int) -> list[int]:
    ready = to_pack(store).filter(recipient__sealed__isnull=False)
    known: dict[str, Any] = {"store": store, "actor": user, "at": timezone.now()}
    ids = []
    for place, pk in enumerate(ready.order_by("ship_by", "pk").values_list("pk", flat=True)[:count]):
        waybill = plan_waybill(**known, order_ids=[pk], courier="SF")
        ids.append(assign_number(**known, waybill_id=waybill.pk, number=f"SF9{place:012}").pk)
    return ids


def _taken(job: Job) -> Job:
    """Claim the job, as a worker does before it begins."""
    found = claim(job.pk, now=timezone.now())
    assert found is not None  # noqa: S101 -- nobody else is here
    return found


def _labels(run: JobRun, out: Path) -> dict[str, Any]:
    run.save_file = lambda path, **_values: out.write_bytes(path.read_bytes())  # type: ignore[method-assign, assignment]
    return {"labels": run_print(run)["done"], "bytes": out.stat().st_size}


COMMANDS: dict[str, Callable[..., dict[str, Any]]] = {
    "prepare": run_prepare, "migrate": run_migrate, "export": run_export, "import": run_import,
    "counters": run_counters, "labels": run_labels,
    **RUNS,
}  # fmt: skip
