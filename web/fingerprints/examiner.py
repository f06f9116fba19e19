"""Examine a file in a confined child process: its signed statement and its fingerprint.

The control plane decodes nothing itself. The child has the same limits as those that decode
uploads, and a file waits for one of the same slots.
"""

from __future__ import annotations

import logging
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from config.settings import Settings
from tasks.domain import strict_json
from tasks.domain.errors import NotReady
from tasks.domain.fingerprint import Fingerprint, FingerprintInvalid
from web.state_directory import ROOT
from web.uploads import ffmpeg
from web.uploads.confinement import ChildResult, Limits, benches, confined

log = logging.getLogger(__name__)

WAIT_SECONDS: Final = 20.0
"""How long a file waits for a slot before the caller is asked to retry."""
_LIMITS: Final = Limits(seconds=120, memory=2 * 1024**3, largest_file=64 * 1024**2)
_LARGEST: Final = 1024**2
_START: Final = (
    "import sys; sys.path.insert(0, sys.argv.pop(1)); import gpu_worker.verify as v; v.main()"
)


@dataclass(frozen=True, slots=True)
class Examination:
    """What a file claims about itself, and how it looks and sounds."""

    statement: dict[str, Any] = field(default_factory=lambda: {"signed": False, "valid": False})
    fingerprint: Fingerprint = field(default_factory=Fingerprint)


def examine(settings: Settings, path: Path, sender: str = "") -> Examination:
    """Examine a file; one that cannot be decoded has an empty fingerprint."""
    temporary = settings.path("temp")
    temporary.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(dir=temporary, prefix="examine-") as name,
        benches.bench(sender, WAIT_SECONDS),
    ):
        command = [sys.executable, "-I", "-c", _START, str(ROOT), str(path.absolute())]
        command += ["--samples", name, "--ffmpeg", ffmpeg.executable(), *_anchors(settings)]
        result = confined(command, _LIMITS, Path(name))
        return _read(result, Path(name) / "examination.json")


def _anchors(settings: Settings) -> list[str]:
    """Trust the installation's own certificate, if it has one."""
    return ["--anchors", settings.c2pa_cert] if settings.c2pa_cert else []


def _read(result: ChildResult, written: Path) -> Examination:
    if not result.succeeded:
        if "ModuleNotFoundError" in result.err:
            raise NotReady("This server cannot examine files now.", missing="c2pa-python")
        log.info("file not examined", extra={"exit_status": result.code})
        return Examination()
    try:
        found = strict_json.loads(written.read_bytes()[:_LARGEST])
        return Examination(found, Fingerprint.from_json(found.pop("fingerprint")))
    except (strict_json.InvalidJson, FingerprintInvalid, OSError, KeyError, AttributeError):
        log.warning("examination unreadable")
        return Examination()
