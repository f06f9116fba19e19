"""A model of the operator's own behind OpenAI's videos API, as our wire asks it."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest

from config.provider_keys import ProviderKey
from gpu_worker.media.streams import of_kind, read_streams
from gpu_worker.open_weights.__main__ import NotServed, serving
from gpu_worker.open_weights.film import Film, Make, Order, Progress
from gpu_worker.open_weights.server import VideosServer
from gpu_worker.providers.answers import Frame, Frames, ProviderRefused, Status
from gpu_worker.providers.connection import client
from gpu_worker.providers.wire import Wire, open_wire
from tasks.domain.hosted import Cause, ClipOrder, Outcome, Purchase, Remote
from tests.services.waiting import until

TINY: Final = {
    "name": "tiny",
    "load": "tests.gpu_worker.open_weights.tiny_model:load",
    "key": "s3cret",
    "port": 0,
    "most_waiting": 1,
}
ORDER = ClipOrder("A fox in the snow", 1.0, "16:9")
HELD = threading.Event()
"""Until it is set, `slow` makes nothing."""


def slow(_config: Mapping[str, Any]) -> Make:
    """Load a model that waits, and that fails with what it is asked for."""

    def make(order: Order, progress: Progress) -> Film:
        HELD.wait(20)
        progress(0.5)
        raise ValueError(order.prompt)

    return make


@contextmanager
def served(**more: Any) -> Iterator[VideosServer]:
    with serving(TINY | more) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            HELD.set()
            server.shutdown()
            thread.join()


def wire_to(server: VideosServer, key: str = "s3cret") -> Wire:
    remote = Remote("mine", "openai_videos", server.url, "tiny")
    return open_wire(remote, ProviderKey("mine", "main", key))


def ended(wire: Wire, task_id: str) -> Status:
    def status() -> Status | None:
        found = wire.poll([task_id])[task_id]
        return found if found.outcome in (Outcome.READY, Outcome.FAILED) else None

    return until(status, "the clip has ended")


def test_a_clip_is_ordered_made_fetched_and_deleted(tmp_path: Path) -> None:
    with served() as server:
        wire = wire_to(server)
        assert wire.check()
        made = wire.submit("pvc_1", ORDER, Frames(first=Frame(b"\x89PNG", "image/png")))
        done = ended(wire, made.task_id)
        assert (done.outcome, done.progress) == (Outcome.READY, 1.0)
        (url,) = done.urls
        file = client().request(
            "GET", url, headers=wire.file_headers(url), seconds=10, most_bytes=10**6
        )
        path = tmp_path / "clip.mp4"
        path.write_bytes(file.body)
        stream = of_kind(read_streams(path), "video")
        assert stream is not None
        assert (stream.codec, stream.width, stream.height) == ("h264", 60, 36)
        assert stream.seconds == pytest.approx(1.0, abs=0.05)
        remote = Remote("mine", "openai_videos", server.url, "tiny")
        found = wire.find(Purchase("pvc_1", "job", 1, remote, ORDER))
        assert found is not None
        assert found.task_id == made.task_id
        wire.cancel(made.task_id)
        with pytest.raises(ProviderRefused) as refused:
            wire.poll([made.task_id])
        assert refused.value.cause is Cause.LOST


def test_one_clip_is_made_at_a_time_and_only_so_many_wait() -> None:
    HELD.clear()
    with served(load=f"{__name__}:slow") as server:
        wire = wire_to(server)
        first, second = (submitted(wire, name) for name in ("first", "second"))
        with pytest.raises(ProviderRefused) as full:
            submitted(wire, "third")
        assert (full.value.cause, full.value.retry_after) == (Cause.LIMIT, 10.0)
        wire.cancel(first)  # while it is made
        HELD.set()
        # The next one is made, and its error says nothing that it was asked.
        assert ended(wire, second).said == "ValueError"


def submitted(wire: Wire, prompt: str) -> str:
    """Order a clip when no other waits, so that it is made next; return its task."""
    task = wire.submit("pvc_1", ClipOrder(prompt, 1.0, "16:9"), Frames()).task_id
    if prompt == "first":
        until(lambda: wire.poll([task])[task].outcome is Outcome.RUNNING, "the clip is being made")
    return task


@pytest.mark.parametrize(
    ("wanted", "key", "cause"),
    [
        (ClipOrder("A fox", 11.0, "16:9"), "s3cret", Cause.INPUT),
        (ClipOrder("A fox", 1.0, "16:9", "1080p"), "s3cret", Cause.INPUT),
        (ClipOrder(" ", 1.0, "16:9"), "s3cret", Cause.INPUT),
        (ORDER, "another", Cause.KEY),
    ],
)
def test_what_the_server_does_not_make_is_refused(
    wanted: ClipOrder, key: str, cause: Cause
) -> None:
    with served() as server, pytest.raises(ProviderRefused) as refused:
        wire_to(server, key).submit("pvc_1", wanted, Frames())
    assert refused.value.cause is cause


def test_other_machines_need_a_key() -> None:
    with pytest.raises(NotServed, match="key"), serving(TINY | {"host": "0.0.0.0", "key": ""}):
        pass
