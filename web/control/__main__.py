"""`python -m web.control`: the leader, or a hot standby of it."""

from __future__ import annotations

import signal
import sys
from types import FrameType

from config import private_files, scratch
from config.logs import configure
from config.settings import ConfigurationError, current
from tasks.telemetry import tracing
from web import base_app
from web.control.loop import Control
from web.monitoring.heartbeats import LEADER, STANDBY, Presence
from web.services import services


def main() -> int:
    try:
        settings = current()
    except ConfigurationError as mistakes:
        sys.stderr.write(f"{mistakes}\n")
        return 2
    configure(settings)
    private_files.protect(settings.state)
    tracing.start(settings, "control")
    scratch.use(settings)
    app = base_app.lay(settings)
    with app.app_context():
        control = Control(services())

        def stop(_number: int, _frame: FrameType | None) -> None:
            control.over.set()

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
        presence = Presence(services(), "control", lambda: LEADER if control.leads else STANDBY)
        presence.start()
        control.run()
        presence.close()
        tracing.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
