"""Exit codes, and error messages without a traceback for expected errors."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from types import FrameType

import httpx
from socketio.exceptions import ConnectionError as NoConnection

from config.settings import ConfigurationError
from tasks.domain.errors import RequestError
from web.cli.commands.output import Output
from web.cli.local.client import RequestRefused
from web.cli.local.demo import DemoFailed
from web.cli.local.embedded_redis import NoRedis
from web.cli.local.local_system import NotStarted
from web.cli.local.parent_death_signal import end_with_parent
from web.cli.local.ports import PortTaken
from web.cli.local.process_manager import AlreadyRunning, ManagerFailed
from web.cli.local.smoke import SmokeFailed
from web.db.schema import SchemaNotUsable
from web.errors import OperatorsOnly
from web.storage.backup import BackupRefused
from web.workers.tokens import NodeRefused


class ExitCode(IntEnum):
    """Exit codes; scripts depend on them, so their meaning never changes."""

    OK = 0
    FAILED = 1
    """The job or the command failed."""
    USAGE = 2
    """The command line is wrong; no request was sent."""
    UNREACHABLE = 3
    """No server answers at the address."""
    CANCELLED = 4
    """The job was cancelled."""
    REFUSED = 5
    """The server refused the request, for example an unknown job or an invalid file."""
    INTERRUPTED = 130
    """Ctrl-C or a signal."""


class Unreachable(Exception):
    """No server answers; the message contains the address."""


class Incapable(Exception):
    """This machine lacks something that the command needs; the message says what."""


_MESSAGES = (
    AlreadyRunning,
    BackupRefused,
    ConfigurationError,
    DemoFailed,
    Incapable,
    ManagerFailed,
    NoRedis,
    NodeRefused,
    NotStarted,
    PortTaken,
    RequestError,
    SchemaNotUsable,
    SmokeFailed,
)
"""The errors whose message is printed without a traceback."""


def _hint(refused: RequestRefused) -> tuple[str, ...]:
    if refused.code != OperatorsOnly.code:
        return ()
    return (
        "Set OPERATOR_TOKEN or OPERATOR_TOKEN_FILE where this command runs, or CALLSHEET_STATE "
        "to the server's state directory on this machine.",
    )


@contextmanager
def handling_errors(output: Output) -> Iterator[None]:
    """Turn every error into a message and an exit code."""
    signal.signal(signal.SIGTERM, _interrupt)
    signal.signal(signal.SIGHUP, _interrupt)
    if "MAKELEVEL" in os.environ:
        end_with_parent()  # sent if `make` is killed
    try:
        yield
    except _MESSAGES as known:
        output.problem(getattr(known, "code", "FAILED"), str(known))
        sys.exit(ExitCode.FAILED)
    except RequestRefused as refused:
        details = tuple(_detail(error) for error in refused.errors) + _hint(refused)
        output.problem(refused.code, str(refused), details)
        sys.exit(ExitCode.REFUSED)
    except Unreachable as away:
        output.problem("UNREACHABLE", str(away))
        sys.exit(ExitCode.UNREACHABLE)
    except (httpx.TransportError, NoConnection) as lost:
        output.problem("UNREACHABLE", f"Connection to the server lost: {lost}.")
        sys.exit(ExitCode.UNREACHABLE)
    except KeyboardInterrupt:
        sys.exit(ExitCode.INTERRUPTED)
    except Exception:  # noqa: BLE001  the boundary of this process
        _internal_error(output)


def _internal_error(output: Output) -> None:
    """Hide internal errors, unless debug logging is on."""
    if os.environ.get("LOG_LEVEL") == "DEBUG":
        raise  # noqa: PLE0704  what the caller caught
    sentence = "Internal error in callsheet. Set LOG_LEVEL=DEBUG to see details."
    output.problem("INTERNAL_ERROR", sentence)
    sys.exit(ExitCode.FAILED)


def _detail(error: dict[str, str]) -> str:
    """Format the error of a field or a file, with its remedy."""
    where = error.get("field") or error.get("layer") or ""
    mends = f" ({error['remedy']})" if error.get("remedy") else ""
    return f"{where}: {error.get('message', '')}{mends}"


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
