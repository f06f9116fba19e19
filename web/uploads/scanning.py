"""Scan files with clamd; only an explicit OK counts as scanned.

While `AlertExceedsMax` is off, clamd answers OK for an infected file above its `MaxFileSize`. So
before the first OK is trusted, and again after every outage, clamd must find a harmless test virus
in a file of the largest size that uploads may have.
"""

from __future__ import annotations

import logging
import tempfile
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Final, Literal

import clamd

from tasks.circuit_breaker import CircuitBreakers
from tasks.domain.errors import ProviderUnavailable
from web.errors import ScanUnavailable
from web.uploads.candidate import Candidate, refusal

log = logging.getLogger(__name__)

Policy = Literal["required", "optional", "off"]
TIMEOUT_SECONDS: Final = 30.0
_BLOCK: Final = 64 * 1024

# Split, so that scanners do not report this module as the virus.
_TEST_VIRUS: Final = (
    b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE" + b"!$H+H*"
)


class Unscanned(Exception):
    """clamd neither answered OK nor found a virus."""


class ScannerNotDetecting(Unscanned):
    """clamd's limits are too small for the largest uploads."""


def remedy(largest: int) -> str:
    """Return the necessary lines of clamd.conf; Debian's defaults are too small."""
    megabytes = largest // 1024**2 + 10
    return (
        f"in /etc/clamav/clamd.conf: StreamMaxLength {megabytes}M, MaxFileSize {megabytes}M, "
        f"MaxScanSize {2 * megabytes}M, AlertExceedsMax yes; then restart clamav-daemon"
    )


@dataclass(slots=True)
class Scanner:
    """A client of clamd that applies the scanning policy."""

    policy: Policy
    address: str
    largest: int
    """Bytes of the largest file that clamd must be able to scan."""
    breakers: CircuitBreakers | None = None
    """Stop calls to clamd while it is down, so that uploads do not wait for time-outs."""
    _verified: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def scan(self, candidate: Candidate) -> bool:
        """Return whether clamd found the file clean; refuse an infected file under any policy."""
        if self.policy == "off":
            return False
        try:
            trusted = self._is_verified()
            virus = self._scan_file(candidate.path)
        except Unscanned as error:
            self._verified = trusted = False
            virus = None
            log.warning("file not scanned", extra={"error": str(error)})
            if self.policy == "required":
                raise ScanUnavailable(reason=str(error), quarantine=True) from None
        if virus:
            raise refusal("scan", "VIRUS_FOUND", "The file contains a virus.", security=True)
        return trusted

    def _is_verified(self) -> bool:
        """Verify clamd; under the optional policy, clamd with small limits is still used."""
        try:
            self.check()
        except Unscanned:
            if self.policy == "required":
                raise
            self.ping()
        return self._verified

    def _scan_file(self, path: Path) -> str | None:
        with path.open("rb") as file:
            return self._ask(file)

    def check(self) -> None:
        """Raise unless clamd finds the test virus in a file of the largest size."""
        with self._lock:
            if self._verified:
                return
            self.ping()  # before a large file is created in vain
            if not self._detects_test_virus():
                raise ScannerNotDetecting(
                    "clamd does not scan files as large as the largest uploads"
                )
            self._verified = True

    def _detects_test_virus(self) -> bool:
        with tempfile.TemporaryFile() as file:
            _infect(file, self.largest)
            try:
                return self._ask(file) is not None
            except Unscanned:
                self.ping()  # it is running, but rejects a file of this size
                return False

    def check_at_start(self) -> None:
        """Log at start whether clamd works as the policy needs."""
        if self.policy == "off":
            return
        try:
            self.check()
        except ScannerNotDetecting as error:
            what = {"error": str(error), "remedy": remedy(self.largest)}
            log.warning("clamd not verified", extra=what)
        except Unscanned as error:
            refused = self.policy == "required"
            log.warning(
                "uploads are refused" if refused else "uploads are accepted unscanned",
                extra={"error": str(error)},
            )
        else:
            log.info("clamd verified")

    def ping(self) -> None:
        """Raise unless clamd answers."""
        with self._client() as client:
            client.ping()

    def _ask(self, file: IO[bytes]) -> str | None:
        """Return the virus that clamd found, or None for its OK."""
        with self._client() as client:
            answer: dict[str, tuple[str, str | None]] = client.instream(file)
        verdict, name = answer.get("stream", ("", None))
        if verdict == "FOUND" and not (name or "").startswith("Heuristics.Limits.Exceeded"):
            return name or "unnamed"
        if verdict == "OK":
            return None
        raise Unscanned(f"clamd answered {verdict} {name}")

    @contextmanager
    def _client(self) -> Iterator[Any]:
        """Open a client for one command and close its socket, even when the command fails."""
        host, colon, port = self.address.rpartition(":")
        if colon and port.isdigit():
            client = clamd.ClamdNetworkSocket(host, int(port), TIMEOUT_SECONDS)
        else:
            client = clamd.ClamdUnixSocket(self.address, TIMEOUT_SECONDS)
        errors = (clamd.ClamdError, OSError)
        call = self.breakers.guarded_call("clamd", errors) if self.breakers else nullcontext()
        try:
            with call:
                yield client
        except (*errors, ProviderUnavailable) as error:
            name = getattr(error, "details", {}).get("error", type(error).__name__)
            raise Unscanned(f"clamd unavailable: {name}") from None
        finally:
            if (connection := getattr(client, "clamd_socket", None)) is not None:
                connection.close()


def _infect(file: IO[bytes], size: int) -> None:
    """Write an archive of a given size that begins with the test virus."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("test.com", _TEST_VIRUS)
        with archive.open("filling", "w") as filling:
            for _ in range(max(0, size - 1024) // _BLOCK):
                filling.write(bytes(_BLOCK))
    file.seek(0)
