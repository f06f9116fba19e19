"""The bytes of both streams: Server-Sent Events and WebSocket frames (RFC 6455)."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from typing import Final

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
GOING_AWAY, PROTOCOL_ERROR, POLICY, TOO_BIG = 1001, 1002, 1008, 1009
RESTART, TRY_AGAIN_LATER = 1012, 1013
LARGEST: Final = 4096
"""Bytes of a client's frame; clients need not send anything."""
_GUID: Final = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_FINAL, _MASKED, _RESERVED = 0x80, 0x80, 0x70
_TWO_BYTES, _EIGHT_BYTES = 126, 127


class BadFrame(Exception):
    """A client sent what no client may send; carries the code that closes the connection."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


@dataclass(slots=True)
class Frame:
    """A frame of a client."""

    kind: int
    payload: bytes


def accept_key(key: str) -> str:
    """Return the answer to the key of a handshake."""
    return base64.b64encode(hashlib.sha1(key.encode() + _GUID).digest()).decode()  # noqa: S324


def encode(kind: int, payload: bytes) -> bytes:
    """Return a frame of the server."""
    length = len(payload)
    if length < _TWO_BYTES:
        head = bytes((_FINAL | kind, length))
    elif length < 1 << 16:
        head = bytes((_FINAL | kind, _TWO_BYTES)) + length.to_bytes(2, "big")
    else:
        head = bytes((_FINAL | kind, _EIGHT_BYTES)) + length.to_bytes(8, "big")
    return head + payload


def closing(code: int, reason: str) -> bytes:
    """Return the frame that closes a connection."""
    return encode(CLOSE, code.to_bytes(2, "big") + reason.encode())


def decode(data: bytes) -> tuple[list[Frame], bytes]:
    """Return the frames at the start of what a client has sent, and the rest of it.

    Fragments are returned as frames of their own: no message of a client has a meaning.
    """
    found: list[Frame] = []
    while (size := _size(data)) is not None:
        head, length = size
        if len(data) < head + length:
            break
        mask, body = data[head - 4 : head], data[head : head + length]
        found.append(Frame(data[0] & 0x0F, _unmasked(body, mask)))
        data = data[head + length :]
    return found, data


def _size(data: bytes) -> tuple[int, int] | None:
    """Return the lengths of a frame's head and payload; None if the head is incomplete."""
    if len(data) < 2:
        return None
    if data[0] & _RESERVED or not data[1] & _MASKED:
        raise BadFrame(PROTOCOL_ERROR)
    length = data[1] & 0x7F
    if length == _EIGHT_BYTES:
        raise BadFrame(TOO_BIG)
    extended = 2 if length == _TWO_BYTES else 0
    head = 2 + extended + 4
    if len(data) < head:
        return None
    if extended:
        length = int.from_bytes(data[2:4], "big")
    if length > LARGEST:
        raise BadFrame(TOO_BIG)
    return head, length


def _unmasked(body: bytes, mask: bytes) -> bytes:
    if not body:
        return b""
    repeated = (mask * (len(body) // 4 + 1))[: len(body)]
    number = int.from_bytes(body, "big") ^ int.from_bytes(repeated, "big")
    return number.to_bytes(len(body), "big")
