"""The `details` of each kind of event, from which `/asyncapi.json` is made.

A field that an event may lack is `NotRequired`. Clients must accept further fields.
"""

from __future__ import annotations

from typing import Any, Final, Literal, NotRequired, TypedDict

from tasks.domain.events import EventType


class UploadSuccess(TypedDict):
    """A face or a voice was accepted."""

    upload_id: str
    kind: Literal["face", "voice"]
    filename: str
    bytes: int
    media_type: str


class UploadExamined(TypedDict):
    """A worker has judged a face or a voice: whether a job can use it, and if not, why."""

    subject: str
    upload_id: str | None
    usable: bool
    error_code: str | None
    verdict: dict[str, Any]


class PlannedStep(TypedDict):
    """A step, its engine and its share of the progress."""

    stage: str
    scene: int | None
    engine: str
    weight: float


class ProcessingStarted(TypedDict):
    """The job was planned and dispatched. A job that its caller runs has no plan."""

    scenes: int
    mode: str
    round: NotRequired[int]
    estimated_seconds: NotRequired[float]
    stages: NotRequired[list[PlannedStep]]


class StageStarted(TypedDict):
    """A worker started a step."""

    attempt: int
    revision: int
    engine: str
    kind: str
    worker: str
    device: str
    estimated_seconds: NotRequired[float]


class ProgressUpdate(StageStarted):
    """A step reports its progress."""

    stage_percent: float


class StageCompleted(ProgressUpdate):
    """A step is done; `found` says whether a stored result was reused."""

    artifact: str
    facts: dict[str, Any]
    found: bool
    seconds: float


class StageFailed(StageStarted):
    """A step failed; `retryable` says whether the job is tried again."""

    error_code: str
    user_message: str
    retryable: bool
    retry_after: float | None


# "from" is a keyword, so this type cannot be a class.
Change = TypedDict("Change", {"stage": str, "from": str, "to": str})


class PlanRevised(TypedDict):
    """The job continues under another plan; finished steps in `kept` remain valid."""

    revision: int
    attempt: int
    changes: list[Change]
    kept: list[str]
    width: int
    height: int


class FinalOutput(TypedDict):
    """The video."""

    filename: str
    bytes: int
    media_type: str
    url: str


class OfProject(TypedDict):
    """Of a project's jobs: the project, and which part this is.

    `kind` is `project` (the video), `clip` (a scene or its draft) or `analysis`.
    """

    project_id: NotRequired[str]
    kind: NotRequired[str]


class PipelineCompleted(OfProject):
    """The video is ready to download. A job that its caller runs has no `final_output`."""

    final_output: FinalOutput | None
    engines: dict[str, dict[str, Any]]
    simulated: list[str]
    written_by: str | None
    voice_match: str | None
    facts: dict[str, Any]
    consent: dict[str, dict[str, Any]]
    seconds: float


class PipelineFailed(OfProject):
    """The job failed."""

    error_code: str
    user_message: str
    stage: str | None
    scene: int | None
    engine: str | None
    attempt: int
    retry_after: float | None
    reason: NotRequired[str]


class PipelineCancelled(OfProject):
    """The job was cancelled on request."""

    attempt: int


class ConsentWithdrawn(TypedDict):
    """A person in the video has withdrawn their consent; its files can no longer be downloaded."""


class ResourceAlert(TypedDict):
    """A resource crossed a threshold, or keys of a provider are unusable; for operators only."""

    host: str
    resource: str
    level: str
    former_level: str
    percent: float
    threshold: float
    at: str
    why: NotRequired[str]
    """What is wrong with a key, or which keys are missing."""


DETAILS: Final[dict[EventType, type]] = {
    EventType.UPLOAD_SUCCESS: UploadSuccess,
    EventType.UPLOAD_EXAMINED: UploadExamined,
    EventType.PROCESSING_STARTED: ProcessingStarted,
    EventType.STAGE_STARTED: StageStarted,
    EventType.PROGRESS_UPDATE: ProgressUpdate,
    EventType.STAGE_COMPLETED: StageCompleted,
    EventType.STAGE_FAILED: StageFailed,
    EventType.PLAN_REVISED: PlanRevised,
    EventType.PIPELINE_COMPLETED: PipelineCompleted,
    EventType.PIPELINE_FAILED: PipelineFailed,
    EventType.PIPELINE_CANCELLED: PipelineCancelled,
    EventType.CONSENT_WITHDRAWN: ConsentWithdrawn,
    EventType.RESOURCE_ALERT: ResourceAlert,
}
