"""A person who reads: a sentence of "Sense and Sensibility" as LibriVox has it.

Recordings of LibriVox are in the public domain. The times of the sounds were found
by pocketsphinx, in whose source package this recording lies.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from gpu_worker.media.ffmpeg import executable

HERE = Path(__file__).parent


def austen(folder: Path) -> dict[str, Path]:
    """Speech and timings, as a voice engine would hand them on."""
    wav, timings = folder / "speech.wav", folder / "timings.json"
    command = [executable(), "-v", "error", "-y", "-i", str(HERE / "austen.flac"), str(wav)]
    subprocess.run(command, check=True)
    shutil.copy(HERE / "austen.json", timings)
    return {"voice/speech.wav": wav, "voice/timings.json": timings}
