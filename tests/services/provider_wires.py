"""Video providers on this machine: one stateful server for each wire, with every way to fail.

A mode says what goes wrong at which request, and how often; after that the provider answers as it
should. What was sold is counted by what the provider was asked, whether or not its answer arrived.
"""

from __future__ import annotations

import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from tests.services.http_server import Answer, Asked, Server, serving
from tests.services.video_provider import clip

CREATE, STATUS, RESULT, LIST, FILE, CANCEL = "create", "status", "result", "list", "file", "cancel"
CHECK: Final = "check"
"""What `callsheet providers check` asks."""
ALWAYS: Final = 10**6
Json = dict[str, Any]


@dataclass(frozen=True)
class Dialect:
    """How one provider's requests and answers look."""

    name: str
    wire: str
    model: str
    paths: Mapping[str, str]
    """`METHOD path` of each kind of request, as a regular expression; `id` is that of the task."""
    prompt: Callable[[Asked], str]
    created: Callable[[str], Json]
    working: Callable[[str], Json]
    done: Callable[[str, str], Json]
    """Takes the task's id, and the link to its file."""
    empty: Callable[[str], Json]
    """Finished and billed, without a file."""
    refused: Callable[[str], Json]
    """The provider's moderation refused what it has made."""
    prefix: str = "t"
    result: Callable[[str, str], Json] | None = None
    """What lies under the second address of a finished task."""
    listed: Callable[[list[Sold]], Json] | None = None
    moderation: tuple[int, Json] = (400, {"error": "This violates our content policy."})
    limited: tuple[int, Json] = (429, {"error": "slow down"})
    broken: tuple[int, Json] = (500, {"error": "internal error"})
    lost: tuple[int, Json] = (404, {"error": "no such task"})
    cancels: bool = True
    checked: Json = field(default_factory=dict)
    """The answer to a check."""

    def kind_of(self, asked: Asked) -> tuple[str, str]:
        """Return the kind of a request, and the id of the task that it names."""
        if asked.path.startswith("/files/"):
            return FILE, asked.path.rpartition("/")[2].removesuffix(".mp4")
        line = f"{asked.method} {asked.path}"
        for kind, pattern in self.paths.items():
            match = re.fullmatch(pattern, line)
            if match is not None:
                return kind, match.groupdict().get("id", "")
        return "", ""


@dataclass
class Sold:
    """A task that was created, and so has to be paid for."""

    id: str
    asked: Asked
    prompt: str
    at: float = field(default_factory=time.time)

    @property
    def json(self) -> Any:
        return self.asked.json


@dataclass(frozen=True)
class Fault:
    """What happens instead of the right answer, to the first requests of a kind."""

    kind: str
    answer: Callable[[ProviderServer, Asked, str], Answer]
    """Takes the server, the request and the task's id."""
    times: int = ALWAYS
    sells: bool = False
    """Whether the task is created although the answer does not say so."""


@dataclass
class ProviderServer:
    """A provider that speaks one wire."""

    dialect: Dialect
    server: Server
    faults: tuple[Fault, ...] = ()
    sold: list[Sold] = field(default_factory=list)
    cancelled: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    released: threading.Event = field(default_factory=threading.Event)
    """Ends what hangs."""
    file: bytes | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def url(self) -> str:
        return self.server.url

    def right(self, asked: Asked, kind: str, task_id: str) -> Answer:
        """Return the answer of a provider that works."""
        says = self.dialect
        if kind == CREATE:
            return Answer.of(says.created(self.sell(asked)))
        if kind == CHECK:
            return Answer.of(says.checked)
        if kind == LIST and says.listed is not None:
            return Answer.of(says.listed(self.sold))
        if kind == FILE:
            body = clip() if self.file is None else self.file
            return Answer(body, headers={"content-type": "video/mp4"})
        if task_id not in [task.id for task in self.sold]:
            return Answer.of(says.lost[1], says.lost[0])
        if kind == CANCEL:
            self.cancelled.append(task_id)
            return Answer.of({})
        link = f"{self.url}/files/{task_id}.mp4"
        if kind == RESULT and says.result is not None:
            return Answer.of(says.result(task_id, link))
        return Answer.of(says.done(task_id, link))

    def sell(self, asked: Asked) -> str:
        task_id = f"{self.dialect.prefix}{len(self.sold)}"
        self.sold.append(Sold(task_id, asked, self.dialect.prompt(asked)))
        return task_id

    def answer(self, asked: Asked) -> Answer:
        kind, task_id = self.dialect.kind_of(asked)
        if not kind:
            return Answer.of({"error": f"not understood: {asked.method} {asked.path}"}, 400)
        with self._lock:
            self.counts[kind] += 1
            fault = self._fault(kind)
            if fault is None:
                return self.right(asked, kind, task_id)
            if fault.sells:
                task_id = self.sell(asked)
        return fault.answer(self, asked, task_id)

    def _fault(self, kind: str) -> Fault | None:
        mine = [one for one in self.faults if one.kind == kind]
        return next((one for one in mine if self.counts[kind] <= one.times), None)


