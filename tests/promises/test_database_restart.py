"""PostgreSQL is stopped hard while people work and exports run: all of it goes on by itself."""

import os
import signal
import threading
import time

import pytest
import requests

from tests.promises.stack import Person, wait_for

pytestmark = pytest.mark.slow
EXPORTS, STAFF = 20, 3


class Reader(threading.Thread):
    """Loads the queue again and again; keeps (when, status)."""

    def __init__(self, person, is_over):
        super().__init__()
        self.person, self.is_over, self.answers = person, is_over, []

    def run(self):
        while not self.is_over.wait(0.15):
            try:
                status = self.person.get("/orders/").status_code
            except requests.RequestException:
                status = 0
            self.answers.append((time.monotonic(), status))


def test_hard_restart_of_the_database_is_survived_without_help(stack):
    stack.start("web")
    worker, beat = stack.start("worker"), stack.start("beat")
    people = [Person(stack.port, "manager") for _ in range(STAFF)]
    is_over = threading.Event()
    readers = [Reader(person, is_over) for person in people]
    for reader in readers:
        reader.start()
    stack.add_exports(EXPORTS)
    wait_for(lambda: stack.value("SELECT count(*) FROM common_job WHERE state <> 'queued'") > 0, 60)

    postgres = stack.servers.postgres
    os.kill(postgres.process.pid, signal.SIGQUIT)  # "immediate": every session is cut off
    postgres.process.wait()
    postgres.start()
    answers_again = time.monotonic()
    wait_for(lambda: stack.unfinished() == 0, 90)
    time.sleep(max(0.0, answers_again + 6 - time.monotonic()))
    is_over.set()
    for reader in readers:
        reader.join()
        reader.person.close()

    answers = sorted(answer for reader in readers for answer in reader.answers)
    failures = [when for when, status in answers if status != 200]
    assert failures
    assert max(failures) < answers_again + 3
    assert answers[-1][1] == 200
    asked_for = "SELECT state, count(*) FROM common_job WHERE requested_by_id IS NOT NULL GROUP BY state"
    assert stack.rows(asked_for) == [("done", EXPORTS)]
    assert len(stack.files()) == EXPORTS
    assert (worker.poll(), beat.poll()) == (None, None)
