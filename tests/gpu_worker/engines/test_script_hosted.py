"""The writers that ask a language model, against servers of our own that speak their protocols."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from config import settings
from gpu_worker.engine import Engine, Inputs
from gpu_worker.engines.script import gemini, openai_chat
from gpu_worker.engines.script.commission import scenes_of
from gpu_worker.models.registry import Registry
from tasks.domain.errors import Cancelled, EngineBroken, ProviderUnavailable, ScriptRefused
from tasks.domain.screenplay import Screenplay
from tests.gpu_worker.engines.conformance import CHECKS, Case, MakeInputs
from tests.gpu_worker.engines.workbench import Workbench
from tests.services.http_server import Answer, Asked, Server, serving

KEY, SPARE = "first-secret-key", "second-secret-key"
LINES = ("Bees dance to tell the way.", "They measure by the sun.", "Now you know it too.")


def gemini_says(text: str, reason: str = "STOP") -> Answer:
    content = {"role": "model", "parts": [{"text": text}]}
    return Answer.of({"candidates": [{"content": content, "finishReason": reason}]})


def chat_says(text: str | None, reason: str = "stop", refusal: str | None = None) -> Answer:
    message = {"role": "assistant", "content": text, "refusal": refusal}
    choice = {"index": 0, "message": message, "finish_reason": reason}
    whole = {"id": "1", "object": "chat.completion", "created": 1, "model": "m"}
    return Answer.of(whole | {"choices": [choice]})


SAYS: dict[str, Callable[..., Answer]] = {"gemini": gemini_says, "openai_chat": chat_says}
ENGINES: dict[str, type[Engine]] = {"gemini": gemini.ENGINE, "openai_chat": openai_chat.ENGINE}


def scenes(*texts: str) -> str:
    return json.dumps({"scenes": [{"text": text} for text in texts]})


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    with serving() as served:
        monkeypatch.setenv("GEMINI_API_KEY", f"{KEY}, {SPARE}")
        monkeypatch.setenv("GEMINI_BASE_URL", served.url)
        monkeypatch.setenv("OPENAI_API_KEY", f"{KEY},{SPARE}")
        monkeypatch.setenv("OPENAI_BASE_URL", f"{served.url}/v1")
        monkeypatch.setenv("OPENAI_MODEL", "little-writer")
        settings.current.cache_clear()
        yield served
    settings.current.cache_clear()


@pytest.fixture(autouse=True)
def _no_shared_circuit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its state is in Redis, where there is one: not for these tests to trip."""
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:9/0")


@pytest.fixture(params=["gemini", "openai_chat"])
def name(request: pytest.FixtureRequest, server: Server) -> str:
    server.answer = lambda _asked: SAYS[request.param](scenes(*LINES))
    return str(request.param)


def asked(**params: Any) -> MakeInputs:
    return lambda _folder: Inputs({"language": "en", "scenes": 3, **params}, seed=11)


def write(name: str, folder: Path, **params: Any) -> Screenplay:
    engine = ENGINES[name]()
    engine.load()
    try:
        output = engine.run(asked(**{"topic": "Bees"} | params)(folder), Workbench(folder))
    finally:
        engine.close()
    return Screenplay.from_json(output.parts["screenplay.json"].read_text())


def key_of(one: Asked) -> str:
    return one.headers.get("x-goog-api-key") or one.headers["authorization"].removeprefix("Bearer ")


@pytest.mark.parametrize("check", CHECKS)
def test_conformance(check: Any, name: str, tmp_path: Path) -> None:
    refused = {"SCRIPT_REFUSED": asked(topic="..."), "SCRIPT_REFUSED:none": asked()}
    check(Case(ENGINES[name], asked(topic="Bees"), refused), tmp_path)


