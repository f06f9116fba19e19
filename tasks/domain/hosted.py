"""Clips by hosted video models: what a provider is asked for, and what it reports (pure).

One `provider_calls` row of the database is one purchase. A message asks a worker for one verb of
it; the worker answers with a `Report`, which the controller applies. Both are repeated until they
arrive, so each of them is safe to repeat.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from tasks.domain import wire
from tasks.domain.artifact import Blob, content_key
from tasks.domain.wire import Malformed

STAGE: Final = "clip"
"""The only step of a job that is one clip."""
PART: Final = "final.mp4"
STREAM: Final = "stream.ts"
"""The part with a project's clip as a segment of an HLS playlist."""
SOURCE: Final = "source.mp4"
"""The part with the file as its provider has sent it, if that carries a statement of its own."""
LARGEST_FILE: Final = 500 * 1000 * 1000
"""Bytes of the largest file that is fetched from a provider."""
LOCAL: Final = "local"
"""The provider of the models that workers run themselves."""
LOCAL_WIRE: Final = "local"
"""The wire of models that workers run themselves: nothing is sent anywhere, or paid for."""
SHORT_SIDES: Final = {"360p": 360, "480p": 480, "720p": 720, "1080p": 1080, "4k": 2160}
"""Pixels of the shorter side of each resolution."""
_ID: Final = re.compile(r"[\w-]{1,64}")


class Verb(StrEnum):
    """What a worker does for a call."""

    SUBMIT = "submit"
    POLL = "poll"
    FETCH = "fetch"
    CANCEL = "cancel"
    RENDER = "render"
    """Make the clip here, with a local model."""
    FINISH = "finish"
    """Scan, label and sign a clip, wherever it comes from."""


class Outcome(StrEnum):
    """What a report says."""

    SUBMITTED = "submitted"
    """The provider has the task; its id is known."""
    BUSY = "busy"
    """No key has room; nothing was sent."""
    REFUSED = "refused"
    """The provider made nothing of it."""
    UNKNOWN = "unknown"
    """It may have been bought: the answer was lost, and no look-up found it."""
    WAITING = "waiting"
    RUNNING = "running"
    READY = "ready"
    """The provider has finished; the files can be fetched."""
    FAILED = "failed"
    GONE = "gone"
    """The provider does not know the task any more."""
    UNREACHED = "unreached"
    """The provider did not answer a question that can be repeated."""
    FETCHED = "fetched"
    FINISHED = "finished"
    DAMAGED = "damaged"
    """What was fetched is not the video that was ordered."""
    CANCELLED = "cancelled"


class Cause(StrEnum):
    """The class of a failure, which decides what follows."""

    MODERATION = "moderation"
    """The provider's moderation refused the request or the result."""
    INPUT = "input"
    """The request is not valid for this model."""
    KEY = "key"
    """A key is not valid, or its account has no credit left."""
    LIMIT = "limit"
    """Too many requests."""
    SERVER = "server"
    """The provider failed."""
    LOST = "lost"
    """The task or its file is gone, or it makes no progress."""
    DAMAGED = "damaged"
    MARKED = "marked"
    """The clip shows a logo or watermark of the provider, which nothing here removes."""
    UNKNOWN = "unknown"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Remote:
    """A model of a provider, and how to reach it."""

    provider: str
    wire: str
    """The format of its requests (`gpu_worker/providers/wires`)."""
    base_url: str
    model: str
    """The provider's own name of the model."""
    hosts: tuple[str, ...] = ()
    """Where its files may lie beside `base_url`: `name.example` or `*.example`."""
    a_minute: int = 0
    """New tasks a minute with one key; 0: no limit is known."""
    at_once: int = 0
    """Open tasks with one key; 0: no limit is known."""


@dataclass(frozen=True, slots=True)
class ClipOrder:
    """What the clip should be."""

    prompt: str
    seconds: float
    ratio: str
    resolution: str = ""
    negative_prompt: str = ""
    seed: int | None = None
    audio: bool = False
    first_frame: Blob | None = None
    last_frame: Blob | None = None
    label: bool = False
    """Whether a visible label says that the clip is AI-generated."""
    draft_task: str = ""
    """The provider's task of the approved draft of this clip, and the label of its key."""
    draft_key: str = ""
    speech: str = ""
    """What the person in the first frame says to the camera; empty: nothing."""
    speech_language: str = ""
    speech_voice: str = ""
    """The id of a voice; empty: that of the language."""


