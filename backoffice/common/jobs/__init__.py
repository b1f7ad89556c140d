"""Long work as rows: a request writes a Job, the broker only rings, workers claim rows under a lease.

- `create_job` (services): row in the caller's transaction, ring after its commit.
- `run_pending_jobs` (the doorbell's task): claims runnable rows one by one until none is left.
- a handler (`settings.JOB_HANDLERS[kind]`) gets a `JobRun`: `run.job`, `run.progress(done, total)`, `run.save_file(…)`.
- `tick` (beat, every 15 s): rings again for rows that are new or whose lease ran out, and creates due scheduled jobs.
"""

from backoffice.common.jobs.errors import JobCancelled, JobError, JobRefused, LeaseLost
from backoffice.common.jobs.runner import JobRun, run_job, run_pending_jobs
from backoffice.common.jobs.services import cancel_job, create_job, retry_job

__all__ = [
    "JobCancelled",
    "JobError",
    "JobRefused",
    "JobRun",
    "LeaseLost",
    "cancel_job",
    "create_job",
    "retry_job",
    "run_job",
    "run_pending_jobs",
]
