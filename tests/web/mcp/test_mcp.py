"""Agents with the official client, over HTTP, before a whole system that charges for videos."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx
import httpx2
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp_types import CallToolResult

from config.groups.mcp import McpSettings
from config.settings import Settings
from tasks.telemetry.metrics_server import metrics_token
from tests.deployment import ROOT, Deployment, small_picture
from tests.services.redis_server import RedisServer
from tests.services.waiting import until
from web.accounts import api_keys
from web.accounts.api_keys import Wanted
from web.accounts.models import Org, User, owner_of
from web.audit.log import COMMAND_LINE
from web.billing import budgets, grants
from web.billing.grants import Change
from web.cli.local.ports import find_free_port
from web.db.columns import now
from web.db.engine import writing

CREDITS = 100 * 1_000_000
SCRIPT = "Hello there."


@dataclass(frozen=True)
class Place:
    """A system with its MCP server, and what one person has there."""

    deployment: Deployment
    api: str
    url: str
    key: str
    face: str

    def key_of(self, user: str, *scopes: str) -> api_keys.Shown:
        with self.deployment.app.app_context():
            wanted = Wanted("agent", scopes or api_keys.SCOPES)
            return api_keys.create(self.deployment.services, COMMAND_LINE, user, wanted)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    directory = tmp_path_factory.mktemp("agents")
    port = find_free_port()
    extra = {"BILLING": "on", "MCP": "on", "MCP_PORT": str(port), "AUTH": "required"}
    with (
        RedisServer(directory) as redis_server,
        Deployment(directory, redis_server, DEFAULT_MODE="simulation", **extra) as deployment,
    ):
        for user in ("ada", "eve"):
            add_user(deployment, user)
        deployment.start_control()
        api = deployment.start_web()
        deployment.start_workers("lite")
        deployment.start("mcp", "web.mcp", MCP_API_URL=api)
        url = f"http://127.0.0.1:{port}/mcp"
        until(lambda: answers(url), "the MCP server answers", 60)
        place = Place(deployment, api, url, "", "")
        key = place.key_of("ada").text
        yield Place(deployment, api, url, key, upload(api, key))


def add_user(deployment: Deployment, user: str) -> None:
    with deployment.app.app_context():
        with writing() as db:
            org = Org(name="Personal")
            db.add(org)
            db.flush()
            db.add(User(id=user, email=f"{user}@example.com", org_id=org.id, verified_at=now()))
        grants.grant(COMMAND_LINE, owner_of(user), Change(CREDITS, reference=user))


def answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2).status_code == 405
    except httpx.TransportError:
        return False


def upload(api: str, key: str) -> str:
    with httpx.Client(base_url=api, headers={"X-API-Key": key}, timeout=60) as http:
        session_id = http.post("/session/create", json={}).json()["session_id"]
        sent = {"data": {"session_id": session_id}, "files": {"file": ("me.png", small_picture())}}
        answer = http.post("/upload/face", **sent)  # type: ignore[arg-type]
        assert answer.status_code == 201, answer.text
        return str(answer.json()["upload_id"])


@asynccontextmanager
async def agent(url: str, key: str) -> AsyncIterator[Client]:
    headers = {"Authorization": f"Bearer {key}"}
    async with (
        httpx2.AsyncClient(headers=headers, timeout=60) as http,
        Client(streamable_http_client(url, http_client=http)) as client,
    ):
        yield client


PAGE = (ROOT / "docs" / "agents.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    """The block of the page that agents' developers read."""
    _, text = PAGE.split(f"```{language}\n")
    return text.partition("```")[0]


R = TypeVar("R")


def as_agent(url: str, key: str, work: Callable[[Client], Awaitable[R]]) -> R:
    async def run() -> R:
        async with agent(url, key) as client:
            return await work(client)

    return asyncio.run(run())


async def called(client: Client, tool: str, **given: Any) -> dict[str, Any]:
    """What a tool answers, which must be no error; text and structure say the same."""
    result = await client.call_tool(tool, given)
    assert isinstance(result, CallToolResult)
    assert not result.is_error, result.content
    found: dict[str, Any] = result.structured_content
    assert json.loads(result.content[0].text) == found  # type: ignore[union-attr]
    return found


