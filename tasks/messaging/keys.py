"""The names of everything we keep in Redis. All of it may be wiped at any time."""

from __future__ import annotations

PREFIX = "callsheet:"

EVENT_STREAM = f"{PREFIX}ledger"
"""Stream of all events, read by control."""

LIVE = f"{PREFIX}live"
"""Pub/sub channel of all events, heard by each web process."""

WAKE = f"{PREFIX}nudge"
"""Stream of one entry: "look into the database now", read by control."""

NODES = f"{PREFIX}nodes"
"""Hash of heartbeats: node name to what it says of itself."""

RUNNING_TASKS = f"{PREFIX}doing"
"""Hash: node name to the id of the task that it runs now."""

PROCESSES = f"{PREFIX}presence"
"""Hash of heartbeats of the control plane's processes."""

ALARMS = f"{PREFIX}alarms"
"""Hash: `HOST/RESOURCE` to the level that was last told of."""

MARKER = f"{PREFIX}marker"
"""Set by control; when it is gone, so is everything else, and the ids must be seeded."""

CIRCUITS = f"{PREFIX}outside"
"""Set of the names of outside services; the state of each circuit lies under it."""

RATES = f"{PREFIX}rates"
"""Prefix of the counters of requests (`web/http/rates.py`)."""

MODE = f"{PREFIX}mode"
"""The mode of jobs that do not say, where an operator has chosen another than the setting."""

CONTROL = f"{PREFIX}control"
"""There while a leader is at work, and says where it answers scrapes; `/readyz` looks.

Under it lies when the leader last completed a turn (`web/monitoring/turning.py`)."""

MODEL_SIZES = f"{PREFIX}footprints"
"""Hash: card, model and its version to the megabytes that it was measured to take."""


def session(session_id: str) -> str:
    """Stream of one session's events, for clients that come back."""
    return f"{PREFIX}session:{session_id}"


def progress(job_id: str) -> str:
    """Hash: how far each step of a job is, the sum, and the references of what was said of it."""
    return f"{PREFIX}progress:{job_id}"


def stop(job_id: str) -> str:
    """The last attempt of a job that must not go on; an absent key means run.

    It names an attempt so that it need not be taken back: a retry has a higher one.
    """
    return f"{PREFIX}stop:{job_id}"


def attempt(job_id: str) -> str:
    """The attempt that counts; stages of an older one drop themselves."""
    return f"{PREFIX}attempt:{job_id}"


def drained(node: str) -> str:
    """There while this worker shall take nothing new."""
    return f"{PREFIX}drained:{node}"


def lease(key: str) -> str:
    """Who computes the artifact of this content key now."""
    return f"{PREFIX}lease:{key}"


def used(key: str) -> str:
    """There for a while after a stage has found the result of this content key."""
    return f"{PREFIX}used:{key}"


def evicting(key: str) -> str:
    """There while the result of this content key is being deleted."""
    return f"{PREFIX}evicting:{key}"


def step_heartbeat(task_id: str) -> str:
    """There while a worker holds this task."""
    return f"{PREFIX}pulse:{task_id}"


def trace(job_id: str) -> str:
    """The trace that the job's request began, where there is one."""
    return f"{PREFIX}trace:{job_id}"


def engine_failures(task_id: str) -> str:
    """Set of the workers whose engine broke on this delivery of a step."""
    return f"{PREFIX}broke:{task_id}"


def failed_over(task_id: str) -> str:
    """How often a step was left to workers that have its model loaded."""
    return f"{PREFIX}handed-on:{task_id}"


def expected_worker(node: str) -> str:
    """There for a moment after a step was left to this worker."""
    return f"{PREFIX}expected:{node}"


def holder(task_id: str) -> str:
    """Which worker of a node with a token holds this task, or held it last."""
    return f"{PREFIX}holder:{task_id}"


def inbox(token: str) -> str:
    """Stream of a node's requests, read by the controller."""
    return f"{PREFIX}inbox:{token}"


def answer(token: str, request_id: str) -> str:
    """List of one entry: the controller's answer to a request."""
    return f"{PREFIX}answer:{token}:{request_id}"


def gpu_memory(card_id: str) -> str:
    """Hash: which worker holds what of this graphics card."""
    return f"{PREFIX}card:{card_id}"


def operator_link(digest: str) -> str:
    """There until the link that signs an operator's browser in is used or expires."""
    return f"{PREFIX}operator-link:{digest}"


def operator_signed_out(sign_in: str) -> str:
    """There for as long as the cookie of an operator who has signed out would be valid."""
    return f"{PREFIX}operator-signed-out:{sign_in}"


def unload_requests(node: str) -> str:
    """List of the models that this worker shall unload."""
    return f"{PREFIX}asked:{node}"
