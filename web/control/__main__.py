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
from web.control.loop import Controller
from web.monitoring.heartbeats import LEADER, STANDBY, ProcessHeartbeat
from web.services import current_services


def main() -> int:
    try:
        settings = current()
    except ConfigurationError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    configure(settings)
    private_files.protect(settings.state)
    tracing.start(settings, "control")
    scratch.use_state_directory(settings)
    app = base_app.create_base_app(settings)
    with app.app_context():
        control = Controller(current_services())

        def stop(_number: int, _frame: FrameType | None) -> None:
            control.stop_event.set()

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
        presence = ProcessHeartbeat(
            current_services(),
            "control",
            lambda: LEADER if control.is_leader else STANDBY,
            metrics=control.metrics_address,
        )
        presence.start()
        control.run()
        presence.close()
        tracing.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
