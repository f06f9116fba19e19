"""Whole jobs for the benches: a house with lite workers, and what a finished job left behind."""

from __future__ import annotations

import io
import json
import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from PIL import Image

from tasks.domain.job import JobState
from tasks.domain.plan import Plan
from tests.deployment import Deployment
from tests.gpu_worker.engines import faces
from web.jobs.dispatch import Dispatcher
from web.jobs.models import StageRun

# Two paragraphs of ours, about ten seconds each.
MORNING = (
    "Before the bakery opens, Maria carries seven warm loaves to the window. "
    "People stop, smile, and buy a bun. My father always wants the brown one, "
    "and he pays with a bag of small coins."
)
EVENING = (
    "A bright moon hangs above the harbour tonight. Many boats come home "
    "before the storm, and the keeper of the lamp begins to polish her mirror. "
    "Maybe tomorrow it will be calm."
)
LITE = {"mode": "production", "captions": True, "height": 720}
_OWNERS = count(1)


@dataclass(frozen=True)
class Made:
    """A finished job."""

    job_id: str
    wall: float
    runs: list[StageRun]
    folder: Path

    @property
    def video(self) -> Path:
        return self.folder / "assemble" / "final.mp4"

    @property
    def seconds(self) -> float:
        return next(float(run.facts["duration"]) for run in self.runs if run.stage == "assemble")

    @property
    def ratio(self) -> float:
        return self.wall / self.seconds

    def stages(self, known: Collection[str] = ()) -> dict[str, float]:
        """Seconds of work by stage; those of scenes that ran beside each other are added.

        The results of `known` stages, and of no others, were there before.
        """
        spent: dict[str, float] = {}
        for run in self.runs:
            assert run.found == (run.stage in known), f"{run.step} found: {run.found}"
            spent[run.stage] = spent.get(run.stage, 0.0) + (run.seconds or 0.0)
        return {stage: round(seconds, 2) for stage, seconds in spent.items()}


class Studio(Deployment):
    """A house whose jobs are done by the engines of `lite`."""

    def open(self, workers: int = 2) -> None:
        self.start_control()
        self.start_workers(*["lite"] * workers)

    def portrait(self, make: Callable[[], faces.Rgb]) -> dict[str, Any]:
        buffer = io.BytesIO()
        Image.fromarray(np.ascontiguousarray(make())).save(buffer, "PNG")
        return asdict(self.services.artifacts.put_bytes(buffer.getvalue(), "image/png"))

    def order(self, make: Callable[[], faces.Rgb] = faces.astronaut, **options: Any) -> str:
        """Hand a job in; its id. It has an owner of its own, so nothing of it is found."""
        self.face = lambda: self.portrait(make)  # type: ignore[method-assign]
        mine = {"owner": f"owner {next(_OWNERS)}", "script": MORNING}
        _, job_id = self.accept(**(LITE | mine | options))
        with self.app.app_context():
            dispatcher = Dispatcher(self.services)
            dispatcher.dispatch(job_id, dispatcher.capacity())
        return job_id

    def make(
        self, folder: Path, make: Callable[[], faces.Rgb] = faces.astronaut, **options: Any
    ) -> Made:
        """A job from order to end, with all that it left copied to `folder`."""
        began = time.monotonic()
        job_id = self.order(make, **options)
        job = self.until_ended(job_id, 280)
        wall = time.monotonic() - began
        runs = self.runs(job_id)
        assert job.state == JobState.SUCCEEDED, [(r.step, r.error_message) for r in runs]
        assert all(run.kind != "simulated" for run in runs)
        plan = self.services.artifacts.plan(job_id, 1)
        assert plan is not None
        self._copy(plan, folder)
        return Made(job_id, wall, runs, folder)

    def _copy(self, plan: Plan, folder: Path) -> None:
        for step in plan.steps:
            artifact = self.services.artifacts.recorded(plan.job_id, plan.revision, step.name)
            assert artifact is not None
            place = folder / step.name.replace(":", "-")
            place.mkdir(parents=True, exist_ok=True)
            for name, blob in artifact.parts.items():
                (place / name).write_bytes(b"".join(self.services.artifacts.read(blob)))

    def worker_memory(self) -> int:
        """Bytes that the workers and all their children hold for themselves."""
        return sum(process.memory_full_info().uss for process in self._worker_processes())

    @contextmanager
    def watching_memory(self) -> Iterator[list[int]]:
        """The most that the workers and their children hold while the block runs."""
        peak, over = [0], threading.Event()

        def look() -> None:
            while not over.wait(0.5):
                with suppress(psutil.NoSuchProcess):  # an ffmpeg that has just ended
                    peak[0] = max(peak[0], self.worker_memory())

        watcher = threading.Thread(target=look, daemon=True)
        watcher.start()
        try:
            yield peak
        finally:
            over.set()
            watcher.join()

    def worker_seconds(self) -> float:
        """Processor time of the workers so far, that of their ended children included."""
        return sum(map(_processor_seconds, self._worker_processes()))

    def _worker_processes(self) -> list[psutil.Process]:
        mine = [self.process(name) for name in self._processes if name.startswith("worker-")]
        return [each for top in mine for each in (top, *top.children(recursive=True))]


def _processor_seconds(process: psutil.Process) -> float:
    """Of a process and its ended children; of one that has just ended, its parent tells."""
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    own: float = times.user + times.system
    return own + times.children_user + times.children_system


def timings_of(made: Made, target: Path) -> Path:
    """The timings of all scenes as one, on the clock of the finished video."""
    start, words, phonemes = 0.0, [], []
    for folder in sorted(made.folder.glob("voice*")):
        scene = json.loads((folder / "timings.json").read_text())
        for kind, whole in (("words", words), ("phonemes", phonemes)):
            for item in scene[kind]:
                whole.append(item | {"start": item["start"] + start, "end": item["end"] + start})
        # A scene has every frame that its sound begins.
        start += -(-scene["seconds"] * 25 // 1) / 25
    target.write_text(json.dumps({"words": words, "phonemes": phonemes}))
    return target
