"""`python -m gpu_worker.verify FILE`: print what a file says about itself, as JSON.

It runs where `c2pa-python` and numpy are installed; the control plane starts it as a process,
within limits if the file comes from a stranger. With `--samples DIRECTORY` it also decodes the
file there, and writes what it found, with the fingerprint, to `examination.json` in it.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

_MEDIA_TYPES: Final = (
    (4, b"ftypqt", "video/quicktime"),
    (4, b"ftyp", "video/mp4"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (8, b"WEBP", "image/webp"),
    (8, b"WAVE", "audio/wav"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"\x1aE\xdf\xa3", ""),
)
"""How files begin whose statements can be read; Matroska and WebM have none."""


def examine(path: Path, samples: Path | None, ffmpeg: str, anchors: Path | None) -> dict[str, Any]:
    """Return the provenance of a file and, if asked for, its fingerprint."""
    from gpu_worker.media.signing import provenance

    media_type = _media_type(path)
    found = provenance.verify(path, media_type, anchors) if media_type else provenance.unsigned()
    if samples is not None:
        found["fingerprint"] = _fingerprint(path, samples, ffmpeg)
    return found


def _media_type(path: Path) -> str:
    with path.open("rb") as file:
        head = file.read(16)
    return next((kind for at, sign, kind in _MEDIA_TYPES if head[at:].startswith(sign)), "")


def _fingerprint(path: Path, directory: Path, ffmpeg: str) -> str:
    from gpu_worker.media import fingerprints
    from gpu_worker.media.ffmpeg import QUIET, UNTRUSTED

    samples = fingerprints.Samples(directory)
    reading = [ffmpeg, *QUIET, "-v", "error", "-threads", "1", *UNTRUSTED, "-i", f"file:{path}"]
    picture = ["-map", "0:v:0", "-vf", fingerprints.PICTURE_FILTER, *samples.to_picture()]
    sound = ["-map", "0:a:0", "-af", fingerprints.SOUND_FILTER, *samples.to_sound()]
    for options in (picture, sound):  # a file may lack either
        subprocess.run([*reading, *options], check=False, stdin=subprocess.DEVNULL)  # noqa: S603
    return samples.fingerprint().to_json()


def main(words: Sequence[str] | None = None) -> None:
    """Examine the file of the command line."""
    parser = argparse.ArgumentParser(prog="gpu_worker.verify")
    parser.add_argument("file", type=Path)
    parser.add_argument("--samples", type=Path, help="decode it into this directory")
    parser.add_argument("--ffmpeg", default="ffmpeg", help="the program that decodes it")
    parser.add_argument("--anchors", type=Path, help="certificates of trusted signers (PEM)")
    asked = parser.parse_args(words)
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # each thread would reserve memory
    found = examine(asked.file.absolute(), asked.samples, asked.ffmpeg, asked.anchors)
    if asked.samples is None:
        sys.stdout.write(json.dumps(found) + "\n")
    else:
        (asked.samples / "examination.json").write_text(json.dumps(found), "utf-8")


if __name__ == "__main__":
    main()
