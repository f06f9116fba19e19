"""`docker/logs/rsyslog.conf` with a real rsyslog: every event of our logs arrives once."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from config.installation import ROOT
from tests.services.binaries import require
from tests.services.program import Program
from tests.services.waiting import until

pytestmark = pytest.mark.slow
CONFIG = ROOT / "docker" / "logs" / "rsyslog.conf"
CONTAINERS = ROOT / "docker" / "logs" / "containers.conf"
MODULES = "RSYSLOG_MODDIR"
"""Where rsyslog's modules are if it is not installed in the usual place."""


class Shipper(Program):
    """rsyslog with our configuration."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory / "rsyslog.log")
        self._binary = require("rsyslogd", "rsyslog", ["/usr/sbin/rsyslogd"])
        self.logs = directory / "logs"
        self.events = directory / "events"
        self._state = directory / "state"
        for folder in (self.logs, self._state):
            folder.mkdir()

    def start(self) -> None:
        environ = os.environ | {
            "LOGS": str(self.logs / "*.log"),
            "EVENTS": str(self.events),
            "SHIPPER_STATE": str(self._state),
        }
        modules = ["-M", os.environ[MODULES]] if MODULES in os.environ else []
        self._run([self._binary, "-n", "-f", CONFIG, "-i", "NONE", *modules], env=environ)

    def _answers(self) -> bool:
        return self.pid > 0

    def stop(self) -> None:
        """End it as a machine that is shut down does."""
        self._end(signal.SIGTERM)

    def shipped(self) -> list[dict[str, Any]]:
        if not self.events.exists():
            return []
        return [json.loads(line) for line in self.events.read_text().splitlines()]


class ContainerShipper(Shipper):
    """rsyslog with the configuration of the containers' shipper, which Docker sends to."""

    def start(self) -> None:
        self.port = free_datagram_port()
        environ = os.environ | {
            "LISTEN_ADDRESS": "127.0.0.1",
            "LISTEN_PORT": str(self.port),
            "EVENTS": str(self.events),
            "SHIPPER_STATE": str(self._state),
        }
        modules = ["-M", os.environ[MODULES]] if MODULES in os.environ else []
        self._run([self._binary, "-n", "-f", CONTAINERS, "-i", "NONE", *modules], env=environ)

    def send(self, container: str, line: str) -> None:
        send_line(self.port, container, line)


def send_line(port: int, container: str, line: str) -> None:
    """Send a line as Docker's driver does with `syslog-format: rfc5424micro`."""
    at = "2026-11-30T12:00:00.123456Z"
    message = f"<30>1 {at} host {container} 1234 {container} - {line}"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(message.encode(), ("127.0.0.1", port))


def free_datagram_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def log_lines(directory: Path, *messages: str) -> str:
    """What a process of ours logs in JSON, with an error and its traceback."""
    code = (
        "import logging, sys\n"
        "from config.logs import configure\n"
        "from config.settings import current\n"
        "configure(current())\n"
        "log = logging.getLogger('web.test')\n"
        "for message in sys.argv[1:]:\n"
        "    log.info(message, extra={'job_id': 'a1'})\n"
        "try:\n"
        "    1 / 0\n"
        "except ZeroDivisionError:\n"
        "    log.exception('it failed')\n"
    )
    environ = os.environ | {"LOG_FORMAT": "json", "CALLSHEET_STATE": str(directory)}
    done = subprocess.run(
        [sys.executable, "-c", code, *messages],
        cwd=ROOT,
        env=environ,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout + done.stderr


def test_every_event_arrives_once_across_rotation_and_a_restart(tmp_path: Path) -> None:
    shipper = Shipper(tmp_path)
    first = log_lines(tmp_path / "a", "job accepted", 'a "quoted" name\nin two lines')
    (shipper.logs / "web.log").write_text(first + "printed before the log was set up\n")
    with shipper:
        until(lambda: len(shipper.shipped()) == 4, "the first events arrive", 30)
        # As supervisord rotates: another name, and a new file.
        (shipper.logs / "web.log").rename(shipper.logs / "web.log.1")
        (shipper.logs / "web.log").write_text(log_lines(tmp_path / "b", "after the rotation"))
        until(lambda: len(shipper.shipped()) == 6, "events after the rotation arrive", 60)
        shipper.stop()
        with (shipper.logs / "web.log").open("a") as file:
            file.write(log_lines(tmp_path / "c", "while it was stopped"))
        shipper.start()
        until(lambda: len(shipper.shipped()) >= 8, "events after the restart arrive", 30)
    found = shipper.shipped()
    events = [one["event"] for one in found if "event" in one]
    lines = [one["line"] for one in found if "line" in one]
    assert lines == ["printed before the log was set up"]
    messages = [event["message"] for event in events]
    assert sorted(messages) == sorted(
        [
            "job accepted",
            'a "quoted" name\nin two lines',
            "after the rotation",
            "while it was stopped",
            *["it failed"] * 3,
        ]
    )
    assert all(event["job_id"] == "a1" for event in events if event["level"] == "INFO")
    failed = next(event for event in events if event["message"] == "it failed")
    assert "ZeroDivisionError" in json.dumps(failed)


def test_every_line_of_a_container_arrives_with_its_name(tmp_path: Path) -> None:
    events = log_lines(tmp_path / "a", 'a "quoted" name\nin two lines', "x" * 12_000).splitlines()
    with ContainerShipper(tmp_path) as shipper:
        # It listens once the first one has arrived.
        until(lambda: shipper.send("web-1", "begin") or shipper.shipped(), "it listens", 30)
        for event in events:
            shipper.send("callsheet-web-1", event)
        shipper.send("callsheet-redis-1", "1:M * Ready to accept connections")
        until(lambda: len(of(shipper, "callsheet-redis-1")) == 1, "the last line arrives", 30)
        until(lambda: len(of(shipper, "callsheet-web-1")) == len(events), "all events arrive", 30)
    messages = [one["event"]["message"] for one in of(shipper, "callsheet-web-1")]
    assert sorted(messages) == sorted(['a "quoted" name\nin two lines', "x" * 12_000, "it failed"])
    (line,) = of(shipper, "callsheet-redis-1")
    assert line["line"].strip() == "1:M * Ready to accept connections"


def of(shipper: Shipper, container: str) -> list[dict[str, Any]]:
    return [one for one in shipper.shipped() if one["container"] == container]
