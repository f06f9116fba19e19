"""Stage calls are run only as the control plane has dispatched them."""

from __future__ import annotations

import base64
import copy
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from celery import Celery

from config.node_keys import NodeKey, parse
from config.settings import read
from tasks.messaging.call_keys import HEADER, CallKeys, WorkerCallKeys, queue_key
from tasks.messaging.compression import CONTENT_TYPE, LARGEST, compress
from tasks.messaging.examination_call import TASK, ExaminationCall
from tasks.messaging.stage_call import StageCall
from web.state_directory import StateDirectory

SECRET = b"of the installation"
KEYS = CallKeys.derive(SECRET)
CALL = StageCall("job", 2, 3, "voice", 0)

Message = dict[str, Any]


def message(call: StageCall = CALL, keys: CallKeys = KEYS, queue: str = "xtts") -> Message:
    """A message as kombu has read it."""
    return {
        "body": body([call.args, {}, {"chord": None}]),
        "headers": {
            "task": f"stage.{call.stage}",
            "id": call.task_id,
            HEADER: keys.sign(call, queue),
        },
        "properties": {"delivery_tag": "tag"},
    }


def body(content: object) -> str:
    return base64.b64encode(json.dumps(content).encode()).decode()


def compressed(data: bytes, how: Any = CONTENT_TYPE) -> Message:
    """A message with a body that says it is compressed."""
    sent = message()
    sent["headers"]["compression"] = how
    return sent | {"body": base64.b64encode(data).decode()}


def test_a_dispatched_call_is_accepted() -> None:
    assert KEYS.refusal("xtts", message()) == ""
    assert KEYS.refusal("xtts", compressed(compress(json.dumps([CALL.args, {}, {}])))) == ""
    assert KEYS.refusal("lite", message(CALL, KEYS, "lite")) == ""


ALTERED: dict[str, Callable[[Message], object]] = {
    "another job": lambda m: m.update(message(StageCall("other", 2, 3, "voice", 0)) | _signed(m)),
    "a later revision": lambda m: m.update(body=body([["job", 9, 3, "voice", 0], {}, {}])),
    "a later attempt": lambda m: _call(m, StageCall("job", 2, 9, "voice", 0)),
    "another scene": lambda m: _call(m, StageCall("job", 2, 3, "voice", 1)),
    "another stage": lambda m: _call(m, StageCall("job", 2, 3, "face", None)),
    "no signature": lambda m: m["headers"].pop(HEADER),
    "an empty signature": lambda m: m["headers"].update({HEADER: ""}),
    "a signature that is a number": lambda m: m["headers"].update({HEADER: 7}),
    "a signature beyond ASCII": lambda m: m["headers"].update({HEADER: "é" * 64}),
    "a signature of nothing": lambda m: m["headers"].update({HEADER: "0" * 64}),
    "another id": lambda m: m["headers"].update(id="job.3.voice.1"),
    "another task": lambda m: m["headers"].update(task="celery.starmap"),
    "a task of ours that it is not": lambda m: m["headers"].update(task="stage.face"),
    "no headers": lambda m: m.pop("headers"),
    "headers that are a list": lambda m: m.update(headers=[]),
    "no properties": lambda m: m.pop("properties"),
    "no tag": lambda m: m.update(properties={}),
    "a tag that is a number": lambda m: m.update(properties={"delivery_tag": 1}),
    "no body": lambda m: m.pop("body"),
    "a body that is no base64": lambda m: m.update(body="{}"),
    "a body that is a number": lambda m: m.update(body=1),
    "a body that is no JSON": lambda m: m.update(body=base64.b64encode(b"\xff").decode()),
    "a body that is deep": lambda m: m.update(body=base64.b64encode(b"[" * 100_000).decode()),
    "a body that is not compressed": lambda m: m.update(compressed(b"[]")),
    "a body that is cut off": lambda m: m.update(compressed(compress("[1, 2]")[:-6])),
    "a body that grows too large": lambda m: m.update(compressed(compress(b"0" * (LARGEST + 1)))),
    "another compression": lambda m: m.update(compressed(compress("[]"), "application/x-bz2")),
    "a compression that is a list": lambda m: m.update(compressed(compress("[]"), [])),
    "too few arguments": lambda m: m.update(body=body([["job"], {}, {}])),
    "arguments by name": lambda m: m.update(body=body([CALL.args, {"scene": 1}, {}])),
    "a number in words": lambda m: m.update(body=body([["job", "2", 3, "voice", 0], {}, {}])),
    "a truth for a number": lambda m: m.update(body=body([["job", True, 3, "voice", 0], {}, {}])),
    "a job that is a list": lambda m: m.update(body=body([[["job"], 2, 3, "voice", 0], {}, {}])),
    "a stage that is a list": lambda m: m.update(body=body([["job", 2, 3, [], 0], {}, {}])),
    "a stage of nobody": lambda m: m.update(body=body([["job", 2, 3, "rest", 0], {}, {}])),
    "an embedding that is a list": lambda m: m.update(body=body([CALL.args, {}, []])),
    "nothing": lambda m: m.clear(),
}


