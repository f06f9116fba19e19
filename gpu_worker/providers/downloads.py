"""Fetch what a provider has made, and check it like an upload.

Links come from the provider's answer and lead only to its own hosts, redirects included. Its base
URL may lie in the operator's network; every other host must be public.
"""

from __future__ import annotations

import base64
import json
import logging
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

from config.provider_keys import ProviderKey
from gpu_worker.media import ffmpeg
from gpu_worker.media.streams import Stream, of_kind, read_streams
from gpu_worker.providers.connection import client
from gpu_worker.providers.wire import UnknownWire, Wire, open_wire
from gpu_worker.subprocesses import child
from tasks.domain.artifact import Artifact
from tasks.domain.errors import CallsheetError
from tasks.domain.hosted import (
    LARGEST_FILE,
    PART,
    SOURCE,
    STAGE,
    Cause,
    Outcome,
    Remote,
    Report,
    Task,
    artifact_key,
)
from tasks.outbound.client import Answer, GuardedClient, RequestFailed, TooLarge
from tasks.outbound.destinations import DestinationRefused
from tasks.store.artifacts import Artifacts

log = logging.getLogger(__name__)

SECONDS: Final = 600.0
_SEARCHED: Final = 8 * 1024**2
"""Bytes at the start of a file, where statements are."""
MOST_REDIRECTS: Final = 5
_LARGEST_ANSWER: Final = 64 * 1024 * 1024
SHORTEST, LONGEST = 0.75, 1.35
"""The length of a clip as a multiple of what was ordered; a second more or less is always fine."""
_REDIRECTS: Final = (301, 302, 303, 307, 308)
_DEAD: Final = (401, 403, 404, 410)
_PLAYABLE: Final = ("h264", "hevc", "av1")
"""Codecs that browsers play in MP4."""
_PORTS: Final = {"http": 80, "https": 443}


class Damaged(Exception):
    """The file is not the video that was ordered; the text says why."""


class Dead(Exception):
    """The link does not lead to the file any more."""


@cache
def public_client() -> GuardedClient:
    """Return the client for files that lie elsewhere than at the base URL."""
    return GuardedClient()


@dataclass(frozen=True, slots=True)
class Downloads:
    """Fetches the files of one worker process."""

    artifacts: Artifacts
    keys: tuple[ProviderKey, ...]

    def fetch(self, task: Task, directory: Path) -> Report:
        """Fetch, check and store the clip of a task; the same clip is stored once."""
        key = artifact_key(task)
        known = self.artifacts.find(key)
        if known is not None:
            return _fetched(task, known)
        began = time.monotonic()
        try:
            source = self._download(task, directory)
            clip, stream = checked_clip(source, task.order.seconds, directory)
        except Damaged as error:
            return _report(task, Outcome.DAMAGED, Cause.DAMAGED, str(error))
        except Dead as error:
            return _report(task, Outcome.GONE, Cause.LOST, str(error))
        except (RequestFailed, DestinationRefused) as error:
            log.warning("file not fetched", extra={"reason": str(error)})
            return _report(task, Outcome.UNREACHED, Cause.SERVER, str(error))
        except CallsheetError as error:
            return _report(task, Outcome.DAMAGED, Cause.DAMAGED, error.user_message)
        facts = {
            "provider": task.remote.provider,
            "model": task.remote.model,
            "task": task.task_id,
            "seconds": round(stream.seconds, 3),
            "width": stream.width,
            "height": stream.height,
            "fetch_seconds": round(time.monotonic() - began, 3),
        }
        parts = {PART: self.artifacts.put_file(clip, "video/mp4")}
        if _has_statement(source):  # it is lost where ffmpeg has written the file again
            parts[SOURCE] = self.artifacts.put_file(source, "video/mp4")
        made = Artifact(key, STAGE, task.remote.model, parts, facts)
        return _fetched(task, self.artifacts.commit(made))

    def _download(self, task: Task, directory: Path) -> Path:
        wire = self._wire(task)
        path = directory / "fetched"
        url = next(iter(task.urls), "")
        if not url:
            raise Dead("The provider has named no file.")
        for _ in range(MOST_REDIRECTS + 1):
            headers = wire.file_headers(url) if wire is not None and _is_base(task, url) else {}
            answer = self._get(task.remote, url, path, headers)
            if answer.status in _REDIRECTS:
                url = urljoin(url, answer.headers.get("location", ""))
                continue
            if answer.status in _DEAD:
                raise Dead(f"The link to the clip is dead ({answer.status}).")
            if answer.status != 200:
                raise RequestFailed(f"the file server answered {answer.status}")
            return _unpacked(path)
        raise RequestFailed("too many redirects")

    def _get(self, remote: Remote, url: str, path: Path, headers: dict[str, str]) -> Answer:
        asking = client() if _origin(url) == _origin(remote.base_url) else public_client()
        if asking is not client() and not is_host_of(remote, url):
            raise Damaged("The provider has named a file on a server that is not its own.")
        try:
            return asking.download(
                url, path, headers=headers, seconds=SECONDS, most_bytes=LARGEST_FILE
            )
        except TooLarge:
            raise Damaged("The clip is larger than 500 MB.") from None

    def _wire(self, task: Task) -> Wire | None:
        named = (task.remote.provider, task.key)
        key = next((k for k in self.keys if (k.provider, k.label) == named), None)
        try:
            return None if key is None else open_wire(task.remote, key)
        except UnknownWire:
            return None


