"""WebSocket frames, as bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.live import frames


def of_client(kind: int, payload: bytes, mask: bytes = b"\x01\x02\x03\x04") -> bytes:
    head = bytes((0x80 | kind,))
    if len(payload) < 126:
        head += bytes((0x80 | len(payload),))
    else:
        head += bytes((0x80 | 126,)) + len(payload).to_bytes(2, "big")
    return head + mask + bytes(b ^ mask[i % 4] for i, b in enumerate(payload))


@given(st.binary(max_size=300), st.binary(min_size=4, max_size=4), st.integers(0, 320))
def test_a_frame_is_read_whole_however_it_arrives(payload: bytes, mask: bytes, cut: int) -> None:
    data = of_client(frames.TEXT, payload, mask) + of_client(frames.PONG, b"")
    early, rest = frames.decode(data[:cut])
    late, left = frames.decode(rest + data[cut:])
    assert [frame.payload for frame in (*early, *late)] == [payload, b""]
    assert left == b""


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"\x81\x02ab", frames.PROTOCOL_ERROR),  # not masked
        (b"\xc1\x80\x01\x02\x03\x04", frames.PROTOCOL_ERROR),  # a reserved bit
        (of_client(frames.TEXT, b"x" * 5000), frames.TOO_BIG),
        (b"\x81\xff" + (1 << 40).to_bytes(8, "big"), frames.TOO_BIG),
    ],
)
def test_what_no_client_may_send_closes_the_connection(data: bytes, code: int) -> None:
    with pytest.raises(frames.BadFrame) as refused:
        frames.decode(data)
    assert refused.value.code == code


@pytest.mark.parametrize("length", [0, 125, 126, 65_535, 65_536])
def test_a_frame_of_the_server_names_its_length(length: int) -> None:
    data = frames.encode(frames.TEXT, b"x" * length)
    assert data.endswith(b"x" * length)
    assert len(data) - length == (2 if length < 126 else 4 if length < 65_536 else 10)
