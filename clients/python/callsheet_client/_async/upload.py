"""Send a file in pieces (tus 1.0), and go on after a cut connection where it stopped."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import httpx

from callsheet_client._retries import backoff
from callsheet_client.errors import ApiError, ConnectionFailed

if TYPE_CHECKING:
    from callsheet_client._async.client import AsyncClient

PIECE = 1024 * 1024
_VERSION = {"Tus-Resumable": "1.0.0"}
_ELSEWHERE = frozenset({409, 423, 460})
"""The server has another offset, still writes the last piece, or received a damaged one."""


async def send_file(
    client: AsyncClient,
    session_id: str,
    data: bytes,
    *,
    kind: str,
    name: str,
    on_progress: Callable[[int, int], object],
    part: Mapping[str, float | None] | None = None,
) -> str:
    """Upload a file and return the id under which it was accepted.

    `part` has the `start` and `end` of a recording, in seconds.
    """
    told = {"session_id": session_id, "kind": kind, "filename": name}
    told |= {edge: str(at) for edge, at in (part or {}).items() if at is not None}
    metadata = ",".join(f"{k} {base64.b64encode(v.encode()).decode()}" for k, v in told.items())
    headers = _VERSION | {"Upload-Length": str(len(data)), "Upload-Metadata": metadata}
    created = await client.send("POST", "/uploads", headers=headers)
    path = created.headers["Location"]
    offset, failures = 0, 0
    on_progress(0, len(data))
    while True:
        try:
            answer = await _send_piece(client, path, data[offset : offset + PIECE], offset)
        except (ConnectionFailed, ApiError) as error:
            if isinstance(error, ApiError) and error.status not in _ELSEWHERE:
                raise
            failures += 1
            if failures > client.attempts:
                raise
            await asyncio.sleep(backoff(failures))
            answer = await client.send("HEAD", path, headers=_VERSION)
        offset_before, offset = offset, int(answer.headers["Upload-Offset"])
        failures = 0 if offset > offset_before else failures
        on_progress(offset, len(data))
        if "Upload-Id" in answer.headers:
            return answer.headers["Upload-Id"]


async def _send_piece(client: AsyncClient, path: str, piece: bytes, offset: int) -> httpx.Response:
    checksum = base64.b64encode(hashlib.sha256(piece).digest()).decode()
    headers = _VERSION | {
        "Content-Type": "application/offset+octet-stream",
        "Upload-Offset": str(offset),
        "Upload-Checksum": f"sha256 {checksum}",
    }
    return await client.send("PATCH", path, headers=headers, content=piece)
