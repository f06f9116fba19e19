"""What operators see of a live process: its metrics, its place among the targets, its limits."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
import socketio
from prometheus_client.parser import text_string_to_metric_families

from config.groups.mcp import McpSettings
from tests.services.redis_server import RedisServer
from tests.services.waiting import until
from tests.web.caller import problem
from tests.web.live.standing import LiveProcess, a_session, heard
from web.cli.local.ports import find_free_port
from web.monitoring.heartbeats import known
from web.monitoring.targets import targets

TOKEN = "of-the-metrics-of-these-tests"


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveProcess]:
    directory = tmp_path_factory.mktemp("live")
    environ = {
        "METRICS_PORT": str(find_free_port()),
        "METRICS_TOKEN": TOKEN,
        "REQUESTS_A_MINUTE": "4",
    }
    with RedisServer(directory) as server, LiveProcess(server, directory, **environ) as process:
        yield process
    assert "Traceback" not in process.log()


def metrics(address: str) -> dict[str, float]:
    answer = httpx.get(f"http://{address}/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 200
    return {
        sample.name + "".join(f" {value}" for value in sample.labels.values()): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def test_a_live_process_is_a_target_and_counts_what_it_does(live: LiveProcess) -> None:
    client = live.bus.client
    until(lambda: [p for p in known(client) if p.role == "live"], "it sends heartbeats")
    (target,) = targets(client, McpSettings())
    assert target["labels"]["part"] == "live"
    (address,) = target["targets"]
    assert httpx.get(f"http://{address}/metrics").status_code == 401

    _, name = a_session()
    with live.watching(live.link(name)) as first:
        heard(first)
        live.say(name, 0)
        heard(first)
        found = metrics(address)
        assert found["callsheet_sockets"] == found["callsheet_listeners"] == 1
        assert found["callsheet_live_sent_total"] == 1
        assert found["callsheet_live_sent_bytes_total"] > 100
        assert found["callsheet_event_seconds_count"] == 1
        assert found["callsheet_live_handshakes_total opened"] == 1
    problem(live.get(live.link(name, "job-1", expires="1000")), 401, "LINK_INVALID")
    assert metrics(address)["callsheet_live_handshakes_total refused"] == 1

    # Both kinds of handshakes have one limit.
    with socketio.SimpleClient() as other:
        other.connect(
            f"http://{live.address}", socketio_path="/live/socket.io", transports=["websocket"]
        )
        live.get(live.link(name, "job-1", expires="1000"))
        answer = live.get(live.link(name))
        problem(answer, 429, "TOO_MANY_REQUESTS")
        assert 1 <= int(answer.headers["Retry-After"]) <= 60
    problem(live.get("/live/socket.io/?EIO=4&transport=polling"), 429, "TOO_MANY_REQUESTS")
    assert metrics(address)["callsheet_live_handshakes_total limited"] == 2
