"""What a visitor has on their disk."""

from __future__ import annotations

import shutil
import subprocess
import zipfile
from pathlib import Path

from gpu_worker.media.ffmpeg import executable
from tests.deployment import small_picture
from web.cli.local.demo import portrait


def write_files(folder: Path) -> None:
    """A portrait, others, a voice, and files that are not, or not only, what their names say."""
    shutil.copy(portrait(), folder / "face.png")
    (folder / "other.png").write_bytes(small_picture())
    (folder / "pasted.png").write_bytes(small_picture(red=200))
    (folder / "hostile.png").write_bytes(b"\x7fELF\x02\x01\x01" + bytes(4096))
    with zipfile.ZipFile(shutil.copy(portrait(), folder / "packed.png"), "a") as packed:
        packed.writestr("more.txt", "behind the picture")
    both = ["-i", str(portrait()), "-i", str(portrait()), "-filter_complex", "hstack"]
    pair = [executable(), "-v", "error", "-y", *both, str(folder / "pair.png")]
    subprocess.run(pair, check=True)
    for name, seconds in (("voice.wav", 6), ("long.wav", 60)):
        tone = f"sine=frequency=180:duration={seconds}"
        command = [executable(), "-v", "error", "-y", "-f", "lavfi", "-i", tone]
        subprocess.run([*command, str(folder / name)], check=True)
