"""Numbers that tell the processes of one host name apart, also those of containers.

Containers on a host network share the host's name, and in each of them the first process has the
number 1.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

_HOSTS_OWN: Final = 0xEFFFFFFC
"""The number that the kernel gives to the first process namespace, which is the host's."""


def process_number(pid: int | None = None) -> str:
    """Return the process id; within a container, with the number of its process namespace."""
    return numbered(os.getpid() if pid is None else pid, _namespace())


def numbered(pid: int, namespace: int) -> str:
    """
    >>> numbered(4711, 0xEFFFFFFC), numbered(1, 4026532201), numbered(1, 4026532566)
    ('4711', '365-1', '730-1')
    """
    return str(pid) if namespace == _HOSTS_OWN else f"{abs(namespace - _HOSTS_OWN)}-{pid}"


def _namespace() -> int:
    try:
        return Path("/proc/self/ns/pid").stat().st_ino
    except OSError:  # a machine without namespaces
        return _HOSTS_OWN
