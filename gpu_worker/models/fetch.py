"""Bringing a file of a model: resumed where it broke off, kept only if its hash is right."""

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

_PIECE: Final = 1 << 20
_SECONDS: Final = 60
_TRIES: Final = 5
"""Each goes on where the last one stopped; one that brought nothing is the last."""

OnBytes = Callable[[int, int], None]
"""Hears how many bytes of how many are there."""


class FetchFailed(Exception):
    """Why a file did not come; a sentence for the person who asked for it."""


def fetch(weight: Weight, url: str, folder: Path, on_bytes: OnBytes = lambda *_: None) -> Path:
    """The file, whole and checked; what came of it before is not asked for again."""
    target, part = folder / weight.name, folder / f"{weight.name}.part"
    if has_right_digest(target, weight):
        return target
    folder.mkdir(parents=True, exist_ok=True)
    with part.open("ab") as file:
        _complete(url, file, weight, on_bytes)
    if not has_right_digest(part, weight):
        part.unlink()
        raise FetchFailed(f"{weight.name} from {_host(url)} is not the file that is expected.")
    part.replace(target)
    return target


def has_right_digest(path: Path, weight: Weight) -> bool:
    """Whether it is there, with the size and the hash of the manifest."""
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
            if _rest(url, file, weight, on_bytes):
                return
        except urllib.error.HTTPError as refused:
            refused.close()
            if refused.code == http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
                return  # there is no more: the hash decides
            raise FetchFailed(f"{_host(url)} answered {refused.code} to {weight.name}.") from None
        except (OSError, http.client.HTTPException) as lost:
            if file.tell() == had:
                why = getattr(lost, "reason", lost)
                raise FetchFailed(f"{weight.name} did not come from {_host(url)}: {why}.") from None
    raise FetchFailed(f"{weight.name} breaks off again and again; run the same command later.")


def _rest(url: str, file: IO[bytes], weight: Weight, on_bytes: OnBytes) -> bool:
    """Append what is missing; False: the connection ended before it was all here."""
    had = file.tell()
    headers = {"Range": f"bytes={had}-"} if had else {}
    request = urllib.request.Request(url, headers=headers)  # noqa: S310  of the manifest or an operator
    with urllib.request.urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310
        if had and answer.status != http.HTTPStatus.PARTIAL_CONTENT:
            file.truncate(0)  # it knows no ranges and sends all of it again
            file.seek(0)
            had = 0
        length = answer.headers.get("Content-Length")
        whole = had + int(length) if length else weight.bytes
        while piece := answer.read(_PIECE):
            file.write(piece)
            on_bytes(file.tell(), whole)
    file.flush()
    os.fsync(file.fileno())
    return file.tell() >= whole


def _host(url: str) -> str:
    """Of an address: what follows may hold a token."""
    return url.split("/")[2].rpartition("@")[2] if "://" in url else url
