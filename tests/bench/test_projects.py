"""How long a project takes, and how surely shots and marks are found.

python -m pytest -m bench -s tests/bench/test_projects.py

The sample is a minute of photographs under a moving camera in 1080 x 1920. The video is 30 s in
720 x 1280 of six scenes, four of which speak, made by one warm `lite` worker; then one of its
scenes is changed.
"""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import pytest

from gpu_worker.media.delivery import marks
from gpu_worker.media.samples import inspection
from gpu_worker.media.samples.frames import Decoding
from tests.bench import report
from tests.bench.report import Row, at_least, at_most
from tests.bench.small import size
from tests.deployment import Deployment
from tests.gpu_worker.engines import films
from tests.gpu_worker.engines.test_analyse_local import analysed
from tests.gpu_worker.samples import marked, shows
from tests.gpu_worker.samples.shows import Join
from tests.gpu_worker.samples.test_shots import f1, found, joins_of, matched
from tests.services.redis_server import RedisServer
from tests.web.projects.samples import two_shots
from tests.web.projects.test_whole_path import Caller

pytestmark = [pytest.mark.bench, pytest.mark.timeout(3600)]

VIDEOS = size(range(301, 311), range(302, 303))
CLIPS = size(range(2000, 2100), range(2000, 2001))
SHOTS = size(20, 2)
SAMPLE_SECONDS = 3 * SHOTS
JOINS = {
    "hard cuts": ([Join()] * (SHOTS - 1), 20.0),
    "dissolves": ([Join("dissolve", 15)] * (SHOTS - 1), 60.0),
}
SCENES = size(6, 2)
LINES = ("A small boat leaves early.", "", "Nobody sees it go.", "The town wakes up.", "", "Home.")
PROMPTS = ("a harbour", "waves", "an island", "a market", "a forest path", "a house by night")
MOVES = ("push_in", "pan_left", "static", "pull_out", "tilt_up", "pan_right")
KINDS = ("cut", "crossfade", "cut", "wipe", "dip", "crossfade")


def timed(work: Callable[[], Any]) -> tuple[Any, float, float]:
    """Return the result of some work, its seconds, and its CPU seconds with those of children."""
    began, used = time.perf_counter(), sum(os.times()[:4])
    result = work()
    return result, time.perf_counter() - began, sum(os.times()[:4]) - used


def test_a_sample_of_a_minute(tmp_path: Path) -> None:
    rows: list[Row] = []
    for name, (joins, aim) in JOINS.items():
        show = shows.random_show(7, joins, rate=30, seconds=(3.1, 3.8))
        sound = ("-f", "lavfi", "-i", "sine=f=220:d=90")
        long = shows.write(show, tmp_path / f"{name}.mp4", sound=sound, scale="1080:1920")
        cut = tmp_path / f"{name}-cut.mp4"
        films.run("-i", str(long), "-t", str(SAMPLE_SECONDS), "-c", "copy", str(cut))
        facts, seconds, cpu = timed(lambda cut=cut, name=name: analysed(cut, tmp_path / name))  # type: ignore[misc]
        rows += [
            at_most(f"{SAMPLE_SECONDS} s in 1080 x 1920 with {name}", seconds, "s", aim),
            Row(f"{SAMPLE_SECONDS} s with {name}: CPU", cpu, "CPU s"),
            Row(f"{SAMPLE_SECONDS} s with {name}: shots found, of {SHOTS}", len(facts.shots), ""),
        ]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    rows.append(Row("memory of the process", peak, "MB"))
    report.write("project_sample", rows)