def _has_statement(source: Path) -> bool:
    """Return whether a file may carry a statement of its provider (C2PA)."""
    with source.open("rb") as file:
        return b"c2pa" in file.read(_SEARCHED)


def is_host_of(remote: Remote, url: str) -> bool:
    """Return whether a URL leads to one of a provider's hosts.

    >>> remote = Remote("p", "w", "https://api.p.example", "m", ("*.files.example", "cdn.example"))
    >>> [is_host_of(remote, f"https://{host}/x") for host in ("a.files.example", "cdn.example")]
    [True, True]
    >>> [is_host_of(remote, f"https://{h}/x") for h in ("files.example", "cdn.example.evil.net")]
    [False, False]
    """
    host = (urlsplit(url).hostname or "").lower()
    for allowed in remote.hosts:
        if allowed.startswith("*.") and host.endswith(allowed[1:]):
            return True
        if host == allowed:
            return True
    return False


def checked_clip(source: Path, ordered: float, directory: Path) -> tuple[Path, Stream]:
    """Decode a fetched file whole, and return it as MP4; raise `Damaged`."""
    _decode(source)  # first, because only it limits the formats and protocols
    streams = read_streams(source)
    stream = of_kind(streams, "video")
    if stream is None or not stream.width:
        raise Damaged("The fetched file has no picture.")
    if ordered and not _fits(stream.seconds, ordered):
        raise Damaged(f"The clip lasts {stream.seconds:.1f} s and not {ordered:g} s.")
    clip = directory / PART
    video = ["copy"] if stream.codec in _PLAYABLE else ["libx264", "-pix_fmt", "yuv420p"]
    sound = of_kind(streams, "audio")
    arguments = [*ffmpeg.UNTRUSTED, "-i", str(source), "-map", "0:v:0"]
    if sound is not None:
        arguments += ["-map", "0:a:0", "-c:a", "aac"]
    arguments += ["-map_metadata", "-1", "-c:v", *video, "-movflags", "+faststart", str(clip)]
    ffmpeg.run(arguments, check=lambda: None)
    return clip, stream


def _fits(seconds: float, ordered: float) -> bool:
    close = abs(seconds - ordered) <= 1
    return seconds > 0.2 and (close or SHORTEST <= seconds / ordered <= LONGEST)


def _decode(source: Path) -> None:
    """Decode each frame; an error of the decoder means that the file is damaged."""
    command = [ffmpeg.executable(), *ffmpeg.QUIET, "-v", "error", "-xerror", *ffmpeg.UNTRUSTED]
    command += ["-i", str(source), "-map", "0:v:0", "-f", "null", "-"]
    with child(command) as process:
        _, log_text = process.communicate()
    if process.returncode != 0:
        raise Damaged("The fetched file cannot be decoded.")
    if log_text.strip():
        log.info("decoder warned", extra={"ffmpeg": log_text[-300:].decode("utf-8", "replace")})


def _unpacked(path: Path) -> Path:
    """Take a video out of the answer that contains it, as some providers send it."""
    with path.open("rb") as file:
        if file.read(1) != b"{" or path.stat().st_size > _LARGEST_ANSWER:
            return path
    try:
        data = next(_videos_in(json.loads(path.read_bytes())))
        path.write_bytes(base64.b64decode(data))
    except (ValueError, RecursionError, StopIteration):
        raise Damaged("The answer contains no video.") from None
    return path


def _videos_in(answer: Any) -> Iterator[str]:
    """Yield the data of the videos in an answer, wherever they are.

    >>> list(_videos_in({"steps": [{"content": [{"type": "video", "data": "AAAA"}]}]}))
    ['AAAA']
    """
    parts: Iterable[Any] = answer if isinstance(answer, list) else ()
    if isinstance(answer, dict):
        if answer.get("type") == "video" and isinstance(answer.get("data"), str):
            yield answer["data"]
        parts = answer.values()
    for part in parts:
        yield from _videos_in(part)


def _is_base(task: Task, url: str) -> bool:
    return _origin(url) == _origin(task.remote.base_url)


def _origin(url: str) -> tuple[str, str, int]:
    parts = urlsplit(url)
    return parts.scheme, (parts.hostname or "").lower(), parts.port or _PORTS.get(parts.scheme, 0)


def _fetched(task: Task, artifact: Artifact) -> Report:
    return Report(
        task.call_id,
        Outcome.FETCHED,
        task_id=task.task_id,
        key=task.key,
        artifact=artifact.key,
        facts=artifact.facts,
    )


def _report(task: Task, outcome: Outcome, cause: Cause, message: str) -> Report:
    return Report(
        task.call_id,
        outcome,
        task_id=task.task_id,
        key=task.key,
        cause=cause.value,
        message=message,
    )
