class JobError(Exception):
    """A job act that is refused, with a sentence for the person who asked."""


class JobRefused(Exception):
    """Raised by a handler when trying again cannot help: the job fails at once with this sentence."""


class JobCancelled(Exception):
    """Raised by `JobRun.progress` when somebody asked to cancel the job."""


class LeaseLost(Exception):
    """Another worker has taken the job over; this one must stop without writing."""
