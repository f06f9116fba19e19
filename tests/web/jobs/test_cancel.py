"""Cancelling wherever the work is: what counts are processes, not what is said of them."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator

import psutil
import pytest

from tasks.domain.job import JobState
from tests.deployment import Deployment
from tests.services.waiting import until

ONE = "One scene only, and nobody will ever see it."


@pytest.fixture
def hanging() -> Iterator[str]:
    """The address of a provider that takes calls and never answers."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/"


def cancelled(deployment: Deployment, job_id: str) -> float:
    """Cancel a job; seconds until nothing works for it any more.

    By its working directory, or the end of the process: one that holds its interpreter's lock
    says nothing of itself.
    """
    [node] = deployment.nodes()
    before = {p.pid for p in psutil.Process(node.pid).children(recursive=True)}
    began = time.monotonic()
    deployment.request_cancel(job_id)
    until(lambda: not (at_work(deployment, job_id) and psutil.pid_exists(node.pid)), "it stops", 15)
    until(lambda: not any(psutil.pid_exists(pid) for pid in before), "no child is left", 5)
    seconds = time.monotonic() - began
    assert deployment.until_ended(job_id, 15).state == JobState.CANCELLED
    return seconds


def at_work(deployment: Deployment, job_id: str) -> bool:
    return any(deployment.settings.path("temp").glob(f"{job_id}.*"))


def stuck(deployment: Deployment, where: str) -> tuple[str, int]:
    """A job that hangs there, and the process that it hangs in."""
    deployment.start_control()
    deployment.start_workers("lite", faults=f"stuck:enhance:{where}")
    _, job_id = deployment.submit(script=ONE)
    deployment.until_running(job_id, "enhance", 60)
    until(lambda: at_work(deployment, job_id), "it works")
    return job_id, deployment.nodes()[0].pid


def test_between_frames_the_warm_process_lives(deployment: Deployment) -> None:
    job_id, pid = stuck(deployment, "frames")
    print(f"cancelled between frames within {cancelled(deployment, job_id):.2f} s")
    assert psutil.pid_exists(pid)


def test_a_child_process_is_ended_and_the_warm_process_lives(deployment: Deployment) -> None:
    job_id, pid = stuck(deployment, "child")
    until(psutil.Process(pid).children, "the child runs")
    print(f"cancelled in a child within {cancelled(deployment, job_id):.2f} s")
    assert psutil.pid_exists(pid)


@pytest.mark.slow
def test_what_does_not_listen_is_ended(deployment: Deployment) -> None:
    job_id, pid = stuck(deployment, "c")
    print(f"cancelled in a C call within {cancelled(deployment, job_id):.2f} s")
    assert not psutil.pid_exists(pid)


@pytest.mark.slow
def test_a_call_to_a_provider_is_ended(deployment: Deployment, hanging: str) -> None:
    job_id, pid = stuck(deployment, hanging)
    print(f"cancelled at a provider within {cancelled(deployment, job_id):.2f} s")
    assert not psutil.pid_exists(pid)


def test_in_the_queue_nothing_of_it_ever_runs(deployment: Deployment) -> None:
    deployment.start_control()
    deployment.start_workers("lite", faults="stuck:script:frames")
    _, first = deployment.submit(script=ONE)
    deployment.until_running(first, "script")
    _, queued = deployment.submit(script="Another one, behind it in the queue.")
    assert deployment.job(queued).published
    deployment.request_cancel(queued)
    assert deployment.until_ended(queued, 15).state == JobState.CANCELLED
    cancelled(deployment, first)
    assert all(run.started_at is None for run in deployment.runs(queued))
