"""clamd: the one who says OK. Whatever is not an explicit OK leaves a file unscanned.

clamd answers OK for an infected file that is over its `MaxFileSize` while
`AlertExceedsMax` is off, so its limits are tried with a file of our largest size and a
harmless test virus in it, before its first OK is believed, and again after it was away.
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

# Taken apart, so that no scanner takes this module for the virus.
_TEST_VIRUS: Final = (
    b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE" + b"!$H+H*"
)


class Unscanned(Exception):
    """clamd did not say OK, and did not find anything either."""


class ScannerNotDetecting(Unscanned):
    """clamd does not look into files as large as those we take; its limits are too small."""


def remedy(largest: int) -> str:
    """What to put into clamd.conf; the defaults of Debian stop at half of our largest upload."""
    whole = largest // 1024**2 + 10
    return (
        f"in /etc/clamav/clamd.conf: StreamMaxLength {whole}M, MaxFileSize {whole}M, "
        f"MaxScanSize {2 * whole}M, AlertExceedsMax yes; then restart clamav-daemon"
    )


@dataclass(slots=True)
class Scanner:
    """A door to clamd."""

    policy: Policy
    address: str
    largest: int
    """Bytes of the largest file that it must be able to look into."""
    outside: CircuitBreakers | None = None
    """Where it is left alone while it is down, so that no upload waits for its time-out."""
    _verified: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def scan(self, candidate: Candidate) -> bool:
        """True for an OK; False where none is needed. A finding is refused in any case."""
        if self.policy == "off":
            return False
        try:
            believed = self._is_verified()
            found = self._scan_file(candidate.path)
        except Unscanned as error:
            self._verified = believed = False
            found = None
            log.warning("a file was not scanned: %s", error)
            if self.policy == "required":
                raise ScanUnavailable(reason=str(error), quarantine=True) from None
        if found:
            raise refusal("scan", "VIRUS_FOUND", "A virus scanner refuses the file.", security=True)
        return believed

    def _is_verified(self) -> bool:
        """Where clamd's OK is not required, one that is half blind may still find something."""
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
        """Believe clamd only if it finds the test virus in a file of our largest size."""
        with self._lock:
            if self._verified:
                return
            self.ping()  # before a large file is made for nothing
            if not self._detects_test_virus():
                raise ScannerNotDetecting(
                    "clamd does not look into files as large as those we take"
                )
            self._verified = True

    def _detects_test_virus(self) -> bool:
        with tempfile.TemporaryFile() as file:
            _infect(file, self.largest)
            try:
                return self._ask(file) is not None
            except Unscanned:
                self.ping()  # it is there, and hangs up on a file of this size
                return False

    def check_at_start(self) -> None:
        """Say in the log now what the first upload would meet."""
        if self.policy == "off":
            return
        try:
            self.check()
        except ScannerNotDetecting as blind:
            log.warning("%s: %s", blind, remedy(self.largest))
        except Unscanned as error:
            consequence = "refused" if self.policy == "required" else "taken unscanned"
            log.warning("uploads are %s: %s", consequence, error)
        else:
            log.info("clamd finds what it must")

    def ping(self) -> None:
        """Raise unless clamd answers."""
        with self._client() as client:
            client.ping()

    def _ask(self, file: IO[bytes]) -> str | None:
        """What clamd found; None for its OK."""
        with self._client() as client:
            answer: dict[str, tuple[str, str | None]] = client.instream(file)
        verdict, name = answer.get("stream", ("", None))
        if verdict == "FOUND" and not (name or "").startswith("Heuristics.Limits.Exceeded"):
            return name or "unnamed"
        if verdict == "OK":
            return None
        raise Unscanned(f"clamd says {verdict} {name}")

    @contextmanager
    def _client(self) -> Iterator[Any]:
        """For one command; the package leaves its socket open when that fails."""
        host, colon, port = self.address.rpartition(":")
        if colon and port.isdigit():
            client = clamd.ClamdNetworkSocket(host, int(port), TIMEOUT_SECONDS)
        else:
            client = clamd.ClamdUnixSocket(self.address, TIMEOUT_SECONDS)
        away = (clamd.ClamdError, OSError)
        call = self.outside.guarded_call("clamd", away) if self.outside else nullcontext()
        try:
            with call:
                yield client
        except (*away, ProviderUnavailable) as error:
            said = getattr(error, "details", {}).get("error", type(error).__name__)
            raise Unscanned(f"{said} of clamd") from None
        finally:
            if (wire := getattr(client, "clamd_socket", None)) is not None:
                wire.close()


def _infect(file: IO[bytes], size: int) -> None:
    """Write an archive of a size, with the test virus at its beginning."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("test.com", _TEST_VIRUS)
        with archive.open("filling", "w") as filling:
            for _ in range(max(0, size - 1024) // _BLOCK):
                filling.write(bytes(_BLOCK))
    file.seek(0)