@contextmanager
def providing(dialect: Dialect, *faults: Fault) -> Iterator[ProviderServer]:
    """Run a provider of one wire."""
    with serving() as server:
        provider = ProviderServer(dialect, server, faults)
        server.answer = provider.answer
        try:
            yield provider
        finally:
            provider.released.set()


def task_of_query(asked: Asked, name: str) -> str:
    return parse_qs(urlsplit(asked.path).query).get(name, [""])[0]


def _form_prompt(asked: Asked) -> str:
    return asked.body.decode("latin-1").split('name="prompt"\r\n\r\n')[1].split("\r\n")[0]


def _replicate_list(sold: list[Sold]) -> Json:
    rows = [
        {
            "id": one.id,
            "input": {"prompt": one.prompt},
            "created_at": datetime.fromtimestamp(one.at, UTC).isoformat(),
        }
        for one in sold
    ]
    return {"results": rows}


def _openai_list(sold: list[Sold]) -> Json:
    return {"data": [{"id": one.id, "prompt": one.prompt, "created_at": one.at} for one in sold]}


def _kling_list(sold: list[Sold]) -> Json:
    rows = [
        {"id": one.id, "external_task_id": one.json["options"]["external_task_id"]} for one in sold
    ]
    return {"code": 0, "data": rows}


def _veo(task_id: str, answer: Json) -> Json:
    return {"name": task_id, "done": True, "response": {"generateVideoResponse": answer}}


def _output(content: Json) -> list[Json]:
    return [{"type": "thought"}, {"type": "model_output", "content": [content]}]


_VEO = "models/veo-3.1/operations/"
_FAL = "/fal-ai/wan/requests/(?P<id>[^/]+)"

