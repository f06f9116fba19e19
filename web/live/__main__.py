"""`python -m web.live`: serve live events to a crowd."""

from __future__ import annotations

from gevent import monkey

monkey.patch_all()  # before anything imports sockets and threads

import sys  # noqa: E402  after the patch

from web.live.process import run  # noqa: E402  after the patch

if __name__ == "__main__":
    sys.exit(run())