def test_a_topic_becomes_the_scenes_of_the_plan(name: str, server: Server, tmp_path: Path) -> None:
    play = write(name, tmp_path, tone="warm and curious", language="de")
    assert [scene.text for scene in play.scenes] == list(LINES)
    assert play.written_by in ("gemini-flash-latest", "little-writer")
    body = server.asked[0].body.decode()
    assert "exactly 3 scenes" in body
    assert "warm and curious" in body
    assert "'de'" in body
    assert "Topic: Bees" in body
    assert "11" in body
    assert "additionalProperties" in body


@pytest.mark.parametrize(
    "sent",
    [
        LINES[:1],
        (*LINES, *LINES),
        (" ".join(LINES * 9),),
        (*LINES[:2], "word " * 120),
    ],
    ids=["few", "many", "one long", "one too long"],
)
@pytest.mark.parametrize("count", [1, 2, 3, 7])
def test_an_answer_with_another_number_of_scenes_is_split_again(
    sent: tuple[str, ...], count: int
) -> None:
    fitted = scenes_of(f"Gladly:\n```json\n{scenes(*sent)}\n```", count)
    assert [scene.index for scene in fitted] == list(range(count))
    said = "".join(scene.text for scene in fitted)
    assert "".join(said.split()) == "".join(" ".join(sent).split())


def test_a_given_text_is_not_sent_to_the_service(name: str, server: Server, tmp_path: Path) -> None:
    play = write(name, tmp_path, text="Say this. And nothing else.", scenes=1)
    assert (play.written_by, play.text) == ("user", "Say this. And nothing else.")
    assert server.asked == []


def test_keys_are_tried_in_turn_and_a_working_key_is_kept(
    name: str, server: Server, tmp_path: Path
) -> None:
    def answer(one: Asked) -> Answer:
        spent = {"error": {"code": 429, "message": "slow down", "status": "RESOURCE_EXHAUSTED"}}
        return SAYS[name](scenes(*LINES)) if key_of(one) == SPARE else Answer.of(spent, 429)

    server.answer = answer
    engine = ENGINES[name]()
    engine.load()
    for number in range(2):
        folder = tmp_path / str(number)
        folder.mkdir()
        engine.run(asked(topic="Bees")(folder), Workbench(folder))
    engine.close()
    assert [key_of(one) for one in server.asked] == [KEY, SPARE, SPARE]


RATE = {"code": 429, "message": "slow down", "status": "RESOURCE_EXHAUSTED"}
DELAY = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "17s"}


@pytest.mark.parametrize(
    ("status", "said", "headers", "wait"),
    [
        (429, RATE, {"retry_after": "20"}, 20.0),
        (429, RATE | {"details": [DELAY]}, {}, 17.0),
        (429, RATE, {}, None),
        (500, {"code": 500, "message": "broken", "status": "INTERNAL"}, {}, None),
        (503, {"code": 503, "message": "overloaded", "status": "UNAVAILABLE"}, {}, None),
        (401, {"code": 401, "message": f"bad key {KEY} {SPARE}", "status": "NO"}, {}, None),
        (404, {"code": 404, "message": "no such model", "status": "NOT_FOUND"}, {}, None),
    ],
)
def test_a_silent_service_is_retried_later(
    name: str,
    server: Server,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    status: int,
    said: dict[str, Any],
    headers: dict[str, str],
    wait: float | None,
) -> None:
    if "details" in said and name != "gemini":
        wait = None  # a hint of Google's, that no other service gives
    caplog.set_level(logging.DEBUG)
    server.answer = lambda _asked: Answer.of({"error": said}, status, **headers)
    with pytest.raises(ProviderUnavailable) as failed:
        write(name, tmp_path)
    assert failed.value.retryable
    assert failed.value.details["retry_after"] == wait
    assert failed.value.details["status"] == status
    everything = f"{failed.value} {failed.value.details} {caplog.text}"
    assert KEY not in everything
    assert SPARE not in everything


