"""Many clients at once, in a process of its own: `python -m bench.crowd`, plan on standard input, figures on output."""

import json
import random
import statistics
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from bench.client import Client

WARM_SECONDS = 2.0
BAD = 400


@dataclass
class Plan:
    """Who asks for what: every client picks addresses at random, and thinks in between."""

    port: int
    cookie: str
    paths: list[str]
    clients: int
    seconds: float
    think: tuple[float, float] = (0.0, 0.0)
    posts: list[tuple[str, str]] = field(default_factory=list)  # address and body, one in ten requests
    csrf: str = ""


@dataclass
class Tally:
    seconds: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


def run(plan: Plan) -> dict[str, object]:
    begin = time.monotonic() + WARM_SECONDS
    tallies = [Tally() for _client in range(plan.clients)]
    threads = [
        threading.Thread(target=_work, args=(plan, tally, random.Random(number), begin))
        for number, tally in enumerate(tallies)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    times = sorted(second for tally in tallies for second in tally.seconds)
    errors = [error for tally in tallies for error in tally.errors]
    return {
        "requests": len(times), "errors": len(errors), "first_errors": errors[:5],
        "per_second": len(times) / plan.seconds,
        "p50_ms": statistics.median(times) * 1000, "p95_ms": quantile(times, 0.95) * 1000, "max_ms": times[-1] * 1000,
    }  # fmt: skip


def quantile(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def _work(plan: Plan, tally: Tally, dice: random.Random, begin: float) -> None:
    client = Client(plan.port, plan.cookie)
    end = begin + plan.seconds
    while (now := time.monotonic()) < end:
        _ask(plan, client, dice, tally if now >= begin else Tally())
        if plan.think[1]:
            time.sleep(dice.uniform(*plan.think))
    client.close()


def _ask(plan: Plan, client: Client, dice: random.Random, tally: Tally) -> None:
    path = dice.choice(plan.paths)
    try:
        if plan.posts and dice.random() < 0.1:  # noqa: PLR2004 -- one in ten
            path, body = dice.choice(plan.posts)
            headers = {"Content-Type": "application/x-www-form-urlencoded", "X-CSRFToken": plan.csrf}
            answer = client.send("POST", path, body=body, headers=headers)
        else:
            answer = client.get(path)
    except OSError as error:
        tally.errors.append(f"{path}: {error}")
        return
    tally.seconds.append(answer.seconds)
    if answer.status >= BAD:
        tally.errors.append(f"{path}: {answer.status}")


if __name__ == "__main__":
    json.dump(run(Plan(**json.load(sys.stdin))), sys.stdout)
