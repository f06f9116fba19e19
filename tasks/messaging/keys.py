"""The names of all keys in Redis. All of its data may be wiped at any time."""

from __future__ import annotations

PREFIX = "callsheet:"

EVENT_STREAM = f"{PREFIX}ledger"
"""Stream of all events, read by the controller."""

LIVE = f"{PREFIX}live"
"""Pub/sub channel of all events, read by each web process."""

WAKE = f"{PREFIX}nudge"
"""Stream of one entry, which makes the controller read the database now."""

DECISIONS = f"{PREFIX}decisions"
"""Stream of one entry, with the id of the last event that asks the controller for a decision."""

NODES = f"{PREFIX}nodes"
"""Hash of heartbeats: node name to its description."""

RUNNING_TASKS = f"{PREFIX}doing"
"""Hash: node name to the id of the task that it runs now."""

PROCESSES = f"{PREFIX}presence"
"""Hash of heartbeats of the control plane's processes."""

ALARMS = f"{PREFIX}alarms"
"""Hash: `HOST/RESOURCE` to the level that was last reported."""

MARKER = f"{PREFIX}marker"
"""Set by the controller; if it is missing, Redis was wiped and the ids must be seeded."""

WIPED = f"{PREFIX}wiped"
"""The highest event id before Redis lost its data, for a day."""

LIVE_SIGN_INS = f"{PREFIX}live-sign-ins"
"""Sorted set: the sign-ins that streams of `live` processes depend on, and when they said so."""

ENDED_SIGN_INS = f"{PREFIX}ended-sign-ins"
"""Sorted set: sign-ins of `LIVE_SIGN_INS` that are over, and since when."""

SIGN_INS_TURN = f"{PREFIX}sign-ins-turn"
"""Set while one web process checks `LIVE_SIGN_INS`."""

SIGN_INS_CHECKED = f"{PREFIX}sign-ins-checked"
"""Set while web processes check `LIVE_SIGN_INS`."""

CIRCUITS = f"{PREFIX}outside"
"""Set of the names of external services, and prefix of the state of their circuits."""

RATES = f"{PREFIX}rates"
"""Prefix of the counters of requests (`web/http/rates.py`)."""

TRAFFIC = f"{PREFIX}traffic"
"""Prefix of each day's counts of requests, and of who asked for estimates (`web/analytics`)."""

ATTEMPTS = f"{PREFIX}attempts"
"""Prefix of the counters of attempts to log in (`web/accounts/attempts.py`)."""

MODE = f"{PREFIX}mode"
"""The mode of jobs that set none, if an operator has changed it at run time."""

CONTROL = f"{PREFIX}control"
"""Set while a leader runs, to the address of its metrics; read by `/readyz`.

Prefix of the key with the time of the leader's last completed turn
(`web/monitoring/turning.py`)."""

PROVIDER_REPORTS = f"{PREFIX}providers:reports"
"""Stream: what workers report about calls to hosted models (`tasks/messaging/provider_call.py`)."""

MODEL_SIZES = f"{PREFIX}footprints"
"""Hash: card, model and version to the measured megabytes."""


def session(session_id: str) -> str:
    """Stream of one session's events, for clients that reconnect."""
    return f"{PREFIX}session:{session_id}"


def progress(job_id: str) -> str:
    """Hash: the progress of each step of a job, their sum, and the references of emitted events."""
    return f"{PREFIX}progress:{job_id}"


def stop(job_id: str) -> str:
    """Name the key of the last attempt of a job that must stop; a missing key means run.

    It names an attempt, so a retry, which has a higher one, does not have to delete it.
    """
    return f"{PREFIX}stop:{job_id}"


def attempt(job_id: str) -> str:
    """Name the key of the current attempt; stages of older attempts are dropped."""
    return f"{PREFIX}attempt:{job_id}"


def drained(node: str) -> str:
    """Set while this worker must take no new work."""
    return f"{PREFIX}drained:{node}"


def lease(key: str) -> str:
    """Name the key of the worker that computes the artifact of this content key."""
    return f"{PREFIX}lease:{key}"


def used(key: str) -> str:
    """Set for a while after a stage has reused the result of this content key."""
    return f"{PREFIX}used:{key}"


def evicting(key: str) -> str:
    """Set while the result of this content key is being deleted."""
    return f"{PREFIX}evicting:{key}"


def step_heartbeat(task_id: str) -> str:
    """Set while a worker holds this task."""
    return f"{PREFIX}pulse:{task_id}"


def trace(job_id: str) -> str:
    """Name the key of the trace of the job's request, if there is one."""
    return f"{PREFIX}trace:{job_id}"


def engine_failures(task_id: str) -> str:
    """The workers whose engine broke on this delivery of a step, one a line."""
    return f"{PREFIX}broke:names:{task_id}"


def failed_over(task_id: str) -> str:
    """Name the key that counts how often a step was left to workers with its model loaded."""
    return f"{PREFIX}handed-on:{task_id}"


def expected_worker(node: str) -> str:
    """Set for a moment after a step was left to this worker."""
    return f"{PREFIX}expected:{node}"


def holder(task_id: str) -> str:
    """Name the key of the worker, of a node with a token, that holds or last held this task."""
    return f"{PREFIX}holder:{task_id}"


def inbox(token: str) -> str:
    """Stream of a node's requests, read by the controller."""
    return f"{PREFIX}inbox:{token}"


def answer(token: str, request_id: str) -> str:
    """List of one entry: the controller's answer to a request."""
    return f"{PREFIX}answer:{token}:{request_id}"


def gpu_memory(card_id: str) -> str:
    """Hash: worker to its use of this graphics card."""
    return f"{PREFIX}card:{card_id}"


def operator_link(digest: str) -> str:
    """Set until the sign-in link of an operator is used or expires."""
    return f"{PREFIX}operator-link:{digest}"


def operator_signed_out(sign_in: str) -> str:
    """Set after an operator has signed out, for as long as the cookie would be valid."""
    return f"{PREFIX}operator-signed-out:{sign_in}"


def sign_in_flow(digest: str) -> str:
    """Return the key that says that a sign-in with an identity provider was finished."""
    return f"{PREFIX}sign-in-flow:{digest}"


def passkey_challenge(digest: str) -> str:
    """Name the key of the purpose of a passkey challenge, until it is used or expires."""
    return f"{PREFIX}passkey-challenge:{digest}"


def ticket(digest: str) -> str:
    """Name the key of what a ticket for a live stream opens, until it is used or expires."""
    return f"{PREFIX}ticket:{digest}"


def unload_requests(node: str) -> str:
    """List of the models that this worker is asked to unload."""
    return f"{PREFIX}asked:{node}"


def examination(subject: str) -> str:
    """Name the key of the queue that a file was sent to for its examination, until the verdict."""
    return f"{PREFIX}examination:{subject}"


def provider_key(provider: str, label: str, what: str) -> str:
    """Name a key with the state of a provider's key: `starts`, `open`, `rest` or `refused`."""
    return f"{PREFIX}providers:key:{provider}:{label}:{what}"


def provider_grant(worker: str, call_id: str) -> str:
    """Name the key that says that a worker with a token was given a call to a provider."""
    return f"{PREFIX}providers:granted:{worker}:{call_id}"


def provider_alerts() -> str:
    """Hash: PROVIDER:LABEL to why this key of a provider is not used."""
    return f"{PREFIX}providers:refused-keys"