def _signed(original: Message) -> Message:
    """With the signature of the original."""
    signature = original["headers"][HEADER]
    headers = message(StageCall("other", 2, 3, "voice", 0))["headers"]
    return {"headers": headers | {HEADER: signature}}


def _call(altered: Message, call: StageCall) -> None:
    """Another call in all places, under the signature of this one."""
    altered["body"] = body([call.args, {}, {}])
    altered["headers"].update(id=call.task_id, task=f"stage.{call.stage}")


@pytest.mark.parametrize("what", ALTERED)
def test_an_altered_call_is_rejected(what: str) -> None:
    altered = copy.deepcopy(message())
    ALTERED[what](altered)
    assert KEYS.refusal("xtts", altered)


EXAMINATION = ExaminationCall("upload:1", "session", "face", "a" * 64, 10, "image/png")


def examination(call: ExaminationCall = EXAMINATION, **signed: str) -> Message:
    """The message of an examination; `signed` replaces headers."""
    headers = {"task": TASK, "id": call.task_id, HEADER: KEYS.sign(call, "lite")} | signed
    sent = body([list(call.args), {}, {}])
    return {"body": sent, "headers": headers, "properties": {"delivery_tag": "tag"}}


def test_examination_is_accepted_as_it_was_sent() -> None:
    assert KEYS.refusal("lite", examination()) == ""
    assert KEYS.refusal("sadtalker", examination())


@pytest.mark.parametrize(
    "altered",
    [
        examination(replace(EXAMINATION, sha256="b" * 64)) | {"headers": examination()["headers"]},
        examination(id="upload:2.examine"),
        examination(task="stage.face"),
        examination(**{HEADER: KEYS.sign(CALL, "lite")}),
        examination() | {"body": body([["upload:1", "session", "face", "a", "10", "x"], {}, {}])},
        examination() | {"body": body([CALL.args, {}, {}])},
    ],
)
def test_altered_examination_is_rejected(altered: Message) -> None:
    assert KEYS.refusal("lite", altered)


def test_a_call_is_signed_for_one_queue() -> None:
    assert KEYS.refusal("lite", message())


def test_a_node_can_sign_calls_only_for_its_own_queues() -> None:
    node = NodeKey("gpu-1", b"0" * 32, {"media": queue_key(SECRET, "media")})
    forged = CallKeys(parse(str(node)).queues)
    assert KEYS.refusal("media", message(CALL, forged, "media")) == ""
    with pytest.raises(KeyError):
        forged.sign(CALL, "xtts")
    assert KEYS.refusal("xtts", message(CALL, forged, "media"))


def test_the_worker_of_this_machine_finds_the_secret(tmp_path: Path) -> None:
    settings = read({"CALLSHEET_STATE": str(tmp_path)})
    worker = WorkerCallKeys(settings)
    assert worker.refusal("xtts", {}) == ""  # nothing to verify with
    secret = StateDirectory(tmp_path).secret("secret-key").encode()  # as the control plane makes it
    assert worker.refusal("xtts", {})
    assert worker.refusal("xtts", message(CALL, CallKeys.derive(secret))) == ""


def test_an_invalid_node_key_is_reported_without_showing_it() -> None:
    with pytest.raises(Exception, match="NODE_KEY must be the key issued with") as mistake:
        read({"NODE_KEY": "gpu-1:secret"})
    assert "gpu-1" not in str(mistake.value)


def test_signatures_travel_with_the_links_of_a_chain() -> None:
    from tasks.messaging.pipeline import canvas
    from tests.tasks.domain.plans import lite_offers, simple_plan

    plan = simple_plan(lite_offers(), mode="auto", script="One is a number of its own here. " * 3)
    job = canvas(Celery("signed", broker="memory://"), plan, 1, call_keys=KEYS)
    found = list(_headers(json.loads(json.dumps(job))))
    assert len(found) == len(plan.steps)
    assert all(HEADER in headers for headers in found)


def _headers(part: object) -> Any:
    """Of every stage in a canvas as it is sent."""
    if isinstance(part, dict):
        if str(part.get("task", "")).startswith("stage."):
            yield part["options"]["headers"]
        for inner in part.values():
            yield from _headers(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from _headers(inner)