DIALECTS: Final = (
    Dialect(
        *("runway", "runway", "gen4.5"),
        paths={
            CHECK: "GET /v1/organization",
            CREATE: "POST /v1/(text|image)_to_video",
            STATUS: "GET /v1/tasks/(?P<id>.+)",
            CANCEL: "DELETE /v1/tasks/(?P<id>.+)",
        },
        prompt=lambda asked: str(asked.json["promptText"]),
        created=lambda task: {"id": task, "estimatedCost": {"credits": 50}},
        working=lambda task: {"id": task, "status": "RUNNING", "progress": 0.5},
        done=lambda task, link: {"id": task, "status": "SUCCEEDED", "output": [link]},
        empty=lambda task: {"id": task, "status": "SUCCEEDED", "output": []},
        refused=lambda task: {
            "id": task,
            "status": "FAILED",
            "failure": "no",
            "failureCode": "SAFETY.OUTPUT.VIDEO",
        },
        checked={"creditBalance": 120},
    ),
    Dialect(
        *("veo", "google", "veo-3.1"),
        paths={
            CHECK: "GET /v1beta/models/veo-3.1",
            CREATE: "POST /v1beta/models/veo-3.1:predictLongRunning",
            STATUS: f"GET /v1beta/(?P<id>{_VEO}.+)",
        },
        prompt=lambda asked: str(asked.json["instances"][0]["prompt"]),
        created=lambda task: {"name": task},
        working=lambda task: {"name": task},
        done=lambda task, link: _veo(task, {"generatedSamples": [{"video": {"uri": link}}]}),
        empty=lambda task: _veo(task, {}),
        refused=lambda task: _veo(task, {"raiMediaFilteredReasons": ["a face"]}),
        prefix=_VEO,
        cancels=False,
    ),
    Dialect(
        *("omni", "google", "gemini-omni-1.1-flash"),
        paths={
            CHECK: "GET /v1beta/models/gemini-omni-1.1-flash",
            CREATE: "POST /v1(beta)?/interactions",
            CANCEL: "POST /v1(beta)?/interactions/(?P<id>[^/]+)/cancel",
            STATUS: "GET /v1(beta)?/interactions/(?P<id>[^/]+)",
        },
        prompt=lambda asked: str(asked.json["input"][0]["content"][0]["text"]),
        created=lambda task: {"id": task, "status": "in_progress"},
        working=lambda task: {"id": task, "status": "in_progress"},
        done=lambda task, link: {
            "id": task,
            "status": "completed",
            "steps": _output({"type": "video", "uri": link}),
        },
        empty=lambda task: {
            "id": task,
            "status": "completed",
            "steps": _output({"type": "text", "text": "Nothing."}),
            "usage": {"total_output_tokens": 5792},
        },
        refused=lambda task: {
            "id": task,
            "status": "failed",
            "errors": [{"code": "blocked", "message": "blocked by our safety policy"}],
        },
    ),
    Dialect(
        *("kling", "kling", "kling-v3"),
        paths={
            CHECK: r"GET /tasks\?task_ids=none",
            CREATE: "POST /(text|image)-to-video/kling-v3",
            LIST: r"GET /tasks\?external_task_ids=.+",
            STATUS: r"GET /tasks\?task_ids=(?P<id>.+)",
        },
        prompt=lambda asked: str(asked.json["contents"][0]["text"]),
        created=lambda task: {"code": 0, "data": {"id": task}},
        working=lambda task: {"code": 0, "data": [{"id": task, "status": "processing"}]},
        done=lambda task, link: {
            "code": 0,
            "data": [{"id": task, "status": "succeed", "outputs": [{"url": link}]}],
        },
        empty=lambda task: {"code": 0, "data": [{"id": task, "status": "succeed", "outputs": []}]},
        refused=lambda task: {
            "code": 0,
            "data": [{"id": task, "status": "failed", "message": "sensitive content"}],
        },
        listed=_kling_list,
        moderation=(400, {"code": 1301, "message": "not allowed"}),
        limited=(429, {"code": 1303, "message": "parallel task over resource pack limit"}),
        broken=(500, {"code": 5000, "message": "server internal error"}),
        lost=(200, {"code": 0, "data": []}),
        cancels=False,
    ),
    Dialect(
        *("fal", "fal", "fal-ai/wan/v2.2"),
        paths={
            CREATE: "POST /fal-ai/wan/v2.2",
            STATUS: f"GET {_FAL}/status",
            RESULT: f"GET {_FAL}",
            CANCEL: f"PUT {_FAL}/cancel",
        },
        prompt=lambda asked: str(asked.json["prompt"]),
        created=lambda task: {"request_id": task},
        working=lambda _: {"status": "IN_PROGRESS"},
        done=lambda _task, _link: {"status": "COMPLETED"},
        result=lambda _, link: {"video": {"url": link}},
        empty=lambda _: {"status": "COMPLETED"},
        refused=lambda _: {"status": "COMPLETED"},
        moderation=(422, {"detail": [{"msg": "flagged by a content policy"}]}),
    ),
    Dialect(
        *("replicate", "replicate", "wan/wan-2.2"),
        paths={
            CHECK: "GET /v1/account",
            CREATE: "POST /v1/models/wan/wan-2.2/predictions",
            LIST: "GET /v1/predictions",
            CANCEL: "POST /v1/predictions/(?P<id>[^/]+)/cancel",
            STATUS: "GET /v1/predictions/(?P<id>[^/]+)",
        },
        prompt=lambda asked: str(asked.json["input"]["prompt"]),
        created=lambda task: {"id": task, "status": "starting"},
        working=lambda task: {"id": task, "status": "processing"},
        done=lambda task, link: {"id": task, "status": "succeeded", "output": link},
        empty=lambda task: {"id": task, "status": "succeeded", "output": None},
        refused=lambda task: {"id": task, "status": "failed", "error": "NSFW content detected"},
        listed=_replicate_list,
    ),
    Dialect(
        *("openai_videos", "openai_videos", "wan2.2"),
        paths={
            CHECK: r"GET /v1/videos\?limit=1",
            CREATE: "POST /v1/videos",
            LIST: r"GET /v1/videos\?limit=100&order=desc",
            FILE: "GET /v1/videos/(?P<id>[^/]+)/content",
            STATUS: "GET /v1/videos/(?P<id>[^/]+)",
            CANCEL: "DELETE /v1/videos/(?P<id>[^/]+)",
        },
        prompt=_form_prompt,
        created=lambda task: {"id": task, "status": "queued"},
        working=lambda task: {"id": task, "status": "in_progress", "progress": 40},
        done=lambda task, _: {"id": task, "status": "completed", "progress": 100},
        empty=lambda task: {"id": task, "status": "completed", "progress": 100},
        refused=lambda task: {
            "id": task,
            "status": "failed",
            "error": {"code": "moderation_blocked", "message": "no"},
        },
        listed=_openai_list,
    ),
    Dialect(
        *("seedance", "seedance", "seedance-2-5"),
        paths={
            CHECK: r"GET /contents/generations/tasks\?page_size=1",
            CREATE: "POST /contents/generations/tasks",
            STATUS: "GET /contents/generations/tasks/(?P<id>.+)",
            CANCEL: "DELETE /contents/generations/tasks/(?P<id>.+)",
        },
        prompt=lambda asked: str(asked.json["content"][0]["text"]),
        created=lambda task: {"id": task},
        working=lambda task: {"id": task, "status": "running"},
        done=lambda task, link: {
            "id": task,
            "status": "succeeded",
            "content": {"video_url": link},
        },
        empty=lambda task: {"id": task, "status": "succeeded", "content": {}},
        refused=lambda task: {
            "id": task,
            "status": "failed",
            "error": {"code": "OutputVideoSensitiveContentDetected", "message": "no"},
        },
        moderation=(
            400,
            {"error": {"code": "InputTextSensitiveContentDetected", "message": "sensitive"}},
        ),
    ),
)
