"""Forks a worker's first pool process, which billiard would start as a new interpreter.

What a pool process imports takes a second. Before a forked worker has threads or connections, it
forks once more: that process waits until the pool process is wanted, forks it and ends. The worker
adopts it, because a process takes over its orphans while it is a subreaper. A pool process that
replaces the first one is a new interpreter, as in production.
"""

from __future__ import annotations

import array
import ctypes
import fcntl
import json
import os
import socket
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

PR_SET_CHILD_SUBREAPER = 36
_LARGEST_ORDER = 1 << 20
_MOST_DESCRIPTORS = 32
_ABOVE_OTHERS = 512
"""Descriptors are received there first: none of the numbers that they will have is taken."""

Spawn = Callable[[str, Sequence[str], Sequence[int]], int]


def be_subreaper(is_one: bool) -> None:
    """Adopt the orphans among the descendants of this process, or no longer."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, int(is_one), 0, 0, 0)


def prepare() -> None:
    """Fork the process that will become this worker's first pool process."""
    from billiard import popen_spawn_posix  # only workers load it

    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    waiting = os.fork()
    if not waiting:
        ours.close()
        _become_pool_process(theirs)
    theirs.close()
    plain: Spawn = popen_spawn_posix.spawnv_passfds

    def spawn(_path: str, command: Sequence[str], descriptors: Sequence[int]) -> int:
        popen_spawn_posix.spawnv_passfds = plain
        with ours:
            return _order(ours, waiting, command, descriptors)

    popen_spawn_posix.spawnv_passfds = spawn


def _order(
    connection: socket.socket, waiting: int, command: Sequence[str], descriptors: Sequence[int]
) -> int:
    """Let the waiting process fork the pool process; return its id, as a child of this one."""
    umask = os.umask(0o077)
    os.umask(umask)
    order = {
        "command": list(command),
        "descriptors": list(descriptors),
        "environ": dict(os.environ),
        "directory": str(Path.cwd()),
        "umask": umask,
    }
    be_subreaper(True)
    try:
        rights = (socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))
        connection.sendmsg([json.dumps(order).encode()], [rights])
        pid = int(connection.recv(32))
        os.waitpid(waiting, 0)
    finally:
        be_subreaper(False)
    return pid


def _become_pool_process(connection: socket.socket) -> NoReturn:
    """Fork when the worker orders it; the forked process is the pool process."""
    message, received, _, _ = socket.recv_fds(connection, _LARGEST_ORDER, _MOST_DESCRIPTORS)
    if not message:  # the worker has ended
        os._exit(0)
    if pid := os.fork():
        connection.sendall(str(pid).encode())
        os._exit(0)
    connection.close()
    order = json.loads(message)
    _place(received, order["descriptors"])
    os.environ.clear()
    os.environ.update(order["environ"])
    os.chdir(order["directory"])
    os.umask(order["umask"])
    *_, program, mark = order["command"]  # of `python -c PROGRAM --billiard-fork`
    sys.argv = ["-c", mark]
    exec(program, {})
    raise AssertionError("billiard's program has not ended the process")


def _place(received: Sequence[int], wanted: Sequence[int]) -> None:
    """Give received descriptors the numbers that they have in the worker."""
    above = [fcntl.fcntl(number, fcntl.F_DUPFD, _ABOVE_OTHERS) for number in received]
    for number in received:
        os.close(number)
    for number, at in zip(above, wanted, strict=True):
        os.dup2(number, at)
        os.close(number)
