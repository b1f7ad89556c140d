"""The broker is a doorbell: hung, away, emptied or killed, it delays work by seconds and loses none."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from redis import Redis

from tests.promises.stack import HOST, Person, hung_broker, wait_for

pytestmark = pytest.mark.slow
FORM = {"query": "", "template": "full", "file_format": "xlsx", "recipients": "masked"}
PATIENCE = 3.0
PAGES = ("/", "/orders/", "/orders/exports/", "/orders/imports/", "/ops/jobs/", "/analytics/", "/settings/")
NOWHERE = f"redis://{HOST}:1/0"


def seconds(act):
    started = time.monotonic()
    response = act()
    return response.status_code, time.monotonic() - started


def states(stack):
    """Count what people asked for; what the shop's open orders ask for by themselves comes as it comes."""
    return dict(stack.rows("SELECT state, count(*) FROM common_job WHERE requested_by_id IS NOT NULL GROUP BY state"))


def test_hung_broker_delays_nobody_and_the_rows_run_later(stack):
    with hung_broker() as url:
        stack.start("web", REDIS_URL=url)
        person = Person(stack.port, "manager")
        for path in PAGES:
            person.get(path)
        answers = [seconds(lambda path=path: person.get(path)) for path in PAGES]
        posts = [seconds(lambda: person.post("/orders/exports/new/", **FORM)) for _ in range(4)]
        with ThreadPoolExecutor(6) as pool:
            together = list(pool.map(lambda _: seconds(lambda: person.post("/orders/exports/new/", **FORM)), range(6)))
        health = stack.ready()
        person.close()
        stack.stop("web")

    assert {status for status, _took in answers} == {200}
    assert {status for status, _took in [*posts, *together]} == {302}
    assert max(took for _status, took in [*answers, *posts]) < PATIENCE
    assert health["status"] == "degraded"
    assert states(stack) == {"queued": 10}
    stack.start("worker")
    stack.start("beat")
    wait_for(lambda: stack.unfinished() == 0, 60)
    assert states(stack) == {"done": 10}


def test_broker_absent_at_start_is_named_and_nothing_else_changes(stack):
    stack.start("web", REDIS_URL=NOWHERE)
    worker = stack.start("worker", REDIS_URL=NOWHERE)
    beat = stack.start("beat", REDIS_URL=NOWHERE)
    person = Person(stack.port, "manager")

    statuses = {person.get(path).status_code for path in PAGES}
    posted = seconds(lambda: person.post("/orders/exports/new/", **FORM))
    person.close()

    assert statuses == {200}
    assert posted[0] == 302
    assert posted[1] < PATIENCE
    assert [problem.partition(":")[0] for problem in stack.ready()["degraded"]] == ["broker"]
    time.sleep(3)
    assert (worker.poll(), beat.poll()) == (None, None)


def test_restarted_broker_finds_the_same_worker(stack):
    worker, beat = stack.start("worker"), stack.start("beat")
    valkey = stack.servers.valkey
    stack.add_exports(1)
    wait_for(lambda: stack.unfinished() == 0, 60)

    for _restart in range(3):
        stack.add_exports(2)
        valkey.process.kill()
        valkey.process.wait()
        time.sleep(0.5)
        valkey.start()
        time.sleep(0.5)
    wait_for(lambda: stack.unfinished() == 0, 60)

    assert states(stack) == {"done": 7}
    assert (worker.poll(), beat.poll()) == (None, None)
    assert len(stack.files()) == 7


def test_emptied_broker_costs_fifty_queued_jobs_a_minute_at_most(stack):
    stack.add_exports(50)
    with Redis.from_url(stack.servers.valkey.url) as client:
        client.flushall()
    stack.start("worker")
    stack.start("beat")

    wait_for(lambda: stack.unfinished() == 0, 90)  # processes starting on a busy machine are not of the promise

    assert states(stack) == {"done": 50}
    assert len(stack.files()) == 50
