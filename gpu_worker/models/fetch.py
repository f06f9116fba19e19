"""Download a file of a model: resume after an interruption, and keep it only with its hash."""

from __future__ import annotations

import hashlib
import http.client
import os
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import IO, Final

from gpu_worker.engine import Weight

_CHUNK: Final = 1 << 20
_SECONDS: Final = 60
_TRIES: Final = 5
"""Each attempt resumes the last one; an attempt that receives nothing is the last."""

OnBytes = Callable[[int, int], None]
"""Gets the number of downloaded bytes and the total."""


class FetchFailed(Exception):
    """A download failed; the text is for the user."""


def fetch(weight: Weight, url: str, folder: Path, on_bytes: OnBytes = lambda *_: None) -> Path:
    """Download a file, or the rest of it, and check it."""
    target, part = folder / weight.name, folder / f"{weight.name}.part"
    if has_right_digest(target, weight):
        return target
    folder.mkdir(parents=True, exist_ok=True)
    with part.open("ab") as file:
        _complete(url, file, weight, on_bytes)
    if not has_right_digest(part, weight):
        part.unlink()
        raise FetchFailed(f"{weight.name} from {_host(url)} has another hash than declared.")
    part.replace(target)
    return target


def has_right_digest(path: Path, weight: Weight) -> bool:
    """Return whether a file exists with the declared size and hash."""
    if not path.is_file() or (weight.bytes and path.stat().st_size != weight.bytes):
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == weight.sha256


def _complete(url: str, file: IO[bytes], weight: Weight, on_bytes: OnBytes) -> None:
    for _ in range(_TRIES):
        had = file.tell()
        if weight.bytes and had >= weight.bytes:
            return
        try:
            if _download_rest(url, file, weight, on_bytes):
                return
        except urllib.error.HTTPError as error:
            error.close()
            if error.code == http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
                return  # nothing is missing: the hash decides
            raise FetchFailed(f"{_host(url)} answered {error.code} for {weight.name}.") from None
        except (OSError, http.client.HTTPException) as error:
            if file.tell() == had:
                why = getattr(error, "reason", error)
                raise FetchFailed(
                    f"{weight.name} could not be downloaded from {_host(url)}: {why}."
                ) from None
    raise FetchFailed(f"The download of {weight.name} was interrupted repeatedly. Try again later.")


def _download_rest(url: str, file: IO[bytes], weight: Weight, on_bytes: OnBytes) -> bool:
    """Append the missing bytes; return False if the connection ended too early."""
    had = file.tell()
    headers = {"Range": f"bytes={had}-"} if had else {}
    request = urllib.request.Request(url, headers=headers)  # noqa: S310  of the manifest or an operator
    with urllib.request.urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310
        if had and answer.status != http.HTTPStatus.PARTIAL_CONTENT:
            file.truncate(0)  # the server sends the whole file again
            file.seek(0)
            had = 0
        length = answer.headers.get("Content-Length")
        total = had + int(length) if length else weight.bytes
        while chunk := answer.read(_CHUNK):
            file.write(chunk)
            on_bytes(file.tell(), total)
    file.flush()
    os.fsync(file.fileno())
    return file.tell() >= total


def _host(url: str) -> str:
    """Return the host of a URL; the rest may contain a token."""
    return url.split("/")[2].rpartition("@")[2] if "://" in url else url