async def refused(client: Client, tool: str, **given: Any) -> dict[str, Any]:
    result = await client.call_tool(tool, given)
    assert result.is_error, result.structured_content
    problem: dict[str, Any] = result.structured_content
    assert problem["user_message"]
    assert "Traceback" not in str(problem)
    return problem


async def ended(client: Client, job_id: str) -> dict[str, Any]:
    """Ask as often as the answers say, though not as slowly."""
    while True:
        job = await called(client, "status", job_id=job_id)
        if job["poll_after_seconds"] is None:
            return job
        await asyncio.sleep(0.2)


def test_there_are_six_tools_that_say_what_they_do(place: Place) -> None:
    tools = as_agent(place.url, place.key, lambda client: client.list_tools()).tools
    names = ["capabilities", "plan", "estimate", "start", "status", "cancel"]
    assert [tool.name for tool in tools] == names
    for tool in tools:
        assert tool.title
        assert tool.description
        assert tool.annotations is not None
        assert tool.annotations.read_only_hint == (tool.name not in ("start", "cancel"))
        assert tool.input_schema["additionalProperties"] is False
        assert "$ref" not in json.dumps(tool.input_schema)
    start = tools[3].input_schema
    assert start["required"] == ["quote_id"]
    assert start["properties"]["aspect_ratio"]["enum"] == ["9:16", "16:9", "1:1"]


def test_an_agent_makes_a_video(place: Place) -> None:
    async def work(client: Client) -> None:
        able = await called(client, "capabilities")
        assert able["current_mode"] == "simulation"
        assert place.face in [upload["upload_id"] for upload in able["uploads"]]
        assert able["voices"]
        planned = (await called(client, "plan", script=SCRIPT))["plan"]
        assert [scene["text"] for scene in planned["scenes"]] == [SCRIPT]
        assert {step["stage"] for step in planned["steps"]} >= {"voice", "animate", "assemble"}
        quote = await called(client, "estimate", script=SCRIPT)
        assert quote["quote_id"]
        assert quote["p90"] >= quote["p50"] >= 0
        wanted = {"script": SCRIPT, "face_upload_id": place.face, "quote_id": quote["quote_id"]}
        started = await called(client, "start", **wanted)
        again = await called(client, "start", **wanted)
        assert again["job_id"] == started["job_id"]
        job = await ended(client, started["job_id"])
        assert job["state"] == "succeeded", job
        assert job["progress_percent"] == 100
        video = httpx.get(job["video"]["url"], timeout=30)  # without a key
        assert (video.status_code, len(video.content)) == (200, job["video"]["bytes"])

    as_agent(place.url, place.key, work)


def test_a_start_carries_a_quote_of_the_same_job(place: Place) -> None:
    async def work(client: Client) -> None:
        wanted = {"script": SCRIPT, "face_upload_id": place.face}
        missing = await refused(client, "start", **wanted)
        assert missing["errors"][0]["field"] == "quote_id"
        for empty in ("", None, 7):
            found = await refused(client, "start", **wanted, quote_id=empty)
            assert found["error_code"] == "VALIDATION_FAILED"
        unknown = await refused(client, "start", **wanted, quote_id="none")
        assert unknown["error_code"] == "QUOTE_NOT_FOUND"
        quote = (await called(client, "estimate", script="Something else."))["quote_id"]
        other = await refused(client, "start", **wanted, quote_id=quote)
        assert other["error_code"] == "QUOTE_MISMATCH"
        no_face = await refused(client, "start", script=SCRIPT, quote_id=quote)
        assert no_face["errors"][0]["field"] == "face_upload_id"

    as_agent(place.url, place.key, work)


