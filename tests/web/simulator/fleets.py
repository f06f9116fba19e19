"""Small recordings and fleets for tests of the simulator."""

from __future__ import annotations

from web.simulator.recording import (
    VERSION,
    Overheads,
    RecordedJob,
    RecordedRuns,
    RecordedStep,
    Recording,
)

SECONDS = {
    "script": 1.0,
    "face": 2.0,
    "voice": 2.0,
    "animate": 4.0,
    "enhance": 3.0,
    "assemble": 1.0,
}
HOMES = {
    "script": "script",
    "face": "sadtalker",
    "voice": "xtts",
    "animate": "sadtalker",
    "enhance": "realesrgan",
    "assemble": "media",
}


def shape(scenes: int, environment: str = "lite") -> tuple[RecordedStep, ...]:
    """The steps of a job whose engines take exactly `SECONDS`."""
    each: list[tuple[str, int | None]] = [("script", None), ("face", None)]
    for scene in range(scenes):
        each += [(stage, scene) for stage in ("voice", "animate", "enhance")]
    return tuple(
        RecordedStep(
            stage, scene, "fixed", "real", environment or HOMES[stage], 1.0, SECONDS[stage]
        )
        for stage, scene in [*each, ("assemble", None)]
    )


def recording(
    jobs: int,
    scenes: int = 1,
    *,
    every: float = 0.0,
    owners: int = 1,
    environment: str = "lite",
    load_seconds: dict[str, float] | None = None,
    overheads: Overheads | None = None,
) -> Recording:
    """Jobs that arrive at an interval, with 20 equal runs of each engine."""
    return Recording(
        version=VERSION,
        recorded_at="",
        nodes={},
        jobs_in_flight=16,
        overheads=overheads or Overheads(),
        load_seconds=load_seconds or {},
        runs=tuple(
            RecordedRuns(stage, "fixed", "", "real", (1.0,) * 20, (seconds,) * 20)
            for stage, seconds in SECONDS.items()
        ),
        shapes=(shape(scenes, environment),),
        jobs=tuple(RecordedJob(n * every, n % owners, 1, 0, 0.0) for n in range(jobs)),
    )


def work(scenes: int) -> float:
    """The seconds of all steps of such a job."""
    scene = sum(SECONDS[stage] for stage in ("voice", "animate", "enhance"))
    return SECONDS["script"] + SECONDS["face"] + scenes * scene + SECONDS["assemble"]
