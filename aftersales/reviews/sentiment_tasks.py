from datetime import datetime
from typing import Any

from aftersales.reviews.models import Review
from aftersales.reviews.services.sentiment import read_sentiments
from backoffice.common.jobs import JobRun, create_job
from backoffice.common.models import Job

SENTIMENT = "sentiment"


def create_due_sentiment(now: datetime) -> int:
    """Create one job when reviews wait to be read and none is at it; return how many."""
    if not Review.objects.filter(sentiment="").exists() or Job.objects.active().filter(kind=SENTIMENT).exists():
        return 0
    create_job(store=None, kind=SENTIMENT, params={}, actor=None, at=now)
    return 1


def run_sentiment(run: JobRun) -> dict[str, Any]:
    """Read reviews until none waits (job kind `sentiment`)."""
    done = 0
    while count := read_sentiments():
        done += count
        run.progress(done)
    return {"reviews": done}
