"""Tell an outage, which passes, from input that will fail again.

While Redis, the database or the store is away nothing is wrong with what was to be applied:
it is tried again when they are back. Everything else is the fault of the input, or of our
code for this input.
"""

from __future__ import annotations

import errno
from typing import Final

import redis
from kombu.exceptions import OperationalError as BrokerUnavailable
from sqlalchemy import exc

from tasks.domain.errors import NotReady

_REFUSALS: Final = (
    *("OOM", "LOADING", "MISCONF", "READONLY", "BUSY", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN"),
    *("NOREPLICAS", "NOSCRIPT", "NOAUTH", "NOPERM", "WRONGPASS", "UNKILLABLE", "EXECABORT"),
)
"""What Redis says when it refuses any such command, whatever its arguments are."""
_SYSTEM: Final = frozenset(
    getattr(errno, name)
    for name in (
        *("ENOSPC", "EDQUOT", "EIO", "EMFILE", "ENFILE", "ENOMEM", "EROFS", "EAGAIN", "EACCES"),
        *("EPERM", "ESTALE", "EHOSTUNREACH", "ENETUNREACH", "ENETDOWN", "ETIMEDOUT"),
    )
)


def is_outage(problem: BaseException) -> bool:
    """Whether the same input may succeed once a part of the system is back."""
    if isinstance(problem, redis.RedisError):
        return _redis(problem)
    if isinstance(problem, exc.SQLAlchemyError):
        return _database(problem)
    if isinstance(problem, BrokerUnavailable | NotReady | MemoryError | ConnectionError):
        return True
    if isinstance(problem, TimeoutError):
        return True
    return isinstance(problem, OSError) and problem.errno in _SYSTEM


def _redis(problem: redis.RedisError) -> bool:
    if isinstance(problem, redis.DataError):
        return False
    if type(problem) is redis.ResponseError:
        return str(problem).lstrip("-").startswith(_REFUSALS)
    return True


def _database(problem: exc.SQLAlchemyError) -> bool:
    if isinstance(problem, exc.ProgrammingError):
        # Refused by the server: a table or a right is missing. By the driver: the value is wrong.
        return getattr(problem.orig, "sqlstate", None) is not None
    if isinstance(problem, exc.DataError | exc.IntegrityError | exc.NotSupportedError):
        return False
    return isinstance(problem, exc.DBAPIError | exc.DisconnectionError | exc.TimeoutError)
