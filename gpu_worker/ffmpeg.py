"""Where ffmpeg is: the machine's own, else the one inside the `imageio-ffmpeg` wheel."""

from __future__ import annotations

import os
import shutil
from functools import cache

UNTRUSTED = (
    "-protocol_whitelist",
    "file,pipe",
    "-format_whitelist",
    "mov,mp4,matroska,webm,wav,mp3,flac,ogg,png_pipe,jpeg_pipe,image2,rawvideo",
    "-max_pixels",
    "40000000",
)
"""Input options for anything a user sent: playlists named `.mp4` read local files otherwise."""


@cache
def executable() -> str:
    """The path of the ffmpeg to use; `FFMPEG` overrides."""
    found = os.environ.get("FFMPEG") or shutil.which("ffmpeg")
    if found:
        return found
    import imageio_ffmpeg

    return str(imageio_ffmpeg.get_ffmpeg_exe())