def test_a_start_stays_within_the_budget_of_its_key(place: Place) -> None:
    key = place.key_of("ada")
    with place.deployment.app.app_context():
        budgets.put(COMMAND_LINE, "ada", key.row.id, "day", 1)

    async def work(client: Client) -> None:
        script = "It costs something. " * 20
        wanted = {"script": script, "mode": "auto"}
        quote = await called(client, "estimate", **wanted)
        assert quote["p90"] > 0
        wanted |= {"face_upload_id": place.face, "quote_id": quote["quote_id"]}
        assert (await refused(client, "start", **wanted))["error_code"] == "BUDGET_REACHED"

    as_agent(place.url, key.text, work)


@pytest.mark.slow
def test_the_program_of_the_page_makes_a_video(place: Place) -> None:
    names: dict[str, Any] = {}
    exec(block("python"), names)
    job = asyncio.run(names["make"](place.url, place.key, place.face, "The page says hello."))
    assert job["state"] == "succeeded", job
    [server] = json.loads(block("json"))["mcpServers"].values()
    assert (server["type"], server["url"]) == ("http", "http://127.0.0.1:5001/mcp")


@pytest.mark.slow
def test_an_agent_cancels_a_job(place: Place) -> None:
    async def work(client: Client) -> None:
        script = "One of many scenes that take their time. " * 20
        quote = await called(client, "estimate", script=script)
        wanted = {"script": script, "face_upload_id": place.face, "quote_id": quote["quote_id"]}
        job_id = (await called(client, "start", **wanted))["job_id"]
        await called(client, "cancel", job_id=job_id)
        assert (await ended(client, job_id))["state"] == "cancelled"

    as_agent(place.url, place.key, work)


def test_agents_find_only_what_belongs_to_the_owner_of_their_key(place: Place) -> None:
    async def mine(client: Client) -> str:
        quote = await called(client, "estimate", script=SCRIPT)
        wanted = {"script": SCRIPT, "face_upload_id": place.face, "quote_id": quote["quote_id"]}
        return str((await called(client, "start", **wanted))["job_id"])

    job_id = as_agent(place.url, place.key, mine)

    async def others(client: Client) -> None:
        for tool in ("status", "cancel"):
            found = await refused(client, tool, job_id=job_id)
            assert found["error_code"] == "JOB_NOT_FOUND"
        quote = await called(client, "estimate", script=SCRIPT)
        wanted = {"script": SCRIPT, "face_upload_id": place.face, "quote_id": quote["quote_id"]}
        assert (await refused(client, "start", **wanted))["error_code"] == "UPLOAD_NOT_ACCEPTED"
        assert (await called(client, "capabilities"))["uploads"] == []

    as_agent(place.url, place.key_of("eve").text, others)


def test_a_key_needs_the_scopes_of_what_it_calls(place: Place) -> None:
    async def work(client: Client) -> None:
        quote = await called(client, "estimate", script=SCRIPT)
        wanted = {"script": SCRIPT, "face_upload_id": place.face, "quote_id": quote["quote_id"]}
        assert (await refused(client, "start", **wanted))["error_code"] == "SCOPE_MISSING"

    as_agent(place.url, place.key_of("ada", "jobs:read").text, work)


@pytest.mark.slow
def test_ids_lead_nowhere_else(place: Place) -> None:
    texts = ("../keys", "..", "a/b", "x" * 65, "", "%2e%2e", "a?b=c")

    async def work(client: Client) -> None:
        for job_id in (*texts, None, 7, ["a"], {"a": 1}):
            found = await refused(client, "cancel", job_id=job_id)
            assert found["error_code"] == "VALIDATION_FAILED"

    as_agent(place.url, place.key, work)


@pytest.mark.slow
def test_hostile_arguments_are_refused_and_change_nothing(place: Place) -> None:
    async def work(client: Client) -> None:
        for given in (
            {"script": "x" * 100_000},
            {"script": {"a": [1]}},
            {"script": SCRIPT, "topic": "and one too many"},
            {"script": SCRIPT, "__proto__": {}},
            {"script": SCRIPT, "height": "1e9"},
            {"script": "\u0000"},
            {"script": SCRIPT, "engines": {"voice": "../../etc/passwd"}, "mode": "production"},
            {},
        ):
            for tool in ("plan", "estimate"):
                result = await client.call_tool(tool, given)
                text = str(result.structured_content)
                assert result.is_error or result.structured_content["missing"], text[:500]
                assert len(text) < 5000
        assert (await refused(client, "status"))["errors"][0]["field"] == "job_id"
        assert (await called(client, "capabilities"))["current_mode"] == "simulation"

    as_agent(place.url, place.key, work)


