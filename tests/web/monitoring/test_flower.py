"""The real Flower: workers by environment, their queues, and a task by its readable id."""

from __future__ import annotations

import signal
import time
from typing import Any

import httpx

from config.secret_files import FLOWER_PASSWORD, read_secret
from tests.deployment import Deployment
from tests.services.waiting import until
from web.cli.local.ports import find_free_port
from web.monitoring.heartbeats import FLOWER, known

AUTH = ("operator", "knows")


def test_flower_shows_workers_queues_and_tasks(deployment: Deployment) -> None:
    port = find_free_port()
    deployment.start(
        "flower",
        *("celery", "--quiet", "-A", "web.flower_app", "flower"),
        FLOWER_PORT=str(port),
        FLOWER_ADDRESS="127.0.0.1",
        FLOWER_BASIC_AUTH=":".join(AUTH),
    )
    address = f"http://127.0.0.1:{port}"
    with httpx.Client(base_url=address, auth=AUTH, timeout=20) as flower:
        until(lambda: _answers(flower), "flower answers", 60)
        deployment.start_control()
        deployment.start_workers("lite", "media")
        workers = until(lambda: _workers(flower), "flower knows both workers", 30)
        assert sorted(name.partition("@")[0] for name in workers) == ["lite", "media"]
        queues = {
            name.partition("@")[0]: {queue["name"] for queue in worker["active_queues"]}
            for name, worker in workers.items()
        }
        assert queues["media"] == {"media"}
        assert {"lite", "xtts", "media"} <= queues["lite"]

        task = until(
            lambda: _shown(deployment, flower), "flower has asked the workers for events", 60
        )
        assert (task["name"], task["state"]) == ("stage.voice", "SUCCESS")
        assert task["uuid"].partition(".")[0] in task["args"]
        assert 'task="stage.voice"' in flower.get("/metrics").text
    assert _in_list(deployment)
    for path in ("/", "/metrics", "/healthcheck", "/api/workers", "/api/tasks", "/tasks"):
        assert httpx.get(f"{address}{path}").status_code == 401, path
    deployment.kill("flower", signal.SIGTERM)
    assert not _in_list(deployment), "one that was stopped is not missed"


def test_flower_started_by_itself_has_a_password(deployment: Deployment) -> None:
    port = find_free_port()
    deployment.start(
        "flower",
        *("celery", "--quiet", "-A", "web.flower_app", "flower"),
        FLOWER_PORT=str(port),
        FLOWER_BASIC_AUTH="",
    )
    address = f"http://127.0.0.1:{port}"
    made = until(
        lambda: read_secret(deployment.settings.state, FLOWER_PASSWORD) or None, "it is made", 60
    )
    with httpx.Client(base_url=address, auth=("callsheet", made), timeout=20) as flower:
        until(lambda: _answers(flower, "/healthcheck"), "flower answers", 60)
    assert httpx.get(address).status_code == 401
    listening = deployment.process("flower").net_connections("tcp")
    ours = {c.laddr.ip for c in listening if c.laddr.port == port and not c.raddr}
    assert ours == {"127.0.0.1"}


def _in_list(deployment: Deployment) -> bool:
    return any(process.role == FLOWER for process in known(deployment.services.redis))


def _answers(flower: httpx.Client, path: str = "/") -> bool:
    try:
        return flower.get(path).status_code == 200
    except httpx.TransportError:
        return False


def _workers(flower: httpx.Client) -> dict[str, Any] | None:
    found: dict[str, Any] = flower.get("/api/workers", params={"refresh": "1"}).json()
    known = len(found) == 2 and all("active_queues" in worker for worker in found.values())
    return found if known else None


def _shown(deployment: Deployment, flower: httpx.Client) -> dict[str, Any] | None:
    """Return a task of a job that ran just now, once Flower has seen all its events.

    One that ran before Flower asked for events is never shown; one that was received before
    has a state and no name.
    """
    # Another text each time: what was spoken before is not spoken again.
    _, job_id = deployment.submit(script=f"Hello. It is {time.monotonic():.3f}.")
    assert deployment.until_ended(job_id).state == "succeeded"
    for _ in range(20):
        task = _task(flower, f"{job_id}.1.voice.0")
        if task is not None and task["state"] == "SUCCESS" and task["name"]:
            return task
        time.sleep(0.1)
    return None


def _task(flower: httpx.Client, task_id: str) -> dict[str, Any] | None:
    answer = flower.get(f"/api/task/info/{task_id}")
    return dict(answer.json()) if answer.status_code == 200 else None
