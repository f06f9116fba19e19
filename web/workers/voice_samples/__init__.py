"""A few seconds of each voice, to hear it before choosing it.

The files are spoken by the engines themselves (`python -m docs.generate.voice_samples`).
"""

from __future__ import annotations

from pathlib import Path

from tasks.domain.voices import VOICES

FOLDER = Path(__file__).parent


def sample(voice: str) -> Path | None:
    """Return the sample of a voice; None for an unknown voice and for one without a sample."""
    path = FOLDER / f"{voice}.mp3"
    return path if voice in VOICES and path.is_file() else None
