from datetime import datetime
from typing import Any

from aftersales.topics.models import TextDue, Topic
from aftersales.topics.services import BATCH, mark_texts, read_due_texts, seed_topics
from aftersales.topics.sources import source_names, source_of
from backoffice.common.jobs import JobRun, create_job
from backoffice.common.models import Job, Store

KIND = "topics"


def create_due_topics(now: datetime) -> int:
    """Give stores without topics the usual ones; create a job for each whose texts wait and where none is at it."""
    created = 0
    for store in Store.objects.filter(is_active=True).order_by("pk"):
        if not TextDue.objects.filter(store=store).exists():
            continue
        if not Topic.objects.for_store(store).exists():
            seed_topics(store=store, at=now)
        if not Job.objects.for_store(store).active().filter(kind=KIND).exists():
            create_job(store=store, kind=KIND, params={}, actor=None, at=now)
            created += 1
    return created


def run_topics(run: JobRun) -> dict[str, Any]:
    """Read the store's texts until none waits (job kind `topics`)."""
    store = run.job.store
    if store is None:
        return {"texts": 0}
    return {"texts": _read_all(run, store, 0)}


def _read_all(run: JobRun, store: Store, done: int) -> int:
    while count := read_due_texts(store=store):
        done += count
        run.progress(done)
    return done


def run_reread(run: JobRun) -> dict[str, Any]:
    """Mark and read every text of the store (job kind `topics_reread`); begun again, it goes on where it was."""
    store = run.job.store
    if store is None:
        return {"texts": 0}
    run.progress(run.job.rows_done, total=sum(source_of(name).count_texts(store) for name in source_names()))
    done = sum(_reread_source(run, store, name) for name in source_names())
    return {"texts": max(done, run.job.rows_done)}


def _reread_source(run: JobRun, store: Store, name: str) -> int:
    source, done = source_of(name), 0
    after = int(run.params.get(name, 0))
    while ids := source.ids_after(store, after, BATCH):
        mark_texts(store=store, source=name, ids=ids)
        while read_due_texts(store=store) == BATCH:  # others marked texts as well
            run.progress(run.job.rows_done)
        after, done = ids[-1], done + len(ids)
        run.update(params={**run.params, name: after}, rows_done=run.job.rows_done + len(ids))
        run.progress(run.job.rows_done)
    return done