def test_shots_and_marks(tmp_path: Path) -> None:
    """On videos and clips that no threshold was chosen by."""
    counted: dict[bool, list[tuple[int, int, int]]] = {False: [], True: []}
    for seed in VIDEOS:
        show = shows.random_show(seed, joins_of(seed))
        video = shows.write(show, tmp_path / f"{seed}.mp4", seed=seed)
        decoding = Decoding(video, inspection.inspect(video, lambda: None), tmp_path)
        boundaries = found(decoding.frames(lambda: None))
        for is_gradual, counts in counted.items():
            truth = [
                (at, max(0.08, 0.25 * is_gradual, join.frames / 2 / show.rate))
                for at, join in show.boundaries
                if (join.kind != "cut") == is_gradual
            ]
            times = [b.frame / decoding.rate for b in boundaries if (b.kind != "cut") == is_gradual]
            counts.append(matched(truth, times))
    seen, false = [], []
    for seed in CLIPS:
        frames = marked.clip(seed)
        false.append(marks.find(marked.greys(frames)) is not None)
        if marked.moves(seed):
            seen.append(marks.find(marked.greys(marked.with_mark(frames, seed))) is not None)
    rows = [
        at_least("hard cuts, F1", f1(counted[False]), "", 0.95),
        at_least("gradual transitions, F1", f1(counted[True]), "", 0.8),
        at_least("watermarks, recall", sum(seen) / len(seen), "", 0.95),
        at_most("watermarks, false alarms", sum(false) / len(false), "", 0.02),
    ]
    report.write("project_shots_and_marks", rows)


@pytest.fixture
def system(redis_server: RedisServer) -> Iterator[Deployment]:
    with (
        TemporaryDirectory() as folder,
        Deployment(Path(folder), redis_server, PROJECT_HEIGHT="720") as system,
    ):
        system.start_control()
        system.start_workers("lite")
        yield system


@pytest.fixture
def caller(system: Deployment) -> Iterator[Caller]:
    url = system.start_web()
    with httpx.Client(base_url=url, timeout=60, headers=system.operator) as http:
        yield Caller(http)


def planned(caller: Caller, scenes: int, prefix: str) -> None:
    """Make a project whose plan has so many scenes of five seconds."""
    caller.create(max_seconds=59)
    caller.post("/upload-sample", 200, files={"file": ("sample.mp4", two_shots())})
    caller.post("/analyze")
    caller.until("planning")
    plan = caller.get("/plan")["plan"]
    overlaps = {"crossfade": 0.4, "wipe": 0.4, "dip": 0.4}
    plan["model"] = {"id": "local", "reason": ""}
    plan["scenes"] = [
        {
            "id": f"s{n}",
            "seconds": 5.0 + overlaps.get(KINDS[n], 0.0) * (KINDS[n] != "dip"),
            "prompt": f"{prefix} {PROMPTS[n]}",
            "camera": {"move": MOVES[n]},
            "voice_line": LINES[n],
            "text": "A title" if n == 0 else "",
            "transition": {"kind": KINDS[n], "seconds": overlaps.get(KINDS[n], 0.0)},
        }
        for n in range(scenes)
    ]
    answer = caller.http.put(
        f"{caller.path}/plan", json={"plan": plan}, headers={"If-Match": '"1"'}
    )
    assert answer.status_code == 200, answer.text


def generated(caller: Caller, what: str) -> float:
    began = time.perf_counter()
    caller.post(what)
    caller.until("completed", seconds=900)
    return time.perf_counter() - began


def stages(system: Deployment, caller: Caller, name: str) -> list[Row]:
    """Return the seconds of each stage of the last generation, and of what was before them."""
    job_id = caller.get("/status")["job_id"]
    job, runs = system.job(job_id), system.runs(job_id)
    begun = min(run.started_at or run.queued_at for run in runs)
    rows = [Row(f"{name}: clips", (begun - job.created_at).total_seconds(), "s")]
    return rows + [
        Row(f"{name}: {run.step}", run.seconds or 0.0, "s") for run in runs if not run.found
    ]


def test_half_a_minute_of_video(system: Deployment, caller: Caller) -> None:
    planned(caller, 1, "first")  # so that the worker is warm
    generated(caller, "/generate")
    planned(caller, SCENES, "second")
    length = caller.get("/plan")["seconds"]
    first = generated(caller, "/generate")
    parts = stages(system, caller, "first run")
    said = caller.post("/chat", 200, json={"message": f"scene {SCENES - 1} shows a snowy mountain"})
    assert said["changed"], said
    again = generated(caller, "/regenerate")
    parts += stages(system, caller, "one changed scene")
    rows = [
        Row("length of the video", length, "s"),
        at_most("30 s in 720 x 1280, for each second of it", first / length, "s", 2.0),
        at_most("one changed scene of six, of the first run", again / first, "", 0.35),
        Row("first run", first, "s"),
        Row("run with one changed scene", again, "s"),
        *parts,
    ]
    report.write("projects", rows)
