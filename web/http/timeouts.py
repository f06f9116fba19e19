"""Cut off clients that send their requests too slowly.

A thread waits for each client, so a client that sends a byte now and then could hold it forever.
The head of a request is limited in time and size. The body must arrive at a minimum rate, measured
from its start, and must not pause for long.
"""

from __future__ import annotations

import io
import select
import socket
import time
from typing import Any, Final

HEAD_SECONDS: Final = 15.0
HEAD_BYTES: Final = 64 * 1024
PAUSE_SECONDS: Final = 20.0
GRACE_SECONDS: Final = 20.0
"""Time after the start of a body before its rate is checked."""
BYTES_A_SECOND: Final = 8 * 1024

_DRAIN_BYTES: Final = 64 * 1024


class ReadTimeout(io.RawIOBase):
    """Reads a socket and raises when bytes arrive too slowly."""

    def __init__(self, connection: socket.socket, data: bytes = b"") -> None:
        """Continue a connection from which `data` was already read."""
        self._connection = connection
        self._data = memoryview(data)
        self._poll = select.poll()  # `select` supports descriptors up to 1023 only
        self._poll.register(connection, select.POLLIN)
        self._began = time.monotonic()
        self._read = 0
        self._in_head = True

    def head_is_read(self) -> None:
        """Apply the limits of a body from now on."""
        self._began, self._read, self._in_head = time.monotonic(), 0, False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if self._in_head and self._read >= HEAD_BYTES:
            raise ConnectionError("the head of the request is too long")
        count = self._from_data(buffer) or self._from_connection(buffer)
        self._read += count
        return count

    def _from_data(self, buffer: Any) -> int:
        count = min(len(self._data), len(buffer))
        buffer[:count] = self._data[:count]
        self._data = self._data[count:]
        return count

    def _from_connection(self, buffer: Any) -> int:
        left = self._deadline() - time.monotonic()
        if left <= 0 or not self._poll.poll(1000 * min(left, PAUSE_SECONDS)):
            raise TimeoutError("the client is too slow")
        return self._connection.recv_into(buffer)

    def _deadline(self) -> float:
        if self._in_head:
            return self._began + HEAD_SECONDS
        return self._began + GRACE_SECONDS + self._read / BYTES_A_SECOND


class TimedReader(io.BufferedReader):
    """The buffered stream from which the server reads a request."""

    def __init__(self, connection: socket.socket, data: bytes = b"") -> None:
        self.patience = ReadTimeout(connection, data)
        super().__init__(self.patience, io.DEFAULT_BUFFER_SIZE)

    def read(self, size: int | None = -1, /) -> bytes:
        """Read, but in small blocks where Werkzeug discards the rest of a refused request.

        Werkzeug would read up to a thousand blocks of 10 MB; small ones are enough for the client
        to receive the response.
        """
        if size is not None and size > 1024**2:
            return super().read1(_DRAIN_BYTES)
        return super().read(size)
