"""Tell outages, which pass, from input that would fail again.

While Redis, the database or the store is unavailable, the input itself is not at fault and is
retried later. Any other error is caused by the input or by the code that handles it.
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
"""Redis error replies that do not depend on the arguments of the command."""
_SYSTEM: Final = frozenset(
    getattr(errno, name)
    for name in (
        *("ENOSPC", "EDQUOT", "EIO", "EMFILE", "ENFILE", "ENOMEM", "EROFS", "EAGAIN", "EACCES"),
        *("EPERM", "ESTALE", "EHOSTUNREACH", "ENETUNREACH", "ENETDOWN", "ETIMEDOUT"),
    )
)


def is_outage(problem: BaseException) -> bool:
    """Return whether the same input may succeed once a service is available again."""
    if isinstance(problem, redis.RedisError):
        return _is_redis_outage(problem)
    if isinstance(problem, exc.SQLAlchemyError):
        return _is_database_outage(problem)
    if isinstance(
        problem, BrokerUnavailable | NotReady | MemoryError | ConnectionError | TimeoutError
    ):
        return True
    return isinstance(problem, OSError) and problem.errno in _SYSTEM


def _is_redis_outage(problem: redis.RedisError) -> bool:
    if isinstance(problem, redis.DataError):
        return False
    if type(problem) is redis.ResponseError:
        return str(problem).lstrip("-").startswith(_REFUSALS)
    return True


def _is_database_outage(problem: exc.SQLAlchemyError) -> bool:
    if isinstance(problem, exc.ProgrammingError):
        # With an SQLSTATE, a table or a right is missing; without, the driver rejects a value.
        return getattr(problem.orig, "sqlstate", None) is not None
    if isinstance(problem, exc.DataError | exc.IntegrityError | exc.NotSupportedError):
        return False
    return isinstance(problem, exc.DBAPIError | exc.DisconnectionError | exc.TimeoutError)
