"""A real clamd with one signature, the test virus: no feed of signatures is needed."""

from __future__ import annotations

import os
import signal
import socket
import tempfile
from pathlib import Path
from types import TracebackType

from tests.services.binaries import require
from tests.services.program import Program

TEST_VIRUS = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE" + b"!$H+H*"
WIDE = {
    "StreamMaxLength": "60M",
    "MaxFileSize": "60M",
    "MaxScanSize": "120M",
    "AlertExceedsMax": "yes",
}


class Clamd(Program):
    """One daemon on a unix socket; it may be frozen, killed and started on other limits."""

    def __init__(self, **limits: str) -> None:
        self._binary = require("clamd", "clamav-daemon", ["/usr/sbin/clamd"])
        self._place = tempfile.TemporaryDirectory(prefix="callsheet-clamd-")
        self.directory = Path(self._place.name)
        super().__init__(self.directory / "log")
        self.socket = str(self.directory / "clamd.ctl")
        database = self.directory / "db"
        database.mkdir()
        (database / "test.ndb").write_text(f"Test.EICAR.Body:0:*:{TEST_VIRUS.hex()}\n")
        options = {
            "Foreground": "yes",
            "DatabaseDirectory": str(database),
            "LocalSocket": self.socket,
            **(WIDE | limits),
        }
        text = "".join(f"{name} {value}\n" for name, value in options.items())
        (self.directory / "clamd.conf").write_text(text)

    def start(self) -> None:
        Path(self.socket).unlink(missing_ok=True)
        self._run([self._binary, f"--config-file={self.directory}/clamd.conf"])

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as wire:
            wire.settimeout(2)
            try:
                wire.connect(self.socket)
                wire.sendall(b"zPING\0")
                return wire.recv(16).startswith(b"PONG")
            except OSError:
                return False

    def freeze(self) -> None:
        os.kill(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        os.kill(self.pid, signal.SIGCONT)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        super().__exit__(kind, error, at)
        self._place.cleanup()