def test_requests_without_a_valid_key_are_refused(place: Place) -> None:
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    typed = {"Accept": "application/json, text/event-stream"}
    wrong = place.key[:-1] + ("a" if place.key[-1] != "a" else "b")
    revoked = place.key_of("ada")
    with place.deployment.app.app_context():
        api_keys.revoke(COMMAND_LINE, "ada", revoked.row.id)
    for headers in (
        {},
        {"Authorization": "Bearer"},
        {"Authorization": f"Basic {place.key}"},
        {"X-API-Key": wrong},
        {"X-API-Key": "cs_live_"},
        {"X-API-Key": revoked.text},
        place.deployment.operator,
    ):
        answer = httpx.post(place.url, json=body, headers=headers | typed)
        assert answer.status_code == 401, headers
        assert answer.json()["error_code"] == "API_KEY_INVALID"
        assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_prometheus_finds_it_and_reads_its_metrics_with_the_token(place: Place) -> None:
    monitor = {"Authorization": f"Bearer {metrics_token(place.deployment.settings)}"}
    listed = httpx.get(f"{place.api}/metrics/targets", headers=monitor).json()
    (address,) = next(one["targets"] for one in listed if one["labels"]["part"] == "mcp")
    url = f"http://{address}/metrics"
    assert httpx.get(url).status_code == 401
    assert httpx.get(url, headers=monitor | {"Authorization": "Bearer no"}).status_code == 401
    assert httpx.post(url, headers=monitor).status_code == 405
    assert "callsheet_build_info{" in httpx.get(url, headers=monitor).text


def test_probes_need_no_key_and_start_nothing(place: Place) -> None:
    url = f"http://{place.deployment.settings.mcp.address}/healthz"
    answer = httpx.get(url)
    assert (answer.status_code, answer.text) == (200, "ok\n")
    assert httpx.post(url).status_code == 405


@pytest.mark.parametrize(
    ("settings", "address"),
    [
        (McpSettings(), "127.0.0.1:5001"),
        (McpSettings(host="0.0.0.0", port=6000), "127.0.0.1:6000"),
        (McpSettings(host="::"), "[::1]:5001"),
        (McpSettings(host="0.0.0.0", url="http://mcp:5001/"), "mcp:5001"),
    ],
)
def test_its_address_is_what_others_reach(settings: McpSettings, address: str) -> None:
    assert settings.address == address


@pytest.mark.slow
def test_only_small_posts_of_this_host_are_served(place: Place) -> None:
    key = {"X-API-Key": place.key, "Accept": "application/json, text/event-stream"}
    assert httpx.get(place.url, headers=key).status_code == 405
    assert httpx.delete(place.url, headers=key).status_code == 405
    large = httpx.post(place.url, content=b" " * 300_000, headers=key)
    assert large.status_code in (400, 413)
    typed = key | {"Content-Type": "application/json"}
    for content in (b"", b"{", b"[]", b"null", b"\xff", b'{"jsonrpc": "2.0"}', b"[" * 10_000):
        answer = httpx.post(place.url, content=content, headers=typed)
        assert 400 <= answer.status_code < 500, content[:20]
    surrogate = {"name": "plan", "arguments": {"script": "\\ud83d", "\\ud83d": 1}}
    call = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": surrogate})
    answer = httpx.post(place.url, content=call.replace("\\\\", "\\"), headers=typed)
    assert answer.status_code < 500
    rebound = httpx.post(place.url, json={}, headers=key | {"Host": "evil.example"})
    assert rebound.status_code == 421
    page = httpx.post(place.url, json={}, headers=key | {"Origin": "https://evil.example"})
    assert page.status_code == 403


@pytest.mark.slow
def test_the_server_listens_on_this_machine_only(place: Place) -> None:
    assert Settings().mcp.host == "127.0.0.1"
    assert not Settings().mcp.is_on
