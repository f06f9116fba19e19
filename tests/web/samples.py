"""Files that people might upload, made here."""

from __future__ import annotations

import io
import math
import struct
import subprocess
import wave
from functools import cache

from PIL import Image

from gpu_worker.media import ffmpeg


@cache
def picture(width: int = 320, height: int = 300, kind: str = "PNG") -> bytes:
    file = io.BytesIO()
    Image.linear_gradient("L").resize((width, height)).convert("RGB").save(file, kind)
    return file.getvalue()


@cache
def animation() -> bytes:
    frames = [Image.new("RGB", (300, 300), color) for color in ("red", "blue")]
    file = io.BytesIO()
    frames[0].save(file, "PNG", save_all=True, append_images=frames[1:])
    return file.getvalue()


@cache
def recording(seconds: float = 1.0, rate: int = 16_000) -> bytes:
    samples = (round(9000 * math.sin(n / 20)) for n in range(int(seconds * rate)))
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(b"".join(struct.pack("<h", sample) for sample in samples))
    return file.getvalue()


@cache
def encoded(extension: str) -> bytes:
    """The recording in another format."""
    formats = {"mp3": "mp3", "flac": "flac", "ogg": "ogg", "m4a": "ipod"}
    movable = ["-movflags", "frag_keyframe+empty_moov"] if extension == "m4a" else []
    command = [ffmpeg.executable(), "-loglevel", "error", "-i", "pipe:0", *movable]
    command += ["-f", formats[extension], "pipe:1"]
    return subprocess.run(command, input=recording(), capture_output=True, check=True).stdout
