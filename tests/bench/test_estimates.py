"""How often jobs and steps took no longer than was said of nine in ten when they were planned,
and how often jobs took as long as the range said that eight in ten do.

Engines that wait unevenly (`varying.py`), jobs of one to four scenes of any length and three
heights, one to five of them at once. First the ledger gets a history, then what is said from it
is compared with what comes.
"""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.bench.report import Row, at_least, at_most, write
from tests.bench.small import size
from tests.bench.system import CALM, Caller, Ends, listening, start_workers
from tests.deployment import Deployment
from tests.services.redis_server import RedisServer
from web.db.engine import reading, writing
from web.jobs.models import Job, StageRun
from web.monitoring.reports.estimates import back_test

SEED = 11
LEARNING = size(60, 4)
"""Jobs until the paces are made of runs alone."""
JOBS = size(120, 4)
AT_ONCE = 5
WORKERS = 3
HEIGHTS = (240, 360, 480)
WORDS = ("bees", "fly", "from", "one", "flower", "to", "another", "and", "carry", "pollen")

pytestmark = [pytest.mark.bench, pytest.mark.timeout(600)]


def test_estimates(tmp_path: Path, redis_server: RedisServer) -> None:
    chance = random.Random(SEED)
    with Deployment(tmp_path, redis_server, **CALM) as deployment:
        deployment.start_control()
        start_workers(deployment, WORKERS, BENCH_VARYING="1")
        caller = Caller(deployment.start_web())
        with listening(caller) as ends:
            _carry(caller, ends, chance, LEARNING)
            _forget_what_was_expected(deployment)
            _carry(caller, ends, chance, JOBS)
        with deployment.app.app_context(), reading() as db:
            told = back_test(db)
    rows = [Row("jobs", JOBS, ""), Row("seed", SEED, "")]
    for line in told:
        name = " ".join(filter(None, (line["what"], line["engine"])))
        inside = 100 * (line["within_high"] or 0.0)
        rows.append(Row(f"{name}: runs", line["runs"], ""))
        rows.append(Row(f"{name}: within the likely estimate", 100 * line["within_likely"], "%"))
        rows.append(at_least(f"{name}: within the high estimate", inside, "%", 85))
        rows.append(at_most(f"{name}: within the high estimate", inside, "%", 95))
        if line["above_low"] is not None:
            within = inside + 100 * line["above_low"] - 100
            rows.append(at_least(f"{name}: within the range", within, "%", 75))
            rows.append(at_most(f"{name}: within the range", within, "%", 90))
    write("estimates", rows)


def _carry(caller: Caller, ends: Ends, chance: random.Random, jobs: int) -> None:
    """So many of them, never more than a few at once, each heard to its end."""
    in_flight_jobs = 0
    for number in range(jobs):
        _start(caller, chance)
        in_flight_jobs += 1
        most = chance.randint(1, AT_ONCE) if number < jobs - 1 else 1
        over = max(in_flight_jobs - most + 1, 0)
        ends.of(over)
        in_flight_jobs -= over


def _start(caller: Caller, chance: random.Random) -> None:
    scenes = [chance.choices(WORDS, k=chance.randint(4, 25)) for _ in range(chance.randint(1, 4))]
    script = " ".join(f"{' '.join(words).capitalize()}." for words in scenes)
    wish = {"session_id": caller.session_id, "script": script, "height": chance.choice(HEIGHTS)}
    # Without a seed of its own, each job would reuse the face of the first one, and reports are
    # of jobs that reused nothing.
    wish |= {"mode": "auto", "seed": chance.randrange(2**31)}
    answer = caller.http.post("/process/start", json=wish)
    assert answer.status_code == 202, answer.text


def _forget_what_was_expected(deployment: Deployment) -> None:
    """Of what has run until now, so that the report is of what was learned from it."""
    with deployment.app.app_context(), writing() as db:
        db.query(StageRun).update({StageRun.expected_seconds: None})
        db.query(Job).update({Job.expected_seconds: None})
