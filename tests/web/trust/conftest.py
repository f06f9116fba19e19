"""Videos that this installation made, as the controller registers them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from gpu_worker.media import ffmpeg
from gpu_worker.media.signing import certificate, provenance
from gpu_worker.verify import examine
from tasks.domain.fingerprint import FINGERPRINT, Fingerprint
from tests.gpu_worker.engines.films import Film, make, run
from web.db.columns import now
from web.db.engine import writing
from web.services import Services
from web.trust import registry
from web.trust.models import KnownVideo
from web.trust.verification import digest_of

ENGINES = [{"stage": "voice", "name": "espeak", "kind": "lite"}]


@dataclass(frozen=True)
class Made:
    """A finished video and its fingerprint."""

    path: Path
    fingerprint: Fingerprint

    def changed(self, target: Path, *options: str) -> Path:
        run("-i", str(self.path), *options, str(target))
        return target


SIREN = "aevalsrc=0.3*sin(2*PI*t*(700+90*sin(3*t))):d=3"


def finished(folder: Path, film: Film, sound: str | None = None) -> Made:
    """Make a signed video with sound: the speech of its scene, or what ffmpeg synthesises."""
    parts = make(folder, film)
    plain, signed, samples = folder / "plain.mp4", folder / "final.mp4", folder / "samples"
    samples.mkdir()
    video, speech = str(parts["video/video.mp4"]), str(parts["voice/speech.wav"])
    heard = ["-f", "lavfi", "-i", sound] if sound else ["-i", speech]
    run("-i", video, *heard, "-c:v", "copy", "-c:a", "aac", "-shortest", str(plain))
    origin = provenance.Origin([{"stage": "voice", "name": "espeak", "version": "2"}])
    provenance.sign(plain, signed, origin, certificate.self_made())
    found: dict[str, Any] = examine(signed, samples, ffmpeg.executable(), None)
    return Made(signed, Fingerprint.from_json(found["fingerprint"]))


@pytest.fixture(scope="session")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return finished(tmp_path_factory.mktemp("ours"), Film(seconds=3.0))


@pytest.fixture(scope="session")
def another(tmp_path_factory: pytest.TempPathFactory) -> Made:
    film = Film("Quite another text for quite another film.", 3.0, source="mandelbrot")
    return finished(tmp_path_factory.mktemp("another"), film, SIREN)


def register(services: Services, made: Made, job_id: str) -> None:
    """Add a video as the controller does: first its row, then what the store has."""
    written = services.artifacts.put_bytes(made.fingerprint.to_json().encode(), "application/json")
    with writing() as db:
        db.add(
            KnownVideo(
                job_id=job_id,
                sha256=digest_of(made.path),
                source=written.sha256,
                source_bytes=written.bytes,
                seconds=3.0,
                engines=ENGINES,
                signed_by="self-made",
                made_at=now(),
            )
        )
    registry.read_fingerprints(services)


__all__ = ["FINGERPRINT", "Made", "finished", "register"]
