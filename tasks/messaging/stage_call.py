"""The message of a stage: five small values; everything else is in the manifest."""

from __future__ import annotations

import re
from dataclasses import astuple, dataclass
from typing import Any

from tasks.domain.plan import step_name

_NUMBER = re.compile("[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class StageCall:
    """A step of a job, in one attempt."""

    job_id: str
    revision: int
    attempt: int
    stage: str
    scene: int | None

    @property
    def task_id(self) -> str:
        """Return a task id that is readable in Flower and new for each attempt."""
        scene = "all" if self.scene is None else self.scene
        return f"{self.job_id}.{self.attempt}.{self.stage}.{scene}"

    @classmethod
    def from_task_id(cls, task_id: str) -> StageCall | None:
        """Parse a task id, as in a heartbeat (it does not contain the revision)."""
        parts = task_id.split(".")
        if len(parts) != 4:
            return None
        job_id, attempt, stage, scene = parts
        if not (_NUMBER.fullmatch(attempt) and (scene == "all" or _NUMBER.fullmatch(scene))):
            return None
        return cls(job_id, 0, int(attempt), stage, None if scene == "all" else int(scene))

    @property
    def step(self) -> str:
        return step_name(self.stage, self.scene)

    @property
    def args(self) -> list[Any]:
        return list(astuple(self))


def completion_reference(job_id: str, revision: int, step: str) -> str:
    """Return the reference by which a step's completion is emitted once for each revision."""
    return f"{job_id}.{revision}.{step}"