def test_an_unreachable_service_is_retried_later(name: str, server: Server, tmp_path: Path) -> None:
    with serving() as gone:
        address = gone.url
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GEMINI_BASE_URL", address)
        patch.setenv("OPENAI_BASE_URL", address)
        settings.current.cache_clear()
        with pytest.raises(ProviderUnavailable):
            write(name, tmp_path)


def test_an_invalid_key_is_reported_to_the_operator(server: Server, tmp_path: Path) -> None:
    reason = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"}
    error = {"code": 400, "message": "API key not valid.", "status": "INVALID_ARGUMENT"}
    server.answer = lambda _asked: Answer.of({"error": error | {"details": [reason]}}, 400)
    with pytest.raises(ProviderUnavailable, match="Contact the operator"):
        write("gemini", tmp_path)
    assert len(server.asked) == 2


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("gemini", Answer.of({"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}})),
        ("gemini", gemini_says("", "SAFETY")),
        ("openai_chat", chat_says(None, refusal="I cannot write that.")),
        ("openai_chat", chat_says("", "content_filter")),
        (
            "openai_chat",
            Answer.of({"error": {"message": "no", "code": "content_policy_violation"}}, 400),
        ),
    ],
)
def test_a_topic_that_the_service_forbids_is_reported_to_the_user(
    name: str, server: Server, tmp_path: Path, answer: Answer
) -> None:
    server.answer = lambda _asked: answer
    with pytest.raises(ScriptRefused, match="choose another one") as refused:
        write(name, tmp_path)
    assert not refused.value.retryable


@pytest.mark.parametrize("said", ["", "Certainly!", '{"scenes": "none"}', '{"scenes": [{}]}', "{["])
def test_an_unusable_answer_is_requested_again(said: str) -> None:
    with pytest.raises(EngineBroken) as broken:
        scenes_of(said, 3)
    assert broken.value.retryable


def test_a_server_without_schemas_is_asked_for_plain_json(server: Server, tmp_path: Path) -> None:
    def answer(one: Asked) -> Answer:
        if one.json["response_format"]["type"] == "json_schema":
            return Answer.of({"error": {"message": "response_format is not supported"}}, 400)
        return chat_says(scenes(*LINES))

    server.answer = answer
    assert len(write("openai_chat", tmp_path).scenes) == 3
    assert len(server.asked) == 2


def test_a_stop_interrupts_waiting_for_the_service(
    name: str, server: Server, tmp_path: Path
) -> None:
    thinking, over = threading.Event(), threading.Event()

    def answer(_one: Asked) -> Answer:
        thinking.set()
        over.wait(60)
        return SAYS[name](scenes(*LINES))

    class Stopped(Workbench):
        def check(self) -> None:
            if thinking.is_set():
                raise Cancelled

    server.answer = answer
    engine = ENGINES[name]()
    engine.load()
    with pytest.raises(Cancelled):
        engine.run(asked(topic="Bees")(tmp_path), Stopped(tmp_path))
    assert thinking.is_set()
    over.set()


@pytest.mark.parametrize(
    ("engine", "unset", "remedy"),
    [
        ("gemini", "GEMINI_API_KEY", "set GEMINI_API_KEY"),
        ("openai_chat", "OPENAI_MODEL", "set OPENAI_MODEL"),
    ],
)
def test_the_probe_names_what_is_missing(
    server: Server, monkeypatch: pytest.MonkeyPatch, engine: str, unset: str, remedy: str
) -> None:
    assert ENGINES[engine]().probe().ok
    monkeypatch.delenv(unset)
    settings.current.cache_clear()
    probe = ENGINES[engine]().probe()
    assert not probe.ok
    assert remedy in probe.remedy


def test_another_model_changes_the_content_key(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def weights() -> str:
        settings.current.cache_clear()
        return next(o.weights for o in Registry("script").offers if o.name == name)

    before = weights()
    assert before == weights() != ""
    monkeypatch.setenv("OPENAI_MODEL" if name == "openai_chat" else "GEMINI_MODEL", "great-writer")
    assert weights() != before
