"""A controller that kills itself at a point of a delivery (`CALLSHEET_TEST_KILL_AT`)."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from typing import Any, Final

from tasks.outbound.client import GuardedClient
from web.control import outbox
from web.control.__main__ import main
from web.webhooks.deliverer import Deliverer

POINTS: Final[dict[str, tuple[Any, str, bool]]] = {
    "published": (outbox, "_mark", False),
    "queued": (outbox, "_mark", True),
    "claimed": (Deliverer, "_hand_over", False),
    "connecting": (GuardedClient, "request", False),
    "answered": (GuardedClient, "request", True),
    "recording": (Deliverer, "_record", False),
    "recorded": (Deliverer, "_record", True),
}
"""Where: an owner, its function, and whether after it."""


def _doom(owner: Any, name: str, after: bool) -> None:
    original: Callable[..., Any] = getattr(owner, name)

    def doomed(*args: Any, **kwargs: Any) -> Any:
        reached = name != "_record" or bool(args[0]._unrecorded)
        if reached and not after:
            os.kill(os.getpid(), signal.SIGKILL)
        result = original(*args, **kwargs)
        if reached:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(owner, name, doomed)


if __name__ == "__main__":
    _doom(*POINTS[os.environ["CALLSHEET_TEST_KILL_AT"]])
    sys.exit(main())