SPEECH: Final = ("speech", "speech_language", "speech_voice")
"""The fields of an order that only clips of people who speak have."""


@dataclass(frozen=True, slots=True)
class Purchase:
    """A task to create at a provider; `attempt` rises when one was certainly not created."""

    call_id: str
    job_id: str
    attempt: int
    remote: Remote
    order: ClipOrder
    since: float = 0.0
    """When it was first asked for (seconds of the epoch): a look-up finds nothing older."""
    withdrawn: bool = False
    """Whether its job has ended; if so, only its outcome is determined."""
    known_tasks: tuple[str, ...] = ()
    """Tasks of other calls, which a look-up must not take for this one."""

    def __post_init__(self) -> None:
        _require_ids(self.call_id, self.job_id)
        if not 0 < self.attempt < 1000:
            raise Malformed("attempt is out of range")


@dataclass(frozen=True, slots=True)
class Task:
    """A task that a provider has."""

    call_id: str
    job_id: str
    remote: Remote
    task_id: str
    key: str
    """The label of the key that created it: only that one may ask for it."""
    order: ClipOrder
    urls: tuple[str, ...] = ()
    model_id: str = ""
    """The id of the model in the registry."""
    artifact: str = ""
    """The content key of the clip that is to be finished."""
    job_attempt: int = 1
    """The attempt of the job: a stop of an earlier one does not count."""
    salt: str = ""
    """The owner's salt, which is part of the content key of a clip that is made here."""
    unmarked: bool = False
    """Whether a clip with a foreign logo or watermark is refused."""

    def __post_init__(self) -> None:
        _require_ids(self.call_id, self.job_id)


@dataclass(frozen=True, slots=True)
class Report:
    """What a worker reports about a call."""

    call_id: str
    outcome: str
    attempt: int = 0
    """The attempt of a submit that it belongs to."""
    task_id: str = ""
    key: str = ""
    cause: str = ""
    message: str = ""
    """For users; without secrets."""
    retry_after: float | None = None
    """Seconds until it is worth asking again."""
    progress: float | None = None
    """From 0 to 1, as told by the provider."""
    place: int | None = None
    """The place in the provider's queue, where it tells."""
    throttled: bool = False
    """Whether the provider delays the task because of a limit."""
    urls: tuple[str, ...] = ()
    manifest: dict[str, Any] | None = None
    """The provider's last answer, without secrets."""
    artifact: str = ""
    facts: dict[str, Any] | None = None
    cost: float | None = None
    """US dollars, as told by the provider."""
    seconds: float = 0.0
    worker: str = ""

    @classmethod
    def from_json(cls, text: str) -> Report:
        """Parse the report of a worker; raise `Malformed`."""
        report = wire.build(cls, wire.parse(text))
        _require_ids(report.call_id)
        if report.outcome not in set(Outcome) or report.cause not in {"", *Cause}:
            raise Malformed("the outcome or cause of a report is unknown")
        if max(len(report.task_id), len(report.key), len(report.artifact)) > 400:
            raise Malformed("a name in a report is too long")
        return report


def artifact_key(task: Task) -> str:
    """Return the content key of a call's clip: each purchase has its own."""
    engine = {"name": f"{task.remote.provider}/{task.remote.model}"}
    return content_key(STAGE, engine, {"call": task.call_id, "task": task.task_id}, None, {})


def frame_size(ratio: str, resolution: str) -> tuple[int, int]:
    """Return the size of a clip in pixels; both sides are even.

    >>> frame_size("9:16", "720p"), frame_size("21:9", "1080p"), frame_size("1:1", "")
    ((720, 1280), (2520, 1080), (720, 720))
    """
    width, height = (int(side) for side in ratio.split(":"))
    short = SHORT_SIDES.get(resolution, SHORT_SIDES["720p"])
    scale = short / min(width, height)
    return 2 * round(width * scale / 2), 2 * round(height * scale / 2)


def _require_ids(*ids: str) -> None:
    if not all(map(_ID.fullmatch, ids)):
        raise Malformed("not the id of a call or a job")
