"""A TCP proxy of a test's own: it can hang up, stall, fall silent, be slow or answer by itself.
It needs no root."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Collection
from types import TracebackType
from typing import Self

from tests.services import standing

CHUNK = 65_536
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class _Wire:
    """One connection, through us to the server."""

    def __init__(self, near: socket.socket, far: socket.socket) -> None:
        self.near, self.far = near, far
        self.client: int = near.getpeername()[1]
        self.silent = threading.Event()

    def reset(self) -> None:
        for end in (self.near, self.far):
            with contextlib.suppress(OSError):
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
            self._close(end)

    def close(self) -> None:
        for end in (self.near, self.far):
            self._close(end)

    def _close(self, end: socket.socket) -> None:
        # A thread that waits in recv() must wake up; closing alone does not do that.
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()


class Proxy:
    """Stands before a server on this machine, on a port of its own."""

    def __init__(self, port: int) -> None:
        self._to = ("127.0.0.1", port)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self.delay = 0.0
        """Seconds that each piece takes on its way."""
        self.answer: bytes | None = None
        """What is answered instead of the server, and then hung up."""
        self._away = False
        self._open = threading.Event()
        self._open.set()
        self._wires: set[_Wire] = set()
        self._lock = threading.Lock()
        self._over = False
        self._thread = threading.Thread(target=self._accept, name="proxy", daemon=True)
        self._carrying: list[threading.Thread] = []

    def reset(self) -> None:
        """Every connection breaks at once; new ones are fine."""
        for wire in self._now():
            wire.reset()

    def hang_up(self) -> None:
        """Every connection breaks, and so does each new one, until `take_up`."""
        self._away = True
        self.reset()

    def take_up(self) -> None:
        self._away = False

    def half_open(self, ports: Collection[int] | None = None) -> None:
        """Pass nothing on through the present connections, without closing them.

        With ports, only through those of clients with one of these ports.
        """
        for wire in self._now():
            if ports is None or wire.client in ports:
                wire.silent.set()

    def freeze(self) -> None:
        """Nothing moves, on no connection, until `thaw`."""
        self._open.clear()

    def thaw(self) -> None:
        self._open.set()

    def _now(self) -> list[_Wire]:
        with self._lock:
            return list(self._wires)

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listening.accept()
            except OSError:
                return
            try:
                far = socket.create_connection(self._to, timeout=5)
                far.settimeout(None)
                wire = _Wire(near, far)
            except OSError:
                near.close()  # the server is away, so are we; or the client has gone already
                continue
            if self._away:
                wire.reset()
                continue
            with self._lock:
                self._wires.add(wire)
            self._carrying = [thread for thread in self._carrying if thread.is_alive()]
            for ends in ((near, far), (far, near)):
                thread = threading.Thread(target=self._carry, args=(wire, *ends), daemon=True)
                standing.THREADS.add(thread)  # processes of a wider fixture connect at any time
                self._carrying.append(thread)
                thread.start()

    def _carry(self, wire: _Wire, source: socket.socket, target: socket.socket) -> None:
        try:
            while data := source.recv(CHUNK):
                self._open.wait()
                if self.delay:
                    time.sleep(self.delay)
                if self.answer is not None and source is wire.near:
                    source.sendall(self.answer)
                    break
                if not wire.silent.is_set():
                    target.sendall(data)
        except OSError:
            pass
        if not wire.silent.is_set() or self._over:
            wire.close()
            with self._lock:
                self._wires.discard(wire)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._over = True
        self.thaw()
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._thread.join()
        for wire in self._now():
            wire.close()
        for thread in self._carrying:
            thread.join()
