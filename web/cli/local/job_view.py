"""A job's progress as derived from its events, with a row for each stage."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from tasks.domain.events import EventType
from web.cli.local.client import Live

CHECK_SECONDS = 1.0
OnEvent = Callable[[dict[str, Any]], None]
OnIdle = Callable[[float], bool]
"""Called while no event arrives, with the seconds since the last one; True ends following."""


@dataclass(slots=True)
class Run:
    """A stage of one scene, or of the whole job."""

    percent: float = 0.0
    state: str = "waiting"
    found: bool = False
    seconds: float = 0.0


@dataclass(slots=True)
class StageRow:
    """A stage with all its scenes."""

    stage: str
    engine: str
    kind: str = ""
    message: str = ""
    began: float | None = None
    ended: float | None = None
    """By this machine's clock, for a clock that runs between events."""
    runs: dict[int | None, Run] = field(default_factory=dict)

    @property
    def percent(self) -> float:
        return sum(run.percent for run in self.runs.values()) / max(1, len(self.runs))

    @property
    def seconds(self) -> float:
        """Computing time: parallel scenes each count."""
        return sum(run.seconds for run in self.runs.values())

    def elapsed(self, now: float) -> float | None:
        """Time from the first start to the last end; None before the start."""
        if self.began is None:
            return None
        return (now if self.ended is None else self.ended) - self.began

    @property
    def state(self) -> str:
        states = {run.state for run in self.runs.values()}
        for state in ("failed", "running"):
            if state in states:
                return state
        if states == {"done"}:
            return "done"
        return "running" if "done" in states else "waiting"

    @property
    def scenes(self) -> str:
        """Format finished scenes as `2/3`; "" for a stage that runs once."""
        if set(self.runs) == {None}:
            return ""
        return f"{sum(run.state == 'done' for run in self.runs.values())}/{len(self.runs)}"

    @property
    def origin(self) -> str:
        """Whether the results were computed or reused."""
        found = sum(run.found for run in self.runs.values())
        if found == len(self.runs):
            return "found"
        return "computed" if not found else f"{found} found, {len(self.runs) - found} computed"


@dataclass(slots=True)
class JobView:
    """A job's state, updated by applying every event of the job in order."""

    job_id: str
    rows: dict[str, StageRow] = field(default_factory=dict)
    percent: float = 0.0
    eta_seconds: float | None = None
    message: str = ""
    end: str | None = None
    details: dict[str, Any] = field(default_factory=dict)
    """The message of the final event."""

    def apply(self, event: dict[str, Any]) -> None:
        if event["job_id"] != self.job_id:
            return
        self.percent = max(self.percent, event["progress_percent"])
        self.eta_seconds = event["eta_seconds"]
        self.message = event["message"]
        kind = EventType(event["event_type"])
        if kind is EventType.PROCESSING_STARTED:
            # External jobs have no plan: rows are added as stages start.
            self._plan(event["details"].get("stages", ()))
        elif kind.terminal:
            self.end, self.details = kind.value, event["details"]
        elif event["stage"] is not None:
            self._stage(kind, event)

    def _plan(self, steps: Iterable[dict[str, Any]]) -> None:
        """Create all rows from the plan; another attempt repeats the event."""
        for step in steps:
            row = self.rows.setdefault(step["stage"], StageRow(step["stage"], step["engine"]))
            row.engine = step["engine"]
            row.runs.setdefault(step["scene"], Run())

    def _stage(self, kind: EventType, event: dict[str, Any]) -> None:
        details = event["details"]
        row = self.rows.setdefault(
            event["stage"], StageRow(event["stage"], details.get("engine", ""))
        )
        row.engine = details.get("engine", row.engine)
        row.kind = details.get("kind", row.kind)
        row.message = event["message"]
        run = row.runs.setdefault(event["scene"], Run())
        run.percent = max(run.percent, details.get("stage_percent", 0.0))
        if kind is EventType.STAGE_COMPLETED:
            run.state, run.percent = "done", 100.0
            run.found, run.seconds = details["found"], details["seconds"]
        elif kind is EventType.STAGE_FAILED:
            run.state = "failed"
        elif run.state != "done":
            run.state = "running"
        now = time.monotonic()
        row.began = now if row.began is None else row.began
        row.ended = now if row.state in {"done", "failed"} else None


def follow(events: Live, view: JobView, on_event: OnEvent, on_idle: OnIdle) -> None:
    """Apply each event to the view, and call `on_event` with the job's, until the job has ended."""
    silence = 0.0
    while view.end is None:
        event = events.next_event(CHECK_SECONDS)
        if event is None:
            silence += CHECK_SECONDS
            if on_idle(silence):
                return
            continue
        silence = 0.0
        view.apply(event)
        if event["job_id"] == view.job_id:
            on_event(event)
